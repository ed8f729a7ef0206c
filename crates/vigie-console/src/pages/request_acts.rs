//! What a person does about a request: a form each, one use case each, and whatever is refused is said on the page.
//!
//! To add an act: its door, its form in `request.html`, and `answered` with what was done.

use axum::response::{IntoResponse, Response};
use http::header;
use vigie_app::requests::{
    CallOutcome, CallReport, Clarification, ConflictObjection, Objection, PaperKind, PaperLanguage, Refusal,
};
use vigie_app::{Code, Error};
use vigie_model::disclosure::RefusalGround;
use vigie_model::id::RequestId;

use super::request::show;
use super::{Id, go, passkeys};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form};
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::post("/requests/{id}/clarify", clarify),
        Door::post("/requests/{id}/answer", answer),
        Door::post("/requests/{id}/refuse", refuse),
        Door::post("/requests/{id}/accept", accept),
        Door::post("/requests/{id}/call", call),
        Door::post("/requests/{id}/called", called),
        Door::post("/requests/{id}/warning", settle),
        Door::post("/requests/{id}/forged", freeze),
        Door::post("/requests/{id}/clear", clear),
        Door::post("/requests/{id}/is-forged", find_forged),
        Door::post("/requests/{id}/again", decide_again),
        Door::post("/requests/{id}/suspend", suspend),
        Door::post("/requests/{id}/resume", resume),
        Door::post("/requests/{id}/objection", object),
        Door::post("/requests/{id}/conflict", conflict),
        Door::post("/requests/{id}/effect", effect),
        Door::post("/requests/{id}/acknowledged", acknowledged),
        Door::post("/requests/{id}/withdraw", withdraw),
        Door::post("/requests/{id}/note", note),
        Door::post("/requests/{id}/document", document),
        Door::post("/requests/{id}/paper", paper),
    ]
}

