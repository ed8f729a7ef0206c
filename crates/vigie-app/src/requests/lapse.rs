//! What happens when a deadline passes by itself: the enforcing authority said nothing, a preservation ends, a validation did not come.
//!
//! To add one: its round here, with the states in which it may be, and nothing that a person should decide.

use serde_json::json;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{PreservationState, Request, RequestState};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_deadlines::{self, Label, RequestDeadline};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_warnings::{self, Warning};
use vigie_store::{Transaction, requests};

use super::interrupt::{Objection, cancel_tasks};
use super::take_back::take_back;
use super::{end, find, object, step};
use crate::jobs::{Job, enqueue};
use crate::notices::tell_permitted;
use crate::regimes::Satisfaction;
use crate::{App, Result};

/// How many deadlines one round looks after, of each kind.
const AT_ONCE: i64 = 100;

/// Where the silence of an enforcing authority means something.
const OBJECTED_IN: &[RequestState] =
    &[RequestState::EnforcingHold, RequestState::Delivered, RequestState::Released];

/// Looks after what has passed.
pub(crate) async fn lapse(app: &App) -> Result<()> {
    let answered = Satisfaction::EnforcingAuthorityAnswered.name();
    for deadline in lapsed(app, answered, OBJECTED_IN).await? {
        no_objection(app, &deadline).await?;
    }
    let open: Vec<_> = RequestState::ALL.iter().copied().filter(|state| may_stop(*state)).collect();
    for deadline in lapsed(app, Satisfaction::HoldSettled.name(), &open).await? {
        hold_ended(app, &deadline).await?;
    }
    for deadline in lapsed(app, Satisfaction::HoldSettled.name(), &[RequestState::Refused]).await? {
        refused_for_good(app, &deadline).await?;
    }
    for deadline in lapsed(app, Satisfaction::Validated.name(), &open).await? {
        never_validated(app, &deadline).await?;
    }
    Ok(())
}

async fn lapsed(app: &App, by: &str, states: &[RequestState]) -> Result<Vec<RequestDeadline>> {
    let mut reader = app.store.read().await?;
    Ok(request_deadlines::lapsed(&mut reader, (by, states), app.now(), AT_ONCE).await?)
}

/// What neither is over nor stopped already.
pub(super) fn may_stop(state: RequestState) -> bool {
    state.is_interruptible() && state != RequestState::UseRestricted
}

/// The deadline as its row has it now, where it still runs and has passed: another process may have been here.
async fn still(app: &App, tx: &mut Transaction, seen: &RequestDeadline) -> Result<Option<RequestDeadline>> {
    let all = request_deadlines::of_request(tx, seen.request).await?;
    let now = app.now();
    Ok(all.into_iter().find(|one| one.id == seen.id && one.is_running() && one.due_at <= now))
}

async fn settle(app: &App, tx: &mut Transaction, mut deadline: RequestDeadline, with: &str) -> Result<()> {
    deadline.satisfied_at = Some(app.now());
    deadline.satisfied_with = Some(with.to_owned());
    Ok(request_deadlines::update(tx, &deadline).await?)
}

/// The enforcing authority said nothing in its time: what waited for it goes on, and leaves at once where two people have agreed.
async fn no_objection(app: &App, seen: &RequestDeadline) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let request = find(&mut tx, seen.request).await?;
    let Some(deadline) = still(app, &mut tx, seen).await? else { return Ok(()) };
    let id = request.id;
    settle(app, &mut tx, deadline, "no_objection").await?;
    if request.state != RequestState::EnforcingHold {
        let entry = Details::new(&Caller::system(), "request.no_objection", object(id), app.now());
        tx.commit(&entry).await?;
        return Ok(());
    }
    let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::ReadyForApproval).await?;
    tell_permitted(app, &mut tx, Operation::HandleRequests, NoticeKind::RequestReady, &object(id)).await?;
    enqueue(app, &mut tx, &Job::ReleasePackage { request: id }).await?;
    let mut parameters = super::facts(&request);
    parameters["objection"] = json!(Objection::None.name());
    tx.commit(&entry.with(parameters)).await?;
    // At once, so that nobody is told of a time that passes while the job waits for its turn.
    crate::releases::go_on_as_agreed(app, id).await
}

