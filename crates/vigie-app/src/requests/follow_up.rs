//! Documents that follow a request: a preservation is extended, ended, or a production announced; a validation comes afterwards; the
//! order is enforced; another time is set.
//!
//! What it is: one act for each kind, whatever door the document came through. What it is not: a guess. What does not fit where the
//! request stands is refused by name, and a person asks the authority.
//!
//! To add a document: a `FollowUpKind`, where it fits in `fitting`, and what it does in `apply`.

mod sent;

use bytes::Bytes;
use serde_json::json;
use vigie_formats::request::{FormKind, forms};
pub use vigie_model::disclosure::FollowUpKind;
use vigie_model::disclosure::{Instrument, PreservationState, Request, RequestKind, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_deadlines::{self, RequestDeadline};
use vigie_store::request_keys::RequestPart;
use vigie_store::{Transaction, requests};

use super::documents::{self, Kept};
use super::form::{lines, unreadable};
use super::{AsTold, begin, conflict, deadlines, end, find, lapse, object, satisfy, waits_for};
use crate::regimes::{self, Deadline, RuleSet, Satisfaction, Trigger};
use crate::{App, Code, Error, Resource, Result, authorise};

pub use sent::{SentFollowUp, decided};

/// What a form says that is no request of its own.
pub(super) const fn of_form(form: FormKind) -> Option<FollowUpKind> {
    match form {
        FormKind::Form5 => Some(FollowUpKind::ProductionAnnounced),
        FormKind::Form6 => Some(FollowUpKind::Extension),
        FormKind::Form1 | FormKind::Form2 => None,
    }
}

/// A document that follows a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// What it says.
    pub kind: FollowUpKind,
    /// The document in words, for the file of the request.
    pub text: String,
    /// The time that is set: of a new deadline alone.
    pub due_at: Option<Moment>,
}

impl App {
    /// Takes a document that follows a request, as somebody of the house enters it. What its authority sends itself comes by
    /// [`App::hand_in_follow_up`].
    ///
    /// # Errors
    /// Not permitted, or the document does not fit where the request stands.
    pub async fn take_follow_up(&self, caller: &Caller, id: RequestId, follow_up: &FollowUp) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        super::decide::worded(&follow_up.text, "say what the document says")?;
        self.follow_request(caller, id, (follow_up, None)).await
    }

    /// Takes Form 5 or Form 6 as it came. It joins the preservation request of that authority that it names, with what could not be
    /// read of it and with every byte of the form.
    ///
    /// # Errors
    /// Not permitted, it is no such form, or there is not exactly one request that it can mean.
    pub async fn enter_form(&self, caller: &Caller, bytes: &Bytes) -> Result<RequestId> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let arrived = forms::read(bytes).map_err(|error| unreadable(bytes, error))?;
        let Some(kind) = arrived.form.and_then(of_form) else {
            return Err(Error::new(Code::RequestUnreadable, "this form is a request: enter it as one"));
        };
        let id = self.meant(&arrived.instrument).await?;
        let head = format!("{} of {}", kind, arrived.instrument.reference);
        let unread = lines(arrived.diagnostics);
        let text = [vec![head], unread].concat().join("\n");
        let kept = Kept { blob: documents::keep(self, ("application/xml", bytes)).await?, nonce_hash: None };
        self.follow_request(caller, id, (&FollowUp { kind, text, due_at: None }, Some(&kept))).await?;
        Ok(id)
    }

    /// The one preservation request that a form continues.
    async fn meant(&self, form: &Instrument) -> Result<RequestId> {
        let reference = form.earlier.as_deref().unwrap_or(&form.reference).trim();
        let country = form.issuer.country.trim().to_uppercase();
        let office = (country.as_str(), form.issuer.name.trim(), reference);
        let alike = requests::alike(&mut self.store.read().await?, [0; 32], office).await?;
        let mut open =
            alike.into_iter().filter(|one| one.kind == RequestKind::Preservation && !one.state.is_over());
        match (open.next(), open.next()) {
            (Some(one), None) => Ok(one.id),
            (None, _) => Err(Error::new(
                Code::WrongState,
                "no preservation request of that authority bears that reference and is open: ask it which one it means",
            )),
            (Some(_), Some(_)) => Err(Error::new(
                Code::WrongState,
                "several requests of that authority bear that reference: ask it which one it means",
            )),
        }
    }

    async fn follow_request(
        &self,
        caller: &Caller,
        id: RequestId,
        (follow_up, kept): (&FollowUp, Option<&Kept>),
    ) -> Result<()> {
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let is_frozen = request.state == RequestState::ForgerySuspected;
        let deadlines = request_deadlines::of_request(&mut tx, id).await?;
        let is_held = end::held_though_refused(&request, &deadlines).is_some();
        let may_follow = is_held && AFTER_REFUSAL.contains(&follow_up.kind);
        if (request.state.is_over() && !may_follow) || (is_frozen && !super::is_of_an_authority(caller)) {
            return Err(super::refused_in(caller, request.state));
        }
        let instrument: Instrument = secrets.open(&requests::sealed(&mut tx, id).await?.instrument)?;
        let text = follow_up.text.trim().to_owned();
        if is_frozen {
            // What would be refused of any request is refused of this one; nothing else of it is done.
            let preservation = AsTold::of(&mut tx, &request).await?.preservation;
            expect(&mut tx, &Request { preservation, ..request }, follow_up).await?;
            drop(tx);
            return self.note_only(caller, id, (follow_up.kind, &text, kept)).await;
        }
        let stopped = apply(self, &mut tx, (&request, &instrument), follow_up).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, follow_up.kind.name(), false), text).await?;
        documents::write_following(self, &mut tx, (&request, caller), (follow_up.kind.name(), kept)).await?;
        // Where it moved the request on, the entry says where to: figures count that.
        let action = match stopped {
            Some(to) => format!("request.{to}"),
            None => format!("request.{}", follow_up.kind),
        };
        let entry = Details::new(caller, &action, object(id), self.now());
        let mut parameters = super::facts(&request);
        parameters["follow_up"] = json!(follow_up.kind);
        tx.commit(&entry.with(parameters)).await?;
        if stopped == Some(RequestState::Withdrawn) {
            self.destroy_taken(id).await?;
        }
        Ok(())
    }
}

