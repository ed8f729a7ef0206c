//! Reveals: how shielded media is looked at, step by step, each written down before anything is shown.
//!
//! A look is a row and a ledger entry first; then comes a ticket, good for one request within a minute, that the evidence
//! listener redeems. The steps cannot be jumped: who asks for more has seen less of the same item shortly before. Nobody
//! looks without a need (`need.rs`); it is asked about again when the ticket is used, and a refusal is written down.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use vigie_media::{Preview, PreviewSettings};
use vigie_model::id::{BlobId, IncidentId, ItemId, PersonId, RevealId};
use vigie_model::incident::{Item, Reveal, RevealStep};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Transaction, incidents, items, people, reveals};

use crate::authorise::authorise_person;
use crate::incidents::object;
use crate::need::Needs;
use crate::queue::acting;
use crate::{App, Code, Error, Resource, Result, authorise, secret};

/// How long a ticket is good.
const TICKET_LIFE: Duration = Duration::from_secs(60);
/// How long ago the step before may have been looked at.
const STEP_LIFE: Duration = Duration::from_secs(30 * 60);
/// How many items one request reveals at most.
const AT_ONCE: usize = 100;

/// A look that is written down, and the way to what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    /// The look.
    pub reveal: RevealId,
    /// The item.
    pub item: ItemId,
    /// The step.
    pub step: RevealStep,
    /// Where the preview is fetched, once.
    pub url: String,
    /// Until when.
    pub expires_at: Moment,
}

/// What a ticket may show. Nothing else opens sealed media for somebody's eyes, and only a ticket gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redeemed {
    media: BlobId,
    step: RevealStep,
}

impl App {
    /// Writes down that the caller looks at items of an incident in this step, and gives a single-use address for each.
    ///
    /// # Errors
    /// The caller has no need to see it, an item is not in the incident or without media, the step before was not looked
    /// at, the caller saw enough for now or for today, or [`Code::StepUpNeeded`] before the last step.
    pub async fn reveal(
        &self,
        caller: &Caller,
        incident: IncidentId,
        wanted: &[ItemId],
        step: RevealStep,
    ) -> Result<Vec<Revealed>> {
        if wanted.is_empty() || wanted.len() > AT_ONCE {
            return Err(Error::new(Code::InvalidValue, "reveal 1 to 100 items at once"));
        }
        let mut tx = self.store.begin().await?;
        let Some(found) = incidents::find(&mut tx, incident).await? else {
            authorise(caller, Operation::ReadIncidents, Resource::Any)?;
            return Err(Error::not_found("incident"));
        };
        let needs = Needs::of(&mut tx, caller.person(), &found, self.now()).await?;
        let may_look = |item: &ItemId| authorise(caller, Operation::RevealMedia, needs.of_item(*item));
        if let Err(refused) = wanted.iter().try_for_each(may_look) {
            let entry = Details::new(caller, "media.refused", object(incident), self.now());
            tx.commit(&entry.with(json!({ "step": step, "items": wanted }))).await?;
            return Err(refused);
        }
        let person = acting(caller)?;
        if step == RevealStep::Full {
            self.confirmed_lately(caller)?;
        }
        let despite = self.may_look_at(&mut tx, person, incident, wanted, step).await?;
        let mut revealed = Vec::new();
        for id in wanted {
            let item = items::find(&mut tx, *id).await?.filter(|item| item.incident == incident);
            let item = item.ok_or_else(|| Error::not_found("item"))?;
            revealed.push(self.write_look(&mut tx, person, &item, step).await?);
        }
        let looks: Vec<_> =
            revealed.iter().map(|one| json!({ "item": one.item, "reveal": one.reveal })).collect();
        let entry = Details::new(caller, "media.revealed", object(incident), self.now());
        let mut told = json!({ "step": step, "looks": looks });
        if let Some(despite) = despite {
            // A child at risk lets a look pass that would have to wait. It is said, so that it can be seen how often.
            told["despite"] = json!(despite.text());
        }
        tx.commit(&entry.with(told)).await?;
        Ok(revealed)
    }

