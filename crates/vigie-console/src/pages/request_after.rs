//! What comes after a request: documents of its authority that follow, what kept accounts from being touched is lifted, and its
//! end. A form each, one use case each.

use axum::response::Response;
use vigie_app::requests::{FollowUp, FollowUpKind};
use vigie_app::{Resource, authorise};
use vigie_model::Operation;
use vigie_model::id::RequestId;

use super::confirm::Confirm;
use super::request_acts::{answered, invalid};
use super::roster::moment;
use super::{Id, page};
use crate::door::Door;
use crate::failure::Result;
use crate::fields::{Fields, Form};
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::post("/requests/{id}/follow", follow),
        Door::post("/requests/{id}/spare/lift", lift),
        Door::get("/requests/{id}/close", ask_to_close),
        Door::post("/requests/{id}/close", close),
    ]
}

async fn follow(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let due = fields.text("follow-due");
    let outcome = match fields.text("follow").parse::<FollowUpKind>() {
        Err(_) => Err(invalid("choose what the document says")),
        Ok(FollowUpKind::NewDeadline) if !due.is_empty() && moment(due).is_none() => {
            Err(invalid("the time that is set is no date with a time"))
        }
        Ok(kind) => {
            let due_at = moment(due).filter(|_| kind == FollowUpKind::NewDeadline);
            let follow_up = FollowUp { kind, text: fields.text("follow-text").to_owned(), due_at };
            desk.console.app.take_follow_up(&desk.caller, id, &follow_up).await
        }
    };
    answered(&desk, id, fields, (outcome, "request-followed")).await
}

async fn lift(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.lift_do_not_act(&desk.caller, id, fields.text("spare-lift")).await;
    let done = match &outcome {
        Ok(Some(_)) => "question-asked",
        _ => "request-acts-allowed",
    };
    answered(&desk, id, fields, (outcome.map(drop), done)).await
}

/// Says what will happen before a request is closed: nothing opens it again.
async fn ask_to_close(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    authorise(&desk.caller, Operation::HandleRequests, Resource::Any)?;
    let view = desk.console.app.request(&desk.caller, id).await?;
    let words = desk.words;
    let number = words.number(view.request.number);
    let back = format!("/requests/{id}");
    let frame = Frame::of(desk.visit(), Section::Requests, words.about("close-title", &number)).await;
    let frame = frame.below("requests-title", "/requests");
    Ok(page(&Confirm {
        frame: frame.within(words.about("request-numbered", &number), back.clone()),
        consequences: ["close-ends", "close-lets-go", "close-fetch", "close-kept"]
            .map(|key| words.say(key))
            .to_vec(),
        button: words.say("close-request"),
        back,
        action: format!("/requests/{id}/close"),
    }))
}

async fn close(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let outcome = desk.console.app.close_request(&desk.caller, id).await;
    answered(&desk, id, Fields::default(), (outcome, "request-closed")).await
}