/// What may follow an order of which the whole was refused, while what it names stays held: that is enforced, or needed no more.
const AFTER_REFUSAL: [FollowUpKind; 3] =
    [FollowUpKind::EnforcementRequested, FollowUpKind::Recognised, FollowUpKind::PreservationEnded];

/// Which documents fit where a request stands. What else comes is refused by name.
pub(super) fn fitting(
    request: &Request,
    (deadlines, is_objected): (&[RequestDeadline], bool),
    rules: &RuleSet,
) -> Vec<FollowUpKind> {
    if request.state == RequestState::ForgerySuspected {
        return vec![];
    }
    if request.state.is_over() {
        let is_held = end::held_though_refused(request, deadlines).is_some();
        return if is_held { AFTER_REFUSAL.to_vec() } else { vec![] };
    }
    let becomes = |to| request.preservation.is_some_and(|from| from.may_become(to));
    let waits = |by| deadlines.iter().any(|one| waits_for(one, by));
    let fits = |kind: &FollowUpKind| match kind {
        FollowUpKind::ProductionAnnounced => becomes(PreservationState::ProductionAnnounced),
        FollowUpKind::Extension => becomes(PreservationState::Extended),
        FollowUpKind::PreservationEnded => becomes(PreservationState::Ended),
        FollowUpKind::Validation => waits(Satisfaction::Validated),
        FollowUpKind::ValidationRefused => waits(Satisfaction::Validated) && lapse::may_stop(request.state),
        FollowUpKind::EnforcementRequested => {
            let of_it = |row: &&Deadline| row.trigger == Trigger::EnforcementRequested;
            let mut rows = rules.deadline.iter().filter(of_it).peekable();
            rows.peek().is_some() && rows.all(|row| deadlines.iter().all(|one| one.rule != row.name))
        }
        FollowUpKind::Recognised => waits(Satisfaction::Recognised),
        FollowUpKind::NewDeadline => deadlines.iter().any(is_of_transmission),
        FollowUpKind::Upheld => is_objected,
        // Acts of their own, with their own forms.
        FollowUpKind::Answer | FollowUpKind::Withdrawal | FollowUpKind::EnforcingDecision => false,
    };
    FollowUpKind::ALL.iter().filter(|kind| fits(kind)).copied().collect()
}

/// Whether a document of this kind is awaited, wherever the request stands.
async fn expect(tx: &mut Transaction, request: &Request, follow_up: &FollowUp) -> Result<()> {
    let preserved = |to| preserved(request, to).map(drop);
    match follow_up.kind {
        FollowUpKind::ProductionAnnounced => preserved(PreservationState::ProductionAnnounced),
        FollowUpKind::PreservationEnded => preserved(PreservationState::Ended),
        FollowUpKind::Extension => {
            refuse_extended(request)?;
            expected(tx, request.id, Satisfaction::HoldSettled).await?;
            preserved(PreservationState::Extended)
        }
        FollowUpKind::Validation | FollowUpKind::ValidationRefused => {
            expected(tx, request.id, Satisfaction::Validated).await.map(drop)
        }
        FollowUpKind::Upheld if !conflict::stands(tx, request.id).await? => Err(conflict::not_objected()),
        _ => Ok(()),
    }
}

