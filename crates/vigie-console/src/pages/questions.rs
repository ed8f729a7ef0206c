//! Questions to a second person: what waits, and each with exactly the parameters that will be performed.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde_json::Value;
use vigie_app::bank_exports::Exported;
use vigie_app::{Code, Resource, permits};
use vigie_model::Caller;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::id::{ApprovalId, PersonId, RequestId};

use super::{Id, go, page, passkeys};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::{Identifier, TimeLeft, When, shortened};
use crate::section::Section;
use crate::visit::{Desk, Visit};

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/questions", list),
        Door::get("/questions/{id}", question),
        Door::get("/questions/{id}/exports/{entry}/proof", prove),
        Door::post("/questions/{id}/approve", approve),
        Door::post("/questions/{id}/refuse", refuse),
    ]
}

/// A question as lists show it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) act: String,
    pub(crate) subject: String,
    pub(crate) reason: String,
    pub(crate) asked_by: String,
    pub(crate) asked: When,
    pub(crate) left: TimeLeft,
    pub(crate) is_own: bool,
}

/// The questions that wait, as this person sees them.
pub(super) async fn rows(visit: &Visit, caller: &Caller) -> Result<Vec<Row>> {
    let waiting = visit.console.app.waiting_questions(caller).await?;
    let names = visit.console.app.colleagues(caller).await?;
    Ok(waiting.iter().map(|approval| row(visit, caller, approval, &names)).collect())
}

fn row(visit: &Visit, caller: &Caller, approval: &Approval, names: &HashMap<PersonId, String>) -> Row {
    let parameters: Value = serde_json::from_str(&approval.parameters).unwrap_or_default();
    Row {
        id: approval.id.to_string(),
        act: act(visit, &parameters),
        subject: subject(approval, &parameters),
        reason: approval.reason.clone(),
        asked_by: names.get(&approval.requested_by).cloned().unwrap_or_default(),
        asked: When::new(visit.words, approval.requested_at, visit.now),
        left: TimeLeft::new(visit.words, approval.expires_at, visit.now),
        is_own: Some(approval.requested_by) == caller.person(),
    }
}

/// The act in words: what is done on the messenger, where it is that.
fn act(visit: &Visit, parameters: &Value) -> String {
    let text = |key: &str| parameters.get(key).and_then(Value::as_str);
    match (text("act"), text("kind")) {
        (Some("perform_action"), Some(kind)) => visit.words.name("action", kind),
        (act, _) => visit.words.name("act", act.unwrap_or("unknown")),
    }
}

/// What the act is about, as people know it: the target on the messenger, a name, or an identifier in short.
fn subject(approval: &Approval, parameters: &Value) -> String {
    let target = parameters.get("target");
    let of_target = |key: &&str| target?.get(*key)?.as_str().map(str::to_owned);
    let keys = ["message_id", "media_id", "account_id", "conversation_id"];
    let named = parameters.get("name").and_then(Value::as_str).map(str::to_owned);
    keys.iter()
        .find_map(of_target)
        .or(named)
        .unwrap_or_else(|| shortened(approval.subject.split_once(':').map_or("", |(_, object)| object)))
}

#[derive(Template)]
#[template(path = "questions.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) others: Vec<Row>,
    pub(crate) own: Vec<Row>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let (own, others) = rows(desk.visit(), &desk.caller).await?.into_iter().partition(|row: &Row| row.is_own);
    let frame = Frame::of(desk.visit(), Section::Questions, desk.words.say("questions-title")).await;
    Ok(page(&List { frame: frame.noting(query.text("done")), others, own }))
}

/// One parameter: its path within the act, and its value as it will be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A list that left the house.
pub(crate) struct Left {
    pub(crate) entry: i64,
    pub(crate) number: String,
    pub(crate) when: When,
    pub(crate) sha256: String,
}

#[derive(Template)]
#[template(path = "question.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) row: Row,
    pub(crate) state: ApprovalState,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) hash: Identifier,
    pub(crate) decided_by: String,
    pub(crate) decided: Option<When>,
    pub(crate) may_answer: bool,
    /// What would leave, where it is a release; where to look, where it is about a request.
    pub(crate) release: Option<Release>,
    pub(crate) request: String,
    /// Whether it is the person's own export, agreed to and to be fetched.
    pub(crate) is_export: bool,
    /// What it let out of the house so far.
    pub(crate) exports: Vec<Left>,
    pub(crate) problem: Option<Problem>,
}

/// What a release lets leave, in the parameters of the question.
pub(crate) struct Release {
    pub(crate) records: String,
    pub(crate) grant: Identifier,
    pub(crate) withheld: Identifier,
    pub(crate) recipient: Identifier,
}

/// The release that a question is about; none where it is another act.
fn release(words: Words, parameters: &Value) -> Option<Release> {
    let text = |key: &str| parameters.get(key).and_then(Value::as_str).unwrap_or_default();
    (text("act") == "release_package").then(|| Release {
        records: words.number(parameters.get("records").and_then(Value::as_i64).unwrap_or(0)),
        grant: Identifier::new(words, text("grant_sha256")),
        withheld: Identifier::new(words, text("withheld_sha256")),
        recipient: Identifier::new(words, text("recipient")),
    })
}

