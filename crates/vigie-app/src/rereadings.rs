//! Reading again: a share of decisions goes before a second reviewer who does not know the first conclusion.
//!
//! Which ones is drawn when a decision is made, by randomness of the operating system: nobody can tell beforehand, and
//! nobody chooses. Drawn is only what one person decided after looking; what two people decided together, or what was
//! decided as before without a look, would be looked at once more for nothing. Where the conclusions differ, a senior
//! reviewer who made neither says which holds. Nothing on the messenger changes by any of it: a decision is undone by who
//! may undo decisions, with a reason of their own.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use vigie_model::alarm::NoticeKind;
use vigie_model::bank::Label;
use vigie_model::id::{IncidentId, PersonId, RereadingId};
use vigie_model::incident::{Decision, Finding, IncidentState, Outcome};
use vigie_model::rereading::{Rereading, RereadingState, SecondConclusion, Settled, Settlement};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, decisions, rereadings};

use crate::decisions::{refuse_contradiction, stated};
use crate::notices::tell_permitted;
use crate::queue::acting;
use crate::views::{IncidentView, ItemView};
use crate::{App, Code, Error, Resource, Result, authorise, permits};

/// Who took something to read again has so long; then somebody else may.
const HELD: Duration = Duration::from_secs(60 * 60);
/// How many disputes are shown at once.
const MOST_SHOWN: i64 = 50;

/// What waits of it, as far as the caller is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rereadings {
    /// How many wait for the caller.
    pub waiting: i64,
    /// Those in which conclusions differ, oldest first; only for who may settle them.
    pub disputed: Vec<Rereading>,
}

/// An incident to be read again: without decision, verdicts, actions, other people's looks and what is known besides.
#[derive(Debug, Clone)]
pub struct Blind {
    /// The reading again.
    pub id: RereadingId,
    /// The incident.
    pub incident: IncidentId,
    /// What the reader sees.
    pub view: IncidentView,
}

/// Both conclusions, side by side.
#[derive(Debug, Clone)]
pub struct BothConclusions {
    /// The reading again with the second conclusion.
    pub rereading: Rereading,
    /// The decision that was read again.
    pub decision: Decision,
    /// The number of the incident, for people.
    pub number: i64,
    /// Whether the caller may settle it.
    pub may_settle: bool,
}

