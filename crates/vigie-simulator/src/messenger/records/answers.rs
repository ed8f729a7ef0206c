//! `POST /records/v1/…`: who held an identifier, what was granted, and what is not to be deleted.
//!
//! What it is: the reference implementation of `docs/guide/records.md`. The signature of the call is checked before
//! (`signed.rs`); the grant is checked here, by the messenger itself, whoever called.

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Grant, Identifier, IdentifierKind, Record, Span};
use vigie_model::id::TaskId;
use vigie_seal::grants::SignedGrant;
use vigie_synth::{AccountId, MediaId};

use super::{Hold, Lie, Messenger};
use crate::messenger::State as Everything;
use crate::messenger::world::Place;
use crate::problem::Problem;

/// The most records of a page.
const PAGE: usize = 10_000;

/// The most accounts that one identifier may have meant.
const MOST_HOLDERS: usize = 100;

pub(in super::super) fn router() -> Router<Messenger> {
    Router::new()
        .route("/records/v1/resolve", post(resolve))
        .route("/records/v1/pull", post(pull))
        .route("/records/v1/holds", post(holds))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let unreadable =
        |error: serde_json::Error| refused(StatusCode::BAD_REQUEST, "question_unreadable", error.to_string());
    serde_json::from_slice(body).map_err(unreadable)
}

fn refused(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(status, code, detail)
}

fn unprocessable(code: &'static str, detail: &str) -> Problem {
    refused(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    identifier: Identifier,
    span: Span,
    criterion: Option<String>,
    cap: Option<usize>,
}

async fn resolve(State(messenger): State<Messenger>, body: Bytes) -> Result<Response, Problem> {
    let question: Question = read(&body)?;
    let (holders, most) = messenger.read(|state| {
        if question.identifier.service != state.world.service {
            return Err(unprocessable("other_service", "this messenger has another name"));
        }
        let is_group =
            matches!(question.identifier.kind, IdentifierKind::InviteLink | IdentifierKind::GroupId);
        match (&question.criterion, question.cap) {
            (Some(criterion), Some(cap)) if is_group => Ok((members(state, &question, criterion)?, cap)),
            (None, None) if !is_group => Ok((held(state, &question)?, MOST_HOLDERS)),
            _ => Err(unprocessable(
                "criterion_missing",
                "a group is asked about with criterion and cap, and nothing else is",
            )),
        }
    })?;
    if holders.len() > most {
        return Err(unprocessable("too_many_holders", "more accounts than were asked for"));
    }
    Ok(Json(json!({ "holders": holders })).into_response())
}

fn holder(account: &AccountId, from: Option<Moment>, until: Option<Moment>, since_created: bool) -> Value {
    let mut holder = json!({ "account": account, "since_created": since_created });
    for (key, moment) in [("from", from), ("until", until)] {
        if let Some(moment) = moment {
            holder[key] = json!(moment);
        }
    }
    holder
}

/// Who held an identifier at any moment of the span.
fn held(state: &Everything, question: &Question) -> Result<Vec<Value>, Problem> {
    let (span, value) = (&question.span, question.identifier.value.as_str());
    let (books, world) = (&state.books, &state.world);
    let meets = |since: Moment, until: Option<Moment>| {
        since < span.until && until.is_none_or(|until| span.from < until)
    };
    let created = |id: &AccountId| world.accounts.get(id).map(|member| member.account.created_at);
    Ok(match question.identifier.kind {
        IdentifierKind::UserId => {
            let found = world.accounts.get(value).map(|member| &member.account);
            let found = found.filter(|account| meets(account.created_at, None));
            found
                .map(|account| holder(&account.id, Some(account.created_at), None, true))
                .into_iter()
                .collect()
        }
        IdentifierKind::Username => {
            let had = books.names.iter().filter(|name| name.name == value && meets(name.since, name.until));
            had.map(|name| {
                let since_created = created(&name.account) == Some(name.since);
                holder(&name.account, Some(name.since), name.until, since_created)
            })
            .collect()
        }
        IdentifierKind::PhoneNumber => {
            let numbers =
                books.phones.iter().flat_map(|(id, phones)| phones.iter().map(move |phone| (id, phone)));
            let had = numbers.filter(|(_, phone)| phone.number == value && meets(phone.since, phone.until));
            had.map(|(id, phone)| {
                holder(id, Some(phone.since), phone.until, created(id) == Some(phone.since))
            })
            .collect()
        }
        IdentifierKind::MessageLink => {
            let message = value.rsplit('/').next().and_then(|id| world.messages.get(id));
            // Whoever wrote it is its author at any time.
            message.map(|posting| holder(&posting.message.account, None, None, false)).into_iter().collect()
        }
        IdentifierKind::IpAddress => {
            let address = value
                .parse::<IpAddr>()
                .map_err(|_| unprocessable("identifier_unreadable", "this is no address"))?;
            let came =
                |id: &&AccountId| books.within(id.as_str(), span).iter().any(|one| one.address == address);
            books.sessions.keys().filter(came).map(|id| holder(id, None, None, false)).collect()
        }
        _ => {
            return Err(unprocessable(
                "identifier_not_kept",
                "this messenger keeps no identifiers of this kind",
            ));
        }
    })
}

/// The members of a group who met a criterion in the span.
fn members(state: &Everything, question: &Question, criterion: &str) -> Result<Vec<Value>, Problem> {
    let value = question.identifier.value.as_str();
    let place = state.world.places.values().find(|place| match question.identifier.kind {
        IdentifierKind::InviteLink => place.conversation.invite_link.as_deref() == Some(value),
        _ => place.conversation.id.as_str() == value,
    });
    let Some(place) = place else { return Ok(vec![]) };
    let conversation = &place.conversation;
    let met: BTreeSet<&AccountId> = match criterion.split_once(':').unwrap_or((criterion, "")) {
        ("administers", "") => conversation.owner.iter().chain(&conversation.administrators).collect(),
        ("posted", "") => posters(state, place, &question.span, None),
        ("posted_media", media) => posters(state, place, &question.span, Some(media)),
        _ => return Err(unprocessable("criterion_unknown", "this messenger knows no such criterion")),
    };
    Ok(met.into_iter().map(|account| holder(account, None, None, false)).collect())
}

fn posters<'world>(
    state: &'world Everything,
    place: &Place,
    span: &Span,
    media: Option<&str>,
) -> BTreeSet<&'world AccountId> {
    let postings = place.messages.iter().filter_map(|id| state.world.messages.get(id));
    postings
        .map(|posting| &posting.message)
        .filter(|message| span.contains(message.sent_at))
        .filter(|message| media.is_none() || message.media.as_ref().map(MediaId::as_str) == media)
        .map(|message| &message.account)
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pull {
    grant: String,
    task: TaskId,
    cursor: Option<String>,
}

