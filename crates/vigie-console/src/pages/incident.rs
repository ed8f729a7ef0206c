//! An incident: everything about it on one page, its media shielded, and what a reviewer can do with it.
//!
//! `view.rs` turns what the use case gives into what the template shows; `decide.rs` reads the form of a decision.

mod as_before;
mod decide;
mod item;
mod view;

pub(super) use decide::{LABELS, conclusion};
pub(super) use item::{Item, item};
pub(super) use view::{Choice, choice, labels, labels_in_words, others};

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use vigie_app::reveals::Revealed;
use vigie_app::{Code, Error};
use vigie_model::id::{IncidentId, ItemId, RevealId};

use super::{Id, go, page, passkeys};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/incidents/{id}", incident),
        Door::post("/incidents/{id}/claim", claim),
        Door::post("/incidents/{id}/renew", renew),
        Door::post("/incidents/{id}/release", release),
        Door::post("/incidents/{id}/skip", skip),
        Door::post("/incidents/{id}/pass", pass),
        Door::post("/incidents/{id}/escalate", escalate),
        Door::post("/incidents/{id}/reveal", reveal),
        Door::post("/incidents/{id}/hide", hide),
        Door::post("/incidents/{id}/decide", decide_it),
        Door::post("/incidents/{id}/decide-as-before", decide_as_before),
        Door::post("/incidents/{id}/act", act),
        Door::post("/decisions/{id}/reverse", reverse),
    ]
}

async fn incident(desk: Desk, Id(id): Id<IncidentId>, Query(query): Query) -> Result<Response> {
    show(&desk, id, &Fields::default(), &[], query.text("done"), None).await
}

/// The page, with what was filled in, what was just revealed, and what went wrong.
async fn show(
    desk: &Desk,
    id: IncidentId,
    fields: &Fields,
    revealed: &[Revealed],
    done: &str,
    problem: Option<Problem>,
) -> Result<Response> {
    let told = desk.console.app.incident(&desk.caller, id).await?;
    let names = desk.console.app.colleagues(&desk.caller).await?;
    Ok(page(&view::page_of(desk, &told, &names, fields, revealed, done, problem).await))
}

async fn claim(desk: Desk, Id(id): Id<IncidentId>) -> Result<Response> {
    let done = desk.console.app.claim(&desk.caller, id).await.map(drop);
    answered(&desk, id, &Fields::default(), done, format!("/incidents/{id}")).await
}

/// Somebody still works on it. The answer is for the script of the page: whether they hold it still.
async fn renew(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let is_held = match desk.console.app.renew_claim(&desk.caller, id, fence(&fields)).await {
        Ok(_) => true,
        Err(error) if error.code() == Code::LeaseLost => false,
        Err(error) => return Err(error.into()),
    };
    Ok(Json(json!({ "held": is_held })).into_response())
}

async fn release(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.release(&desk.caller, id, fence(&fields)).await;
    answered(&desk, id, &fields, done, "/queue?done=incident-released".into()).await
}

async fn skip(desk: Desk, Id(id): Id<IncidentId>) -> Result<Response> {
    desk.console.app.skip(&desk.caller, id).await?;
    Ok(go("/queue?done=incident-skipped"))
}

/// Nothing is asked, nothing is said about it afterwards.
async fn pass(desk: Desk, Id(id): Id<IncidentId>) -> Result<Response> {
    desk.console.app.pass(&desk.caller, id).await?;
    Ok(go("/queue"))
}

async fn escalate(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.escalate(&desk.caller, id, fence(&fields), fields.text("reason")).await;
    answered(&desk, id, &fields, done, "/queue?done=incident-escalated".into()).await
}

/// Writes the looks down, then shows the page with what was asked for.
async fn reveal(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let items: Vec<ItemId> = fields.parsed("item").collect();
    let step = fields.text("step").parse();
    let step = step.map_err(|_| Error::new(Code::InvalidValue, "no such step"))?;
    match desk.console.app.reveal(&desk.caller, id, &items, step).await {
        Ok(revealed) => show(&desk, id, &fields, &revealed, "", None).await,
        Err(error) if error.code() == Code::StepUpNeeded => {
            let (path, back) = (format!("/incidents/{id}/reveal"), format!("/incidents/{id}"));
            passkeys::ask_first(&desk, &path, &fields, &back).await
        }
        Err(error) => mended(&desk, id, &fields, error).await,
    }
}

async fn hide(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    for look in fields.parsed::<RevealId>("reveal") {
        desk.console.app.hide(&desk.caller, look).await?;
    }
    Ok(go(format!("/incidents/{id}")))
}

async fn decide_it(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let told = desk.console.app.incident(&desk.caller, id).await?;
    let items = told.items.iter().map(|item| item.item.id);
    let done = match decide::conclusion(&fields, items) {
        Ok(conclusion) => {
            desk.console.app.decide(&desk.caller, id, fence(&fields), conclusion).await.map(drop)
        }
        Err(error) => Err(error),
    };
    answered(&desk, id, &fields, done, format!("/incidents/{id}?done=incident-decided")).await
}

/// Decides as the very same bytes were decided before, without a look.
async fn decide_as_before(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let measures = as_before::chosen(&fields);
    let (app, reason) = (&desk.console.app, fields.text("reason"));
    let done = app.decide_as_before(&desk.caller, id, fence(&fields), reason, measures).await.map(drop);
    answered(&desk, id, &fields, done, format!("/incidents/{id}?done=incident-decided")).await
}

async fn act(desk: Desk, Id(id): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    let done = match decide::measure(fields.text("measure")) {
        Some(measure) => {
            desk.console.app.act_on_decided(&desk.caller, id, measure, fields.text("reason")).await.map(drop)
        }
        None => Err(Error::new(Code::InvalidValue, "no such action")),
    };
    answered(&desk, id, &fields, done, format!("/incidents/{id}?done=action-ordered")).await
}

async fn reverse(
    desk: Desk,
    Id(decision): Id<vigie_model::id::DecisionId>,
    Form(fields): Form,
) -> Result<Response> {
    let incident = fields.text("incident").parse::<IncidentId>();
    let incident = incident.map_err(|_| Error::not_found("incident"))?;
    let done = desk.console.app.reverse_decision(&desk.caller, decision, fields.text("reason")).await;
    answered(&desk, incident, &fields, done, format!("/incidents/{incident}?done=decision-reversed")).await
}

/// The fence of the lease under which the form was shown.
fn fence(fields: &Fields) -> i64 {
    fields.text("fence").parse().unwrap_or(-1)
}

async fn answered(
    desk: &Desk,
    id: IncidentId,
    fields: &Fields,
    done: vigie_app::Result<()>,
    then: String,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(then)),
        Err(error) => mended(desk, id, fields, error).await,
    }
}

/// Shows the page again with what was filled in, where the person can mend it.
async fn mended(desk: &Desk, id: IncidentId, fields: &Fields, error: Error) -> Result<Response> {
    if !failure::can_be_mended(&error) {
        return Err(error.into());
    }
    let problem = Problem::of(&error, desk.visit());
    show(desk, id, fields, &[], "", Some(problem)).await
}