impl App {
    /// What waits for the caller.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn rereadings(&self, caller: &Caller) -> Result<Rereadings> {
        let person = self.may_review(caller)?;
        let mut reader = self.store.read().await?;
        let waiting = rereadings::count_for(&mut reader, person, self.held_since()).await?;
        let disputed = match permits(caller, Operation::ReviewEscalated, Resource::Any) {
            true => rereadings::list(&mut reader, RereadingState::Disputed, MOST_SHOWN).await?,
            false => vec![],
        };
        Ok(Rereadings { waiting, disputed })
    }

    /// Takes what the caller reads again next; none when nothing waits for them.
    ///
    /// # Errors
    /// Not permitted, or the caller saw enough for now or for today.
    pub async fn take_rereading(&self, caller: &Caller) -> Result<Option<RereadingId>> {
        let person = self.may_review(caller)?;
        let mut house = self.store.housekeeping().await?;
        let Some(next) = rereadings::next_for(&mut house, person, self.held_since()).await? else {
            return Ok(None);
        };
        self.may_be_exposed(&mut house, person, next.incident).await?;
        let taken = rereadings::take(&mut house, next.id, person, self.held_since(), self.now()).await?;
        house.commit().await?;
        Ok(taken.then_some(next.id))
    }

    /// Leaves it to somebody else.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn give_back_rereading(&self, caller: &Caller, id: RereadingId) -> Result<()> {
        let person = self.may_review(caller)?;
        let mut house = self.store.housekeeping().await?;
        rereadings::give_back(&mut house, id, person).await?;
        Ok(house.commit().await?)
    }

    /// What the caller took to read again, without what others concluded.
    ///
    /// # Errors
    /// Not permitted, or the caller is not its reader.
    pub async fn blind(&self, caller: &Caller, id: RereadingId) -> Result<Blind> {
        let person = self.may_review(caller)?;
        let taken = self.taken(&mut self.store.read().await?, id, person).await?;
        let mut view = self.whole_incident(caller, taken.incident).await?;
        let decision = view.decisions.iter().find(|decision| decision.id == taken.decision).cloned();
        let decided = decision.ok_or_else(|| Error::not_found("decision"))?;
        let is_decided =
            |item: &ItemView| decided.findings.iter().any(|finding| finding.item == item.item.id);
        view.items.retain(is_decided);
        for item in &mut view.items {
            item.item.verdict = None;
            item.reveals.retain(|look| look.person == person);
        }
        view.incident.state = IncidentState::Open;
        view.incident.lease = None;
        let IncidentView { incident, items, .. } = view;
        Ok(Blind { id, incident: taken.incident, view: IncidentView::without_conclusions(incident, items) })
    }

    /// Writes what the caller concludes. Where it differs from the first conclusion, senior reviewers are told.
    ///
    /// # Errors
    /// Not permitted, the caller is not its reader any more, an item is left out, or the conclusion contradicts itself.
    pub async fn read_again(
        &self,
        caller: &Caller,
        id: RereadingId,
        outcome: Outcome,
        labels: Vec<Label>,
        findings: Vec<Finding>,
    ) -> Result<()> {
        let person = self.may_review(caller)?;
        let mut tx = self.store.begin().await?;
        let taken = self.taken(&mut tx, id, person).await?;
        let first = decisions::find(&mut tx, taken.decision).await?;
        let first = first.ok_or_else(|| Error::not_found("decision"))?;
        let second = SecondConclusion { outcome, labels, findings, read_at: self.now() };
        check(&first, &second)?;
        let agrees = agrees(&first, &second);
        let state = if agrees { RereadingState::Agreed } else { RereadingState::Disputed };
        if !rereadings::conclude(&mut tx, id, person, state, &second).await? {
            return Err(not_taken());
        }
        if !agrees {
            let kind = NoticeKind::ReadersDiffer;
            tell_permitted(self, &mut tx, Operation::ReviewEscalated, kind, &object(id)).await?;
        }
        let entry = Details::new(caller, "decision.read_again", object(id), self.now());
        tx.commit(&entry.with(json!({
            "decision": taken.decision, "outcome": second.outcome, "labels": second.labels,
            "findings": second.findings, "agrees": agrees,
        })))
        .await?;
        Ok(())
    }

    /// Both conclusions, for who may settle what differs.
    ///
    /// # Errors
    /// Not permitted, nothing is there, or nobody has read it again yet.
    pub async fn both_conclusions(&self, caller: &Caller, id: RereadingId) -> Result<BothConclusions> {
        authorise(caller, Operation::ReviewEscalated, Resource::Any)?;
        let person = acting(caller)?;
        let mut reader = self.store.read().await?;
        let rereading = rereadings::find(&mut reader, id).await?.filter(|one| one.second.is_some());
        let rereading = rereading.ok_or_else(|| Error::not_found("second conclusion"))?;
        let decision = decisions::find(&mut reader, rereading.decision).await?;
        let decision = decision.ok_or_else(|| Error::not_found("decision"))?;
        let incident = vigie_store::incidents::find(&mut reader, rereading.incident).await?;
        Ok(BothConclusions {
            may_settle: rereading.state == RereadingState::Disputed && made_neither(&rereading, person),
            number: incident.map_or(0, |incident| incident.number),
            decision,
            rereading,
        })
    }

    /// Says which of two conclusions holds. The decision itself stays as it is.
    ///
    /// # Errors
    /// Not permitted, the caller made one of them, they do not differ (any more), or no reason is given.
    pub async fn settle_rereading(
        &self,
        caller: &Caller,
        id: RereadingId,
        settlement: Settlement,
        reason: &str,
    ) -> Result<()> {
        authorise(caller, Operation::ReviewEscalated, Resource::Any)?;
        let by = acting(caller)?;
        let reason = stated(reason, "say why this conclusion holds")?;
        let mut tx = self.store.begin().await?;
        let found =
            rereadings::find(&mut tx, id).await?.ok_or_else(|| Error::not_found("second conclusion"))?;
        if !made_neither(&found, by) {
            return Err(Error::new(Code::SamePerson, "who made one of the conclusions settles nothing"));
        }
        let settled = Settled { by, at: self.now(), settlement, reason };
        if !rereadings::settle(&mut tx, id, &settled).await? {
            return Err(Error::new(Code::WrongState, "the conclusions do not differ, or it is settled"));
        }
        let entry = Details::new(caller, "rereading.settled", object(id), self.now());
        tx.commit(&entry.with(json!({ "decision": found.decision, "settlement": settlement }))).await?;
        Ok(())
    }

    /// Refuses to show an incident to who is reading it again: they would see what others concluded.
    pub(crate) async fn is_not_reading(
        &self,
        read: &mut impl Read,
        caller: &Caller,
        incident: IncidentId,
    ) -> Result<()> {
        let Some(person) = caller.person() else { return Ok(()) };
        if !is_reading(read, incident, person, self.now()).await? {
            return Ok(());
        }
        Err(Error::new(Code::ReadAgainFirst, "conclude first, or give it back"))
    }

    async fn taken(&self, read: &mut impl Read, id: RereadingId, person: PersonId) -> Result<Rereading> {
        let found = rereadings::find(read, id).await?;
        let found = found.ok_or_else(|| Error::not_found("reading again"))?;
        let is_theirs = found.reader.is_some_and(|(reader, since)| {
            reader == person && since > self.held_since() && found.state == RereadingState::Waiting
        });
        if is_theirs { Ok(found) } else { Err(not_taken()) }
    }

    fn held_since(&self) -> Moment {
        self.now().before(HELD)
    }
}