/// The request that a release, or the end of a suspicion, is about.
fn request_of(parameters: &Value) -> String {
    let text = |key: &str| parameters.get(key).and_then(Value::as_str).unwrap_or_default();
    let id = match text("act") {
        "release_package" | "clear_suspicion" | "lift_do_not_act" => text("request"),
        _ => "",
    };
    id.parse::<RequestId>().map(|id| id.to_string()).unwrap_or_default()
}

async fn question(desk: Desk, Id(id): Id<ApprovalId>) -> Result<Response> {
    show(&desk, id, None).await
}

async fn show(desk: &Desk, id: ApprovalId, problem: Option<Problem>) -> Result<Response> {
    let approval = desk.console.app.question(&desk.caller, id).await?;
    let names = desk.console.app.colleagues(&desk.caller).await?;
    let visit = desk.visit();
    let row = row(visit, &desk.caller, &approval, &names);
    let frame =
        Frame::of(visit, Section::Questions, row.act.clone()).await.below("questions-title", "/questions");
    let waits = approval.state == ApprovalState::Waiting && approval.expires_at > desk.now;
    let values: Value = serde_json::from_str(&approval.parameters).unwrap_or_default();
    let is_permitted = permits(&desk.caller, approval.operation, Resource::Any);
    Ok(page(&One {
        frame,
        state: if approval.state == ApprovalState::Waiting && !waits {
            ApprovalState::Expired
        } else {
            approval.state
        },
        release: release(desk.words, &values),
        request: request_of(&values),
        parameters: parameters(&approval.parameters),
        hash: Identifier::new(desk.words, &approval.parameters_hash),
        decided_by: approval.decided_by.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
        decided: approval.decided_at.map(|moment| When::new(desk.words, moment, desk.now)),
        is_export: approval.state == ApprovalState::Approved
            && row.is_own
            && approval.operation == vigie_model::Operation::ApproveBanks
            && approval.parameters.contains("\"act\":\"export_bank\""),
        exports: exports(desk, id).await?,
        may_answer: waits && is_permitted && !row.is_own,
        row,
        problem,
    }))
}

async fn exports(desk: &Desk, id: ApprovalId) -> Result<Vec<Left>> {
    let left = |one: Exported| Left {
        entry: one.entry,
        number: desk.words.number(one.entry),
        when: When::new(desk.words, one.at, desk.now),
        sha256: one.sha256,
    };
    Ok(desk.console.app.exports_of(&desk.caller, id).await?.into_iter().map(left).collect())
}

/// A file by which anybody can check, without us, what left, when, and under which agreement.
async fn prove(desk: Desk, Path((id, entry)): Path<(ApprovalId, i64)>) -> Result<Response> {
    match desk.console.app.prove_export(&desk.caller, id, entry).await {
        Ok(proof) => {
            let name = format!("attachment; filename=\"export-{entry}.tlog-proof\"");
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            Ok((headers, proof.to_string()).into_response())
        }
        Err(error) if error.code() == Code::ProofPending => {
            let page = show(&desk, id, Some(Problem::of(&error, desk.visit()))).await?;
            Ok((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn approve(desk: Desk, Id(id): Id<ApprovalId>) -> Result<Response> {
    let done = desk.console.app.approve(&desk.caller, id).await;
    if done.as_ref().is_err_and(|error| error.code() == Code::StepUpNeeded) {
        let back = format!("/questions/{id}");
        return passkeys::ask_first(&desk, &format!("{back}/approve"), &Fields::default(), &back).await;
    }
    answered(&desk, id, done, "question-approved").await
}

async fn refuse(desk: Desk, Id(id): Id<ApprovalId>) -> Result<Response> {
    let done = desk.console.app.refuse(&desk.caller, id).await;
    answered(&desk, id, done, "question-refused").await
}

async fn answered(desk: &Desk, id: ApprovalId, done: vigie_app::Result<()>, note: &str) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(format!("/questions?done={note}"))),
        Err(error) if failure::can_be_mended(&error) => {
            show(desk, id, Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Every parameter of the act, none left out, none rounded: the second person agrees to these and to nothing else.
fn parameters(canonical: &str) -> Vec<Parameter> {
    let mut written = Vec::new();
    match serde_json::from_str(canonical) {
        Ok(value) => write(String::new(), &value, &mut written),
        Err(_) => written.push(Parameter { name: String::new(), value: canonical.to_owned() }),
    }
    written
}

fn write(name: String, value: &Value, written: &mut Vec<Parameter>) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| write(below(key), value, written));
        }
        Value::Array(items) if !items.is_empty() => {
            items
                .iter()
                .enumerate()
                .for_each(|(place, value)| write(below(&(place + 1).to_string()), value, written));
        }
        Value::String(text) => written.push(Parameter { name, value: text.clone() }),
        other => written.push(Parameter { name, value: other.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parameter_is_left_out() {
        let written = parameters(r#"{"act":"x","empty":[],"list":[1,{"deep":null}],"name":"A"}"#);
        let pairs: Vec<_> = written.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        assert_eq!(
            pairs,
            [("act", "x"), ("empty", "[]"), ("list.1", "1"), ("list.2.deep", "null"), ("name", "A")]
        );
    }
}
