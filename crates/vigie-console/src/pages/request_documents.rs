//! The documents of a request on its page: each as it came, wherein a corrected one says more, and the decision about that.

use axum::extract::Path;
use axum::response::Response;
use vigie_app::requests::{Differs, RequestDocument};
use vigie_model::disclosure::DocumentState;
use vigie_model::id::RequestId;

use super::go;
use super::request::show;
use super::request_acts::{ending, file};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::Form;
use crate::language::Words;
use crate::parts::{Identifier as Hash, When};
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::post("/requests/{id}/documents/{number}", download),
        Door::post("/requests/{id}/documents/{number}/decide", decide),
    ]
}

/// A document of a request.
pub(crate) struct Document {
    pub(crate) number: i64,
    pub(crate) kind: String,
    pub(crate) state: &'static str,
    pub(crate) looks: &'static str,
    pub(crate) sha256: Hash,
    pub(crate) came: When,
    pub(crate) differs: Vec<(String, String)>,
    pub(crate) waits: bool,
    /// Whether it may be taken: one that would be another request may not.
    pub(crate) may_be_taken: bool,
    /// When it was decided about, and why.
    pub(crate) decided: Option<(When, String)>,
}

/// A document as people of the house and of its authority read it.
pub(super) fn document(desk: &Desk, one: &RequestDocument) -> Document {
    let words = desk.words;
    Document {
        number: one.number,
        kind: words.name("request-document", &one.kind),
        state: one.state.name(),
        looks: match one.state {
            DocumentState::InForce => "ok-state",
            DocumentState::Waiting => "warn-state",
            _ => "quiet-state",
        },
        sha256: Hash::new(words, &hex::encode(one.sha256)),
        came: When::new(words, one.received_at, desk.now),
        differs: one.differs.iter().map(|differs| said(words, differs)).collect(),
        waits: one.state == DocumentState::Waiting,
        may_be_taken: !one.differs.iter().any(|differs| differs.how.is_another_request()),
        decided: one
            .decided
            .as_ref()
            .map(|(_, at, reason)| (When::new(words, *at, desk.now), reason.clone())),
    }
}

fn said(words: Words, differs: &Differs) -> (String, String) {
    (words.name("difference", differs.how.name()), differs.what.clone())
}

/// The document as it came, as a file: it is never shown in the browser, whatever it says it is.
async fn download(desk: Desk, Path((id, number)): Path<(RequestId, i64)>) -> Result<Response> {
    let (mime, bytes) = desk.console.app.request_document_numbered(&desk.caller, id, number).await?;
    Ok(file(&format!("request-{id}-{number}.{}", ending(&mime)), bytes))
}

async fn decide(
    desk: Desk,
    Path((id, number)): Path<(RequestId, i64)>,
    Form(fields): Form,
) -> Result<Response> {
    let takes = fields.text("decision") == "take";
    let outcome =
        desk.console.app.decide_document(&desk.caller, id, (number, takes, fields.text("why"))).await;
    match outcome {
        Ok(()) => Ok(go(format!("/requests/{id}?done=document-decided"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show(&desk, id, ("", fields), Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}
