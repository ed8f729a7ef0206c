//! Documents that follow a request: a preservation is extended, ended, or a production announced; a validation comes afterwards; the
//! order is enforced; another time is set.
//!
//! What it is: one act for each kind, whatever door the document came through. What it is not: a guess. What does not fit where the
//! request stands is refused by name, and a person asks the authority.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use vigie_formats::request::{FormKind, forms};
use vigie_model::access::CallerKind;
use vigie_model::disclosure::{Instrument, PreservationState, Request, RequestKind, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::request_deadlines::{self, RequestDeadline};
use vigie_store::request_keys::RequestPart;
use vigie_store::{Transaction, officials, request_letters, requests};

use super::form::{lines, unreadable};
use super::{begin, deadlines, end, find, object, satisfy};
use crate::regimes::{Deadline, RuleSet, Satisfaction, Trigger};
use crate::{App, Code, Error, Resource, Result, authorise};

vigie_model::names! {
    /// What a document that follows says.
    pub enum FollowUpKind {
        /// A request for production was issued: Form 5.
        ProductionAnnounced => "production_announced",
        /// The preservation is extended: Form 6, or a renewed request under 18 USC 2703(f).
        Extension => "extension",
        /// The preservation is needed no more.
        PreservationEnded => "preservation_ended",
        /// The validation, or the order, that was to follow an emergency.
        Validation => "validation",
        /// The enforcing authority was asked to enforce.
        EnforcementRequested => "enforcement_requested",
        /// It recognised the order.
        Recognised => "recognised",
        /// The authority sets another time.
        NewDeadline => "new_deadline",
    }
}

impl FollowUpKind {
    /// What a form says that is no request of its own.
    pub(super) const fn of_form(form: FormKind) -> Option<Self> {
        match form {
            FormKind::Form5 => Some(Self::ProductionAnnounced),
            FormKind::Form6 => Some(Self::Extension),
            FormKind::Form1 | FormKind::Form2 => None,
        }
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
    /// Takes a document that follows a request: of its authority, or entered by who handles it.
    ///
    /// # Errors
    /// Not permitted, the request is of another authority, or the document does not fit where the request stands.
    pub async fn take_follow_up(&self, caller: &Caller, id: RequestId, follow_up: &FollowUp) -> Result<()> {
        let is_theirs = caller.person().is_none() || caller.has(Role::Official);
        let needed = if is_theirs { Operation::HandInRequests } else { Operation::HandleRequests };
        authorise(caller, needed, Resource::Any)?;
        if follow_up.text.trim().is_empty() {
            return Err(Error::new(Code::InvalidValue, "say what the document says"));
        }
        let mut reader = self.store.read().await?;
        let request = find(&mut reader, id).await?;
        if is_theirs && request.authority.is_none() {
            return Err(Error::not_found("request"));
        }
        let theirs = match (caller.kind, caller.person()) {
            (CallerKind::Authority(authority), _) => Some(authority),
            (_, Some(person)) if is_theirs => {
                officials::find(&mut reader, person).await?.map(|official| official.authority)
            }
            _ => None,
        };
        drop(reader);
        if is_theirs && theirs != request.authority {
            return Err(Error::not_found("request"));
        }
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
        let Some(kind) = arrived.form.and_then(FollowUpKind::of_form) else {
            return Err(Error::new(Code::RequestUnreadable, "this form is a request: enter it as one"));
        };
        let id = self.meant(&arrived.instrument).await?;
        let head = format!("{} of {}", kind, arrived.instrument.reference);
        let unread = lines(arrived.diagnostics);
        let text = [vec![head], unread].concat().join("\n");
        self.follow_request(caller, id, (&FollowUp { kind, text, due_at: None }, Some(bytes))).await?;
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
        (follow_up, original): (&FollowUp, Option<&Bytes>),
    ) -> Result<()> {
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state.is_over() || request.state == RequestState::ForgerySuspected {
            return Err(super::wrong_state(request.state));
        }
        let instrument: Instrument = secrets.open(&requests::sealed(&mut tx, id).await?.instrument)?;
        apply(self, &mut tx, (&request, &instrument), follow_up).await?;
        let text = follow_up.text.trim().to_owned();
        let kind = follow_up.kind.name();
        let letter = self.write_letter(&mut tx, &secrets, caller, (id, kind, false), text).await?;
        if let Some(bytes) = original {
            let sealed = secrets.seal(&STANDARD.encode(bytes))?;
            request_letters::keep_original(&mut tx, letter, &sealed).await?;
        }
        let action = format!("request.{}", follow_up.kind);
        let entry = Details::new(caller, &action, object(id), self.now());
        tx.commit(&entry.with(super::facts(&request))).await?;
        Ok(())
    }
}

/// Which documents fit where a request stands. What else comes is refused by name.
pub(super) fn fitting(
    request: &Request,
    deadlines: &[RequestDeadline],
    rules: &RuleSet,
) -> Vec<FollowUpKind> {
    if request.state.is_over() || request.state == RequestState::ForgerySuspected {
        return vec![];
    }
    let becomes = |to| request.preservation.is_some_and(|from| from.may_become(to));
    let waits = |by| deadlines.iter().any(|one| waits_for(one, by));
    let fits = |kind: &FollowUpKind| match kind {
        FollowUpKind::ProductionAnnounced => becomes(PreservationState::ProductionAnnounced),
        FollowUpKind::Extension => becomes(PreservationState::Extended),
        FollowUpKind::PreservationEnded => becomes(PreservationState::Ended),
        FollowUpKind::Validation => waits(Satisfaction::Validated),
        FollowUpKind::EnforcementRequested => {
            let of_it = |row: &&Deadline| row.trigger == Trigger::EnforcementRequested;
            let mut rows = rules.deadline.iter().filter(of_it).peekable();
            rows.peek().is_some() && rows.all(|row| deadlines.iter().all(|one| one.rule != row.name))
        }
        FollowUpKind::Recognised => waits(Satisfaction::Recognised),
        FollowUpKind::NewDeadline => deadlines.iter().any(is_of_transmission),
    };
    FollowUpKind::ALL.iter().filter(|kind| fits(kind)).copied().collect()
}

/// What a document does to the request that it follows, in the caller's transaction.
async fn apply(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
    follow_up: &FollowUp,
) -> Result<()> {
    let (id, now) = (request.id, app.now());
    match follow_up.kind {
        FollowUpKind::ProductionAnnounced => {
            preservation(app, tx, request, PreservationState::ProductionAnnounced).await?;
            satisfy(tx, id, Satisfaction::HoldSettled, now).await
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
    }
}

async fn preservation(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    to: PreservationState,
) -> Result<()> {
    let Some(from) = request.preservation else {
        return Err(Error::new(Code::WrongState, "this is no preservation request"));
    };
    if !from.may_become(to) {
        return Err(Error::new(
            Code::WrongState,
            format!("the preservation is {from}: ask the authority what it means"),
        ));
    }
    requests::advance_preservation(tx, request.id, (from, to), app.now()).await?;
    Ok(())
}

/// The time that was given first runs to its end, and the further time from there.
async fn extend(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
) -> Result<()> {
    if request.preservation == Some(PreservationState::Extended) {
        let detail = "a preservation is extended once, and this one was: a production has to be announced";
        return Err(Error::new(Code::ExtendedBefore, detail));
    }
    let ends = expected(tx, request.id, Satisfaction::HoldSettled).await?.due_at;
    preservation(app, tx, request, PreservationState::Extended).await?;
    satisfy(tx, request.id, Satisfaction::HoldSettled, app.now()).await?;
    deadlines::begin_from(app, tx, (request, instrument), Trigger::Extended, ends).await
}

/// The deadline that waits for this. Where nothing does, the document was not expected.
async fn expected(tx: &mut Transaction, id: RequestId, by: Satisfaction) -> Result<RequestDeadline> {
    let deadlines = request_deadlines::of_request(tx, id).await?;
    let expected = deadlines.into_iter().find(|one| waits_for(one, by));
    expected.ok_or_else(|| {
        Error::new(Code::WrongState, "nothing of the kind is expected: ask the authority what it means")
    })
}

fn waits_for(deadline: &RequestDeadline, by: Satisfaction) -> bool {
    deadline.satisfied_at.is_none() && deadline.satisfied_by.iter().any(|name| name == by.name())
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