/// Nobody extended a preservation or announced a production: it has ended.
async fn hold_ended(app: &App, seen: &RequestDeadline) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let request = find(&mut tx, seen.request).await?;
    let Some(deadline) = still(app, &mut tx, seen).await? else { return Ok(()) };
    let from = request.preservation.filter(|state| state.may_become(PreservationState::Expired));
    let Some(from) = from else { return Ok(()) };
    settle(app, &mut tx, deadline, "expired").await?;
    let states = (from, PreservationState::Expired);
    requests::advance_preservation(&mut tx, request.id, states, app.now()).await?;
    end::begin_end(app, &mut tx, request.id).await?;
    let subject = object(request.id);
    let entry = Details::new(&Caller::system(), "request.preservation_expired", subject, app.now());
    tx.commit(&entry.with(super::facts(&request))).await?;
    Ok(())
}

/// Nobody had enforced what was refused: the messenger lets go.
async fn refused_for_good(app: &App, seen: &RequestDeadline) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let Some(deadline) = still(app, &mut tx, seen).await? else { return Ok(()) };
    let id = deadline.request;
    settle(app, &mut tx, deadline, "expired").await?;
    end::begin_end(app, &mut tx, id).await?;
    tx.commit(&Details::new(&Caller::system(), "request.hold_ended", object(id), app.now())).await?;
    Ok(())
}

/// The validation, or the order that was to follow, did not come. Nothing more is done for the request; what left may be used no more;
/// and somebody looks whether it was forged.
async fn never_validated(app: &App, seen: &RequestDeadline) -> Result<()> {
    let secrets = app.secrets(seen.request, RequestPart::Whole).await?;
    let mut tx = app.store.begin().await?;
    let request = find(&mut tx, seen.request).await?;
    let Some(deadline) = still(app, &mut tx, seen).await? else { return Ok(()) };
    if !may_stop(request.state) {
        return Ok(());
    }
    let id = request.id;
    let next = not_validated(app, &mut tx, &request, (deadline.clone(), "nothing")).await?;
    let action = format!("request.{next}");
    let entry = Details::new(&Caller::system(), &action, object(id), app.now());
    let text = format!(
        "{}: {} did not come until {}. What was given may not be used, and is deleted or restricted.",
        deadline.source, deadline.label.en, deadline.due_at
    );
    app.write_letter(&mut tx, &secrets, &Caller::system(), (id, "use_restricted", true), text).await?;
    request_warnings::insert(&mut tx, &possibly_forged(app, &request, &deadline)).await?;
    for operation in [Operation::SettleWarnings, Operation::HandleRequests] {
        tell_permitted(app, &mut tx, operation, NoticeKind::ForgerySuspected, &object(id)).await?;
    }
    let mut parameters = super::facts(&request);
    parameters["never_validated"] = json!(deadline.rule);
    tx.commit(&entry.with(parameters)).await?;
    if next == RequestState::Withdrawn {
        app.destroy_taken(id).await?;
    }
    Ok(())
}

/// Stops a request of which the validation did not come or was refused: nothing leaves any more, and what left may not be used. Where it
/// stands then.
pub(super) async fn not_validated(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    (deadline, with): (RequestDeadline, &str),
) -> Result<RequestState> {
    if !may_stop(request.state) {
        return Err(super::wrong_state(request.state));
    }
    let id = request.id;
    let next = match request.state {
        RequestState::Delivered => RequestState::UseRestricted,
        _ => RequestState::Withdrawn,
    };
    step(app, tx, &Caller::system(), request, next).await?;
    if next == RequestState::Withdrawn {
        take_back(app, tx, id).await?;
        cancel_tasks(app, tx, id).await?;
    } else if with == "refused" {
        settle(app, tx, deadline, with).await?;
    }
    Ok(next)
}

fn possibly_forged(app: &App, request: &Request, deadline: &RequestDeadline) -> Warning {
    Warning {
        request: request.id,
        task: 0,
        kind: "possibly_forged".to_owned(),
        weight: "alarm".to_owned(),
        text: Label {
            en: "It was to be confirmed afterwards, and was not: it may be forged. Assess whether data was breached.".into(),
            fr: "Elle devait être confirmée ensuite et ne l’a pas été : elle est peut-être fausse. Évaluez s’il y a eu violation \
                 de données."
                .into(),
        },
        source: deadline.source.clone(),
        found_at: app.now(),
        settled: None,
    }
}