/// What a document does to the request that it follows, in the caller's transaction.
async fn apply(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
    follow_up: &FollowUp,
) -> Result<Option<RequestState>> {
    let (id, now) = (request.id, app.now());
    let done = match follow_up.kind {
        FollowUpKind::ProductionAnnounced => {
            preservation(app, tx, request, PreservationState::ProductionAnnounced).await?;
            satisfy(tx, id, Satisfaction::HoldSettled, now).await
        }
        FollowUpKind::PreservationEnded if request.state == RequestState::Refused => {
            satisfy(tx, id, Satisfaction::HoldSettled, now).await?;
            end::begin_end(app, tx, id).await
        }
        FollowUpKind::EnforcementRequested if request.state == RequestState::Refused => {
            hold_on(app, tx, (request, instrument)).await?;
            begin(app, tx, request, instrument, Trigger::EnforcementRequested).await
        }
        FollowUpKind::PreservationEnded => {
            preservation(app, tx, request, PreservationState::Ended).await?;
            satisfy(tx, id, Satisfaction::HoldSettled, now).await?;
            end::begin_end(app, tx, id).await
        }
        FollowUpKind::Extension => extend(app, tx, (request, instrument)).await,
        FollowUpKind::Validation => {
            expected(tx, id, Satisfaction::Validated).await?;
            satisfy(tx, id, Satisfaction::Validated, now).await
        }
        FollowUpKind::EnforcementRequested => {
            begin(app, tx, request, instrument, Trigger::EnforcementRequested).await
        }
        FollowUpKind::Recognised => {
            expected(tx, id, Satisfaction::Recognised).await?;
            satisfy(tx, id, Satisfaction::Recognised, now).await
        }
        FollowUpKind::NewDeadline => set_anew(tx, id, follow_up.due_at.filter(|due| *due > now)).await,
        FollowUpKind::Upheld => return conflict::upheld(app, tx, (request, instrument)).await,
        FollowUpKind::ValidationRefused => {
            let deadline = expected(tx, id, Satisfaction::Validated).await?;
            return lapse::not_validated(app, tx, request, (deadline, "refused")).await.map(Some);
        }
        FollowUpKind::Answer | FollowUpKind::Withdrawal | FollowUpKind::EnforcingDecision => {
            Err(Error::new(Code::InvalidValue, "that is an act of its own"))
        }
    };
    done.map(|()| None)
}

async fn preservation(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    to: PreservationState,
) -> Result<()> {
    let from = preserved(request, to)?;
    requests::advance_preservation(tx, request.id, (from, to), app.now()).await?;
    Ok(())
}

/// Where a preservation stands, if it can go on to there.
fn preserved(request: &Request, to: PreservationState) -> Result<PreservationState> {
    let Some(from) = request.preservation else {
        return Err(Error::new(Code::WrongState, "this is no preservation request"));
    };
    if from.may_become(to) {
        return Ok(from);
    }
    let detail = format!("the preservation is {from}: ask the authority what it means");
    Err(Error::new(Code::WrongState, detail))
}

fn refuse_extended(request: &Request) -> Result<()> {
    if request.preservation == Some(PreservationState::Extended) {
        let detail = "a preservation is extended once, and this one was: a production has to be announced";
        return Err(Error::new(Code::ExtendedBefore, detail));
    }
    Ok(())
}

/// The time that was given first runs to its end, and the further time from there.
async fn extend(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
) -> Result<()> {
    refuse_extended(request)?;
    let ends = expected(tx, request.id, Satisfaction::HoldSettled).await?.due_at;
    preservation(app, tx, request, PreservationState::Extended).await?;
    satisfy(tx, request.id, Satisfaction::HoldSettled, app.now()).await?;
    deadlines::begin_from(app, tx, (request, instrument), Trigger::Extended, ends).await
}

/// What was refused stays held for as long again, from the moment at which it is enforced.
async fn hold_on(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
) -> Result<()> {
    let again = regimes::deadlines(app.rules_of(request)?, instrument, Trigger::Refused, app.now());
    let mut held = expected(tx, request.id, Satisfaction::HoldSettled).await?;
    held.due_at = again.iter().find(|one| one.rule == held.rule).map_or(held.due_at, |one| one.due_at);
    (held.escalated_at, held.missed_at) = (None, None);
    Ok(request_deadlines::update(tx, &held).await?)
}