/// Whether a person took the decision of an incident to read it again, and has not concluded.
pub(crate) async fn is_reading(
    read: &mut impl Read,
    incident: IncidentId,
    person: PersonId,
    now: Moment,
) -> Result<bool> {
    Ok(rereadings::is_read_by(read, incident, person, now.before(HELD)).await?)
}

/// Draws whether a fresh decision is read again, and puts it before a second reviewer if so.
pub(crate) async fn draw(
    app: &App,
    tx: &mut Transaction,
    decision: &Decision,
) -> Result<Option<RereadingId>> {
    if !falls_within(app.settings.review.reread_percent)? {
        return Ok(None);
    }
    let drawn = Rereading {
        id: RereadingId::fresh(&*app.ids),
        decision: decision.id,
        incident: decision.incident,
        decided_by: decision.decided_by,
        state: RereadingState::Waiting,
        drawn_at: app.now(),
        reader: None,
        second: None,
        settled: None,
    };
    rereadings::insert(tx, &drawn).await?;
    Ok(Some(drawn.id))
}

/// Whether a fresh draw falls within so many percent.
fn falls_within(percent: u8) -> Result<bool> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|source| Error::internal("draw what is read again", source))?;
    Ok(u64::from(u32::from_le_bytes(bytes)) * 100 < u64::from(percent) << 32)
}

/// The second conclusion speaks of what the first spoke of, and does not contradict itself.
fn check(first: &Decision, second: &SecondConclusion) -> Result<()> {
    let items = |findings: &[Finding]| findings.iter().map(|finding| finding.item).collect::<BTreeSet<_>>();
    let is_whole = items(&first.findings) == items(&second.findings);
    if !is_whole || second.findings.len() != first.findings.len() {
        return Err(Error::new(Code::InvalidValue, "conclude about each item"));
    }
    refuse_contradiction(second.outcome, &second.labels, &second.findings)
}

/// Whether both say the same: the outcome, the verdict on each item, the labels.
fn agrees(first: &Decision, second: &SecondConclusion) -> bool {
    let verdicts = |findings: &[Finding]| {
        findings.iter().map(|finding| (finding.item, finding.verdict.name())).collect::<BTreeSet<_>>()
    };
    let labels = |labels: &[Label]| labels.iter().map(Label::to_string).collect::<BTreeSet<_>>();
    first.outcome == second.outcome
        && verdicts(&first.findings) == verdicts(&second.findings)
        && labels(&first.labels) == labels(&second.labels)
}

fn made_neither(rereading: &Rereading, person: PersonId) -> bool {
    rereading.decided_by != person && rereading.reader.is_none_or(|(reader, _)| reader != person)
}

fn not_taken() -> Error {
    Error::new(Code::LeaseLost, "you are not reading it again any more")
}

fn object(id: RereadingId) -> String {
    format!("rereading:{id}")
}

#[cfg(test)]
mod tests;