/// Goes back to the request with what was done, or shows it with why it was not, and with what was written.
pub(super) async fn answered(
    desk: &Desk,
    id: RequestId,
    fields: Fields,
    (outcome, done): (vigie_app::Result<()>, &str),
) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(go(format!("/requests/{id}?done={done}"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show(desk, id, ("", fields), Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidValue, why)
}

async fn clarify(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let asked = Clarification { text: fields.text("clarification").to_owned() };
    let outcome = desk.console.app.ask_clarification(&desk.caller, id, &asked).await;
    answered(&desk, id, fields, (outcome, "request-clarified")).await
}

async fn answer(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.take_clarification(&desk.caller, id, (fields.text("answer"), None)).await;
    answered(&desk, id, fields, (outcome, "request-answered")).await
}

async fn refuse(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let tasks: std::collections::BTreeSet<i64> = fields.parsed("task").collect();
    let ground = fields.text("ground").parse::<RefusalGround>();
    let explanation = fields.text("explanation").to_owned();
    let outcome = match ground {
        // No task at all would mean every one to the use case; a form on which none is chosen means none.
        _ if tasks.is_empty() => Err(invalid("choose the tasks that are refused")),
        Err(_) => Err(invalid("choose the ground")),
        Ok(ground) => {
            let refusal = Refusal { tasks, ground, explanation };
            desk.console.app.refuse_tasks(&desk.caller, id, &refusal).await
        }
    };
    answered(&desk, id, fields, (outcome, "request-refused")).await
}

async fn accept(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let outcome = desk.console.app.accept_request(&desk.caller, id).await.map(drop);
    answered(&desk, id, Fields::default(), (outcome, "request-accepted")).await
}

async fn call(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    // What was drawn is not shown here: who asks for the call is not who makes it.
    let outcome = desk.console.app.ask_call_back(&desk.caller, id).await.map(drop);
    answered(&desk, id, Fields::default(), (outcome, "request-call-asked")).await
}

async fn called(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let report = match (fields.text("authority").parse(), fields.text("outcome").parse::<CallOutcome>()) {
        (Ok(authority), Ok(outcome)) => Ok(CallReport {
            authority,
            spoke_with: fields.text("spoke_with").to_owned(),
            read_back: fields.text("read_back").to_owned(),
            outcome,
        }),
        _ => Err(invalid("choose the authority that was called, and what came of it")),
    };
    let outcome = match report {
        Ok(report) => desk.console.app.report_call_back(&desk.caller, id, &report).await,
        Err(error) => Err(error),
    };
    answered(&desk, id, fields, (outcome, "request-called")).await
}

async fn settle(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = match fields.text("task").parse() {
        Ok(task) => {
            let (kind, reason) = (fields.text("kind"), fields.text("settlement"));
            desk.console.app.settle_warning(&desk.caller, id, (task, kind, reason)).await
        }
        Err(_) => Err(invalid("choose a warning")),
    };
    answered(&desk, id, fields, (outcome, "request-settled")).await
}

async fn freeze(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = match fields.text("forged") {
        "" => Err(invalid("say why it may be forged")),
        why => desk.console.app.suspect_forgery(&desk.caller, id, why).await,
    };
    answered(&desk, id, fields, (outcome, "request-frozen")).await
}

async fn clear(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.ask_to_clear_suspicion(&desk.caller, id, fields.text("clear")).await;
    answered(&desk, id, fields, (outcome, "question-asked")).await
}

async fn find_forged(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.find_forged(&desk.caller, id, fields.text("found")).await;
    answered(&desk, id, fields, (outcome, "request-found-forged")).await
}

async fn decide_again(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.decide_again(&desk.caller, id, fields.text("again")).await;
    answered(&desk, id, fields, (outcome, "request-decided-again")).await
}

async fn suspend(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.suspend_request(&desk.caller, id, fields.text("suspend")).await;
    answered(&desk, id, fields, (outcome, "request-suspended")).await
}

async fn resume(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.resume_request(&desk.caller, id, fields.text("resume")).await;
    answered(&desk, id, fields, (outcome, "request-resumed")).await
}

async fn object(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let tasks: std::collections::BTreeSet<i64> = fields.parsed("blocked").collect();
    let objection = match fields.text("objection") {
        "none" => Ok(Objection::None),
        "full" => Ok(Objection::Full),
        "partial" if tasks.is_empty() => Err(invalid("choose the tasks that it refuses")),
        "partial" => Ok(Objection::Partial(tasks)),
        _ => Err(invalid("choose what the enforcing authority says")),
    };
    let outcome = match objection {
        Ok(objection) => {
            let said = (&objection, fields.text("said"));
            desk.console.app.note_objection(&desk.caller, id, said).await
        }
        Err(error) => Err(error),
    };
    answered(&desk, id, fields, (outcome, "request-objection")).await
}

async fn conflict(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let objection = ConflictObjection {
        tasks: fields.parsed("forbidden").collect(),
        law: fields.text("conflict-law").to_owned(),
        nature: fields.text("conflict-nature").to_owned(),
    };
    let outcome = desk.console.app.object_to_conflict(&desk.caller, id, &objection).await;
    answered(&desk, id, fields, (outcome, "request-conflict")).await
}

async fn effect(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.note_effect(&desk.caller, id, fields.text("effect")).await;
    answered(&desk, id, fields, (outcome, "request-effect")).await
}

async fn acknowledged(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let outcome = desk.console.app.note_acknowledgement(&desk.caller, id).await;
    answered(&desk, id, Fields::default(), (outcome, "request-acknowledged")).await
}

async fn withdraw(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.withdraw_request(&desk.caller, id, fields.text("withdrawal")).await;
    answered(&desk, id, fields, (outcome, "request-withdrawn")).await
}

async fn note(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.note_request(&desk.caller, id, fields.text("note")).await;
    answered(&desk, id, fields, (outcome, "request-noted")).await
}

/// The document as it came, as a file: it is never shown in the browser, whatever it says it is.
async fn paper(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let chosen =
        (fields.text("paper").parse::<PaperKind>(), fields.text("language").parse::<PaperLanguage>());
    let (Ok(kind), Ok(language)) = chosen else {
        let error = invalid("choose a paper and its language");
        return answered(&desk, id, fields, (Err(error), "")).await;
    };
    match desk.console.app.request_paper(&desk.caller, id, (kind, language)).await {
        Ok(paper) => Ok(file(&paper.name, paper.bytes)),
        Err(error) => answered(&desk, id, fields, (Err(error), "")).await,
    }
}

async fn document(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let (mime, bytes) = desk.console.app.request_document(&desk.caller, id).await?;
    Ok(file(&format!("request-{id}.{}", ending(&mime)), bytes))
}

/// How the name of a file of this type ends.
pub(super) fn ending(mime: &str) -> &'static str {
    match mime {
        "application/pdf" => "pdf",
        "application/xml" | "text/xml" => "xml",
        "message/rfc822" => "eml",
        "application/json" | "application/vnd.dsse.v1+json" => "json",
        _ => "bin",
    }
}

/// A file to keep.
pub(super) fn file(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}

/// A form that needs a confirmation first is kept until it was given.
pub(super) async fn confirmed_or(
    desk: &Desk,
    error: Error,
    (action, fields, back): (&str, &Fields, &str),
) -> std::result::Result<Response, Error> {
    if error.code() != Code::StepUpNeeded {
        return Err(error);
    }
    Ok(passkeys::ask_first(desk, action, fields, back).await.unwrap_or_else(IntoResponse::into_response))
}