/// The deadline that waits for this. Where nothing does, the document was not expected.
async fn expected(tx: &mut Transaction, id: RequestId, by: Satisfaction) -> Result<RequestDeadline> {
    let deadlines = request_deadlines::of_request(tx, id).await?;
    let expected = deadlines.into_iter().find(|one| waits_for(one, by));
    expected.ok_or_else(nothing_expected)
}

pub(super) fn nothing_expected() -> Error {
    Error::new(Code::WrongState, "nothing of the kind is expected: ask the authority what it means")
}

/// That of the transmission itself, and not one that the transmission happens to settle.
fn is_of_transmission(deadline: &RequestDeadline) -> bool {
    let first = deadline.satisfied_by.first();
    deadline.satisfied_at.is_none() && first.is_some_and(|name| name == Satisfaction::Transmitted.name())
}

/// The authority sets another time for the transmission.
async fn set_anew(tx: &mut Transaction, id: RequestId, due_at: Option<Moment>) -> Result<()> {
    let Some(due_at) = due_at else {
        return Err(Error::new(Code::InvalidValue, "name the time that is set: it lies ahead"));
    };
    let deadlines = request_deadlines::of_request(tx, id).await?;
    let meant = deadlines.into_iter().find(is_of_transmission);
    let mut deadline =
        meant.ok_or_else(|| Error::new(Code::WrongState, "no transmission is expected any more"))?;
    deadline.due_at = due_at;
    (deadline.escalated_at, deadline.missed_at) = (None, None);
    Ok(request_deadlines::update(tx, &deadline).await?)
}

/// What a request that continues another says about that one: data that was preserved is produced, or the order follows an emergency.
/// Doing it again does no harm. The request itself is handled like any other.
pub(super) async fn join(app: &App, request: &Request) -> Result<()> {
    let Some(earlier) = request.earlier else { return Ok(()) };
    let earlier = find(&mut app.store.read().await?, earlier).await?;
    if earlier.state.is_over() || earlier.authority.is_none() || earlier.authority != request.authority {
        return Ok(());
    }
    let kind = match (earlier.kind, request.kind) {
        (RequestKind::Preservation, RequestKind::Production) => FollowUpKind::ProductionAnnounced,
        (RequestKind::Preservation, RequestKind::Preservation) => FollowUpKind::Extension,
        (RequestKind::Production, RequestKind::Production) if request.is_binding => FollowUpKind::Validation,
        _ => return Ok(()),
    };
    let text = format!("request {} of {}", request.number, request.reference);
    let follow_up = FollowUp { kind, text, due_at: None };
    match app.follow_request(&Caller::system(), earlier.id, (&follow_up, None)).await {
        // It was joined before, or does not fit: what stands against that is found with the tasks.
        Err(error) if matches!(error.code(), Code::WrongState | Code::ExtendedBefore) => {
            tracing::info!(request.number, earlier.number, %error, "a request does not change the one that it continues");
            Ok(())
        }
        outcome => outcome,
    }
}

/// What contradicts another request of the same authority: nobody guesses which of the two is meant.
pub(super) async fn contradicts(
    app: &App,
    request: &Request,
) -> Result<Option<(&'static str, String, String)>> {
    let mut reader = app.store.read().await?;
    if let Some(earlier) = request.earlier {
        let earlier = find(&mut reader, earlier).await?;
        let has_ended =
            matches!(earlier.preservation, Some(PreservationState::Ended | PreservationState::Expired));
        if has_ended && request.kind == RequestKind::Production {
            let en = format!(
                "The preservation that it continues, request {}, has ended: the data may be gone.",
                earlier.number
            );
            let fr = format!(
                "La conservation qu’elle prolonge, demande {}, a pris fin : les données peuvent ne plus exister.",
                earlier.number
            );
            return Ok(Some(("preservation_ended", en, fr)));
        }
    }
    let office = (request.country.as_str(), request.authority_name.as_str(), request.reference.as_str());
    let alike = requests::alike(&mut reader, request.document_sha256, office).await?;
    let other = alike.into_iter().find(|one| {
        one.id != request.id
            && one.number < request.number
            && one.reference == request.reference
            && one.document_sha256 != request.document_sha256
            && request.earlier != Some(one.id)
            && !one.state.is_over()
    });
    Ok(other.map(|other| {
        let en = format!("It bears the reference of request {}, and asks something else.", other.number);
        let fr = format!("Elle porte la référence de la demande {} et demande autre chose.", other.number);
        ("same_reference", en, fr)
    }))
}
