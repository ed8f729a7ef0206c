//! Silence about requests: who may not be told, by which provision, until when; and what users are told when it has ended.
//!
//! What it is: a row that begins with the request, is listed, looked at again and ends, and the notices that follow by themselves. A
//! person sends them. What it is not: who informs the user; that is the rule set's (`regimes::informs_user`). Where the authority
//! does, nothing here is begun or prepared.
//!
//! To add what may be done about a silence: a method that finds it by `standing_gag` and leaves an entry with `parameters`.

mod notices;

use std::time::Duration;

use serde_json::json;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{Instrument, Request};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_keys::RequestPart;
use vigie_store::{Transaction, gags, requests};

use crate::notices::tell_permitted;
use crate::requests::{facts, find, object, worded};
use crate::{App, Code, Error, Resource, Result, authorise, regimes};

pub(crate) use notices::{Disclosed, TOLD, disclosed};
pub use notices::{ListedNotice, OpenUserNotice};
pub use vigie_store::gags::Gag;

/// When somebody looks again at a silence to which nobody gave an end.
const REVIEWED_AFTER: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How many silences a page lists, and one round ends.
const LISTED: i64 = 100;

/// How many silences stand, and since when the oldest does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GagFigures {
    /// How many stand.
    pub standing: i64,
    /// How many of them have no end.
    pub endless: i64,
    /// Since when the oldest stands.
    pub oldest: Option<Moment>,
}

/// A silence that stands, with the request that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingGag {
    /// The silence.
    pub gag: Gag,
    /// The request.
    pub request: Request,
}

/// What a further document says about a silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The provision.
    pub basis: String,
    /// Who ordered it.
    pub issuer: String,
    /// Until when; none where the document gives no end.
    pub until: Option<Moment>,
    /// The document in words, for the file of the request.
    pub text: String,
}

/// Begins the silence that a document demands, where the house would inform the user.
pub(crate) async fn begin(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
) -> Result<()> {
    let rules = app.rules_of(request)?;
    let informs = regimes::informs_user(rules, instrument);
    let Some(silence) = instrument.silence.as_ref().filter(|_| informs.by_house && informs.gagged) else {
        return Ok(());
    };
    let now = app.now();
    let gag = Gag {
        request: request.id,
        basis: silence.basis.trim().to_owned(),
        issuer: request.authority_name.clone(),
        began_at: now,
        until: silence.until,
        review_at: silence.until.unwrap_or_else(|| now.after(REVIEWED_AFTER)),
        told_at: None,
        ended_at: None,
        accounts: None,
    };
    gags::begin(tx, &gag).await.map(drop).map_err(Error::from)
}