async fn pull(State(messenger): State<Messenger>, body: Bytes) -> Result<Response, Problem> {
    let asked: Pull = read(&body)?;
    let now = messenger.now();
    let page = messenger.read(|state| {
        let grant = genuine(state, &asked.grant, now)?;
        let task = grant.task(asked.task);
        let task = task.ok_or_else(|| {
            refused(StatusCode::FORBIDDEN, "task_not_granted", "the grant names no such task")
        })?;
        let from = match &asked.cursor {
            None => 0,
            Some(cursor) => cursor
                .parse()
                .map_err(|_| unprocessable("cursor_unknown", "this cursor was not given here"))?,
        };
        let lie = state.books.lie;
        let place = if lie == Some(Lie::EndlessPages) { 0 } else { from };
        let (records, all) = state.books.granted(task, place, PAGE);
        let end = place + records.len();
        let next = match lie {
            Some(Lie::EndlessPages) => Some((from + 1).to_string()),
            _ => (end < all).then(|| end.to_string()),
        };
        match lie {
            None => Ok(honest(&records, next.as_deref())),
            Some(lie) => {
                let mut lines: Vec<Value> = records.iter().map(|record| json!(record)).collect();
                lie.alter(task, &records, &mut lines);
                let count = if lie == Lie::Miscounted { lines.len() + 1 } else { lines.len() };
                if lie != Lie::CutShort {
                    lines.push(json!({ "records": count, "next": next }));
                }
                Ok(lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes())
            }
        }
    })?;
    let mut response = page.into_response();
    let media_type = HeaderValue::from_static("application/jsonl");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    Ok(response)
}

/// The records as lines, and a last line that counts them.
fn honest(records: &[Record], next: Option<&str>) -> Vec<u8> {
    let mut lines = Vec::with_capacity(records.len() * 128);
    for record in records {
        serde_json::to_writer(&mut lines, record).expect("a record is written to memory");
        lines.push(b'\n');
    }
    lines.extend(format!("{}\n", json!({ "records": records.len(), "next": next })).bytes());
    lines
}

/// What a grant says, where it is one of the desk's, still holds, and is meant for this messenger.
fn genuine(state: &Everything, envelope: &str, now: Moment) -> Result<Grant, Problem> {
    let not_genuine = || {
        refused(StatusCode::FORBIDDEN, "grant_not_genuine", "no desk that is known here signed this grant")
    };
    let envelope = BASE64.decode(envelope).map_err(|_| not_genuine())?;
    let grant = SignedGrant::open(&envelope, &state.books.desk).map_err(|_| not_genuine())?;
    grant
        .holds_at(now)
        .map_err(|error| refused(StatusCode::FORBIDDEN, "grant_expired", error.to_string()))?;
    if grant.service != state.world.service {
        return Err(refused(StatusCode::FORBIDDEN, "other_service", "the grant is for another messenger"));
    }
    Ok(grant)
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
enum Holding {
    Preserve { reason: String, account: String, categories: Vec<Category>, until: Moment },
    Lift { reason: String },
}

async fn holds(State(messenger): State<Messenger>, body: Bytes) -> Result<Response, Problem> {
    let answer = match read(&body)? {
        Holding::Preserve { reason, account, categories, until } => messenger.change(|state| {
            let id = state.world.accounts.get(account.as_str()).map(|member| member.account.id.clone());
            let account = id.ok_or_else(|| Problem::unknown("account"))?;
            // Traffic and content are kept elsewhere, or not at all.
            let keeps =
                |category: &Category| matches!(category, Category::Subscriber | Category::Identification);
            let categories: Vec<_> = categories.into_iter().filter(keeps).collect();
            let kept = json!({ "kept": categories });
            state.books.holds.insert(reason, Hold { account, categories, until });
            Ok(kept)
        })?,
        Holding::Lift { reason } => {
            messenger.change(|state| state.books.holds.remove(&reason));
            json!({ "lifted": true })
        }
    };
    Ok(Json(answer).into_response())
}