    async fn write_look(
        &self,
        tx: &mut Transaction,
        person: PersonId,
        item: &Item,
        step: RevealStep,
    ) -> Result<Revealed> {
        let now = self.now();
        if item.media.is_none() {
            return Err(Error::new(Code::NotPreviewable, "no media was kept of this item"));
        }
        if let Some(before) = step.before()
            && !reveals::has_looked(tx, person, item.id, before, now.before(STEP_LIFE)).await?
        {
            return Err(Error::new(Code::WrongState, format!("look at the step {before} first")));
        }
        let look = Reveal {
            id: RevealId::fresh(&*self.ids),
            person,
            incident: item.incident,
            item: item.id,
            step,
            shown_at: now,
            hidden_at: None,
        };
        reveals::insert(tx, &look).await?;
        let ticket = secret::fresh("")?;
        let expires_at = now.after(TICKET_LIFE);
        reveals::insert_ticket(tx, &secret::hash(&ticket), look.id, expires_at).await?;
        let url = format!("{}/preview/{ticket}", self.settings.evidence_url);
        Ok(Revealed { reveal: look.id, item: item.id, step, url, expires_at })
    }

    /// Uses up a ticket: what may be shown for it, and in which step. It was given to who was written down as looking, and
    /// shows nothing once they have no need any more.
    ///
    /// # Errors
    /// [`Code::LinkSpent`]: it was used, its time is over, or it never was. [`Code::NoNeed`]: the need is over.
    pub async fn redeem_preview(&self, ticket: &str) -> Result<Redeemed> {
        let spent = || Error::new(Code::LinkSpent, "reveal the item again");
        let (hash, now) = (secret::hash(ticket), self.now());
        if !reveals::is_open_ticket(&mut self.store.read().await?, &hash, now).await? {
            return Err(spent());
        }
        let mut house = self.store.housekeeping().await?;
        let reveal = reveals::use_ticket(&mut house, &hash, now).await?.ok_or_else(spent)?;
        let look = reveals::find(&mut house, reveal).await?.ok_or_else(spent)?;
        let item = items::find(&mut house, look.item).await?.ok_or_else(spent)?;
        house.commit().await?;
        self.still_needs(&look).await?;
        Ok(Redeemed { media: item.media.ok_or_else(spent)?, step: look.step })
    }

    /// Whether who was written down as looking still has a need to. A refusal is written down in Vigie's name: no session
    /// is open at the evidence listener.
    async fn still_needs(&self, look: &Reveal) -> Result<()> {
        let mut reader = self.store.read().await?;
        let gone = || Error::new(Code::LinkSpent, "reveal the item again");
        let person = people::find(&mut reader, look.person).await?.ok_or_else(gone)?;
        let incident = incidents::find(&mut reader, look.incident).await?.ok_or_else(gone)?;
        let needs = Needs::of(&mut reader, Some(person.id), &incident, self.now()).await?;
        drop(reader);
        let Err(refused) = authorise_person(&person, Operation::RevealMedia, needs.of_item(look.item)) else {
            return Ok(());
        };
        let tx = self.store.begin().await?;
        let entry = Details::new(&Caller::system(), "media.refused", object(look.incident), self.now());
        tx.commit(&entry.with(json!({ "step": look.step, "person": look.person, "reveal": look.id })))
            .await?;
        Err(refused)
    }

    /// Draws what a ticket was redeemed for, decoded away from this process.
    ///
    /// # Errors
    /// The object does not open, or is no picture that can be decoded.
    pub async fn preview_bytes(&self, redeemed: &Redeemed) -> Result<Preview> {
        let Redeemed { media, step } = *redeemed;
        let decoder = self
            .media
            .as_ref()
            .ok_or_else(|| Error::new(Code::NotPreviewable, "nothing here decodes media"))?;
        let plain = self.open_evidence(media).await?;
        let settings = match step {
            RevealStep::Shielded => PreviewSettings::SHIELDED,
            RevealStep::Soft => PreviewSettings::SOFT,
            RevealStep::Full => PreviewSettings::FULL,
        };
        decoder
            .preview(Bytes::from(plain), settings)
            .await
            .map_err(|error| Error::new(Code::NotPreviewable, "the media cannot be shown").because(error))
    }

    /// Notes that the screen does not show it any more, so that it is known how long somebody looked. Saying it twice
    /// changes nothing.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn hide(&self, caller: &Caller, reveal: RevealId) -> Result<()> {
        // Who looked may say that they do so no longer, when the need is over too.
        authorise(caller, Operation::ReadIncidents, Resource::Any)?;
        let mut house = self.store.housekeeping().await?;
        reveals::hide(&mut house, reveal, acting(caller)?, self.now()).await?;
        Ok(house.commit().await?)
    }

    /// Forgets tickets whose time is over.
    pub(crate) async fn forget_tickets(&self) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        reveals::forget_tickets(&mut house, self.now()).await?;
        Ok(house.commit().await?)
    }
}

#[cfg(test)]
mod tests;