impl App {
    /// Silences that stand, the oldest first, a page from so many on.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn gags(&self, caller: &Caller, offset: i64) -> Result<Vec<StandingGag>> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let standing = gags::standing(&mut reader, (offset.max(0), LISTED)).await?;
        let ids: Vec<RequestId> = standing.iter().map(|gag| gag.request).collect();
        let found = requests::find_all(&mut reader, &ids).await?;
        let with_request = |gag: Gag| {
            let request = found.iter().find(|request| request.id == gag.request)?.clone();
            Some(StandingGag { gag, request })
        };
        Ok(standing.into_iter().filter_map(with_request).collect())
    }

    /// The silence about a request, whether it stands or has ended.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn gag(&self, caller: &Caller, id: RequestId) -> Result<Option<Gag>> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        Ok(gags::of_request(&mut self.store.read().await?, id).await?)
    }

    /// How many silences stand and how old the oldest is: a figure that is published, and names nobody.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn gag_figures(&self, caller: &Caller) -> Result<GagFigures> {
        authorise(caller, Operation::ReadOverview, Resource::Any)?;
        let (standing, endless, oldest) = gags::figures(&mut self.store.read().await?).await?;
        Ok(GagFigures { standing, endless, oldest })
    }

    /// Renews a silence by a further document. What it says is kept with the request. A document that gives no end has the
    /// silence looked at again after ninety days.
    ///
    /// # Errors
    /// Not permitted, nothing stands, or the document says nothing, or an end that has passed.
    pub async fn renew_gag(&self, caller: &Caller, id: RequestId, renewal: &Renewal) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let (basis, issuer) = (renewal.basis.trim(), renewal.issuer.trim());
        if basis.is_empty() || issuer.is_empty() || renewal.text.trim().is_empty() {
            let detail = "name the provision, who ordered it, and what the document says";
            return Err(Error::new(Code::InvalidValue, detail));
        }
        let now = self.now();
        if renewal.until.is_some_and(|until| until <= now) {
            return Err(Error::new(Code::InvalidValue, "that end has passed already"));
        }
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let mut gag = self.standing_gag(&mut tx, id).await?;
        gag.basis = basis.to_owned();
        gag.issuer = issuer.to_owned();
        gag.until = renewal.until;
        gag.review_at = renewal.until.unwrap_or_else(|| now.after(REVIEWED_AFTER));
        gag.told_at = None;
        gags::update(&mut tx, &gag).await?;
        let text = renewal.text.trim().to_owned();
        self.write_letter(&mut tx, &secrets, caller, (id, "silence", false), text).await?;
        let entry = Details::new(caller, "gag.renewed", object(id), now);
        tx.commit(&entry.with(parameters(&request, &gag))).await?;
        Ok(())
    }

    /// Ends a silence ahead of its time: its authority said so, or a court did. What the user is told is prepared.
    ///
    /// # Errors
    /// Not permitted, nothing stands, or no reason is given.
    pub async fn end_gag(&self, caller: &Caller, id: RequestId, reason: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let text = worded(reason, "say by what the silence ends")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let gag = self.standing_gag(&mut tx, id).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "silence", false), text).await?;
        self.end_silence(tx, caller, "gag.ended", gag).await
    }

    async fn standing_gag(&self, tx: &mut Transaction, id: RequestId) -> Result<Gag> {
        let gag = gags::of_request(tx, id).await?.filter(|gag| gag.ended_at.is_none());
        gag.ok_or_else(|| Error::new(Code::WrongState, "no silence stands about this request"))
    }

    async fn end_silence(
        &self,
        mut tx: Transaction,
        caller: &Caller,
        action: &str,
        mut gag: Gag,
    ) -> Result<()> {
        let now = self.now();
        gag.ended_at = Some(now);
        if !gags::update(&mut tx, &gag).await? {
            return Ok(());
        }
        let request = find(&mut tx, gag.request).await?;
        let prepared = notices::after_silence(self, &mut tx, &request, &gag).await?;
        if prepared > 0 {
            let kind = NoticeKind::UserNoticeReady;
            tell_permitted(self, &mut tx, Operation::HandleRequests, kind, &object(request.id)).await?;
        }
        let mut parameters = parameters(&request, &gag);
        parameters["notices"] = json!(prepared);
        let entry = Details::new(caller, action, object(request.id), now);
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }
}

/// Ends silences whose time is over, and has people look again at those without an end.
pub(crate) async fn round(app: &App) -> Result<()> {
    let due = gags::due(&mut app.store.read().await?, app.now(), LISTED).await?;
    for seen in due {
        let tx = app.store.begin().await?;
        one(app, tx, &seen).await?;
    }
    Ok(())
}

/// Another process may have been here, or a document may have come in meanwhile: the row decides.
async fn one(app: &App, mut tx: Transaction, seen: &Gag) -> Result<()> {
    let now = app.now();
    let Some(mut gag) = gags::of_request(&mut tx, seen.request).await?.filter(|gag| gag == seen) else {
        return Ok(());
    };
    if gag.until.is_some_and(|until| until <= now) {
        return app.end_silence(tx, &Caller::system(), "gag.lapsed", gag).await;
    }
    gag.told_at = Some(now);
    gags::update(&mut tx, &gag).await?;
    let subject = object(gag.request);
    let kind = NoticeKind::GagReview;
    let people = tell_permitted(app, &mut tx, Operation::HandleRequests, kind, &subject).await?;
    tx.commit(&crate::notices::told(app, kind, &subject, people)).await?;
    Ok(())
}

fn parameters(request: &Request, gag: &Gag) -> serde_json::Value {
    let mut parameters = facts(request);
    parameters["has_end"] = json!(gag.until.is_some());
    parameters
}

#[cfg(test)]
mod tests;
