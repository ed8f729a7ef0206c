//! Passkeys on the screen: signing in by one, making one, confirming by one that it is still the same person.
//!
//! Each has a page with a form that `passkey.js` fills in, and a door for the first half of its ceremony. What asks for a
//! confirmation answers [`ask_first`] in place of what was wanted; the form it shows goes on to that by itself.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use vigie_app::Code;
use vigie_app::passkeys::Begun;
use vigie_model::access::OpenedBy;

use super::identities::joinable;
use super::public::{agent, back, service, signed_in};
use super::{ENROLMENT, go, page};
use crate::Console;
use crate::agent::brief;
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::{Desk, Visit};

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/sign-in", sign_in_page).public(),
        Door::post("/sign-in", sign_in).public(),
        Door::post("/sign-in/begin", begin_sign_in).public(),
        Door::get(ENROLMENT, new),
        Door::post("/account/passkeys/begin", begin_enrolment),
        Door::post("/account/passkeys", enrol),
        Door::get("/confirm", confirm_page),
        Door::post("/confirm/begin", begin_confirmation),
        Door::post("/confirm", confirm),
    ]
}

fn first_half(begun: &Begun) -> Response {
    Json(json!({ "ceremony": begun.ceremony, "options": begun.options })).into_response()
}

#[derive(Template)]
#[template(path = "sign_in_passkey.html")]
pub(crate) struct SignIn {
    pub(crate) frame: Frame,
    pub(crate) service: Option<String>,
    pub(crate) problem: Option<Problem>,
}

async fn sign_in_page(visit: Visit) -> Response {
    sign_in_with(&visit, None)
}

fn sign_in_with(visit: &Visit, problem: Option<Problem>) -> Response {
    let frame = Frame::bare(visit, visit.words.say("sign-in-title"));
    page(&SignIn { frame, service: service(visit), problem })
}

async fn begin_sign_in(State(console): State<Console>) -> Result<Response> {
    Ok(first_half(&console.app.begin_passkey_sign_in().await?))
}

async fn sign_in(visit: Visit, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let app = &visit.console.app;
    let (ceremony, credential) = (fields.text("ceremony"), fields.text("credential"));
    match app.finish_passkey_sign_in(ceremony, credential, agent(&headers)).await {
        Ok(session) => signed_in(&visit, "/", &session).await,
        Err(error) if error.code() == Code::PasskeyRefused => {
            let refused = sign_in_with(&visit, Some(Problem::of(&error, &visit)));
            Ok((StatusCode::FORBIDDEN, refused).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "passkey_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    /// Whether the person has no passkey yet.
    pub(crate) is_first: bool,
    /// Whether nothing else can be done before.
    pub(crate) is_needed: bool,
    pub(crate) name: String,
    /// The sign-in service, where the person may join themselves to their account instead.
    pub(crate) service: Option<String>,
    pub(crate) back: String,
    pub(crate) problem: Option<Problem>,
}

async fn new(desk: Desk, headers: HeaderMap, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let session = desk.session()?;
    let is_first = app.own_passkeys(&desk.caller).await?.is_empty();
    if !app.can_have_passkeys() {
        return Ok(go("/"));
    }
    if !is_first && !session.only_enrols && !app.has_confirmed(&desk.caller) {
        return Ok(go(format!("/confirm?back={ENROLMENT}")));
    }
    show_new(&desk, is_first, &brief(agent(&headers)), back(&query), None).await
}

async fn show_new(
    desk: &Desk,
    is_first: bool,
    name: &str,
    back: &str,
    problem: Option<Problem>,
) -> Result<Response> {
    let is_needed = desk.session()?.only_enrols;
    let title = desk.words.say(if is_first { "passkey-first-title" } else { "passkey-new-title" });
    let frame = match is_needed {
        true => Frame::bare(desk.visit(), title),
        false => Frame::of(desk.visit(), Section::None, title).await,
    };
    let (name, back) = (name.to_owned(), back.to_owned());
    let is_by_link = desk.session()?.opened_by == OpenedBy::Link;
    let service = joinable(desk)?.filter(|_| is_by_link);
    Ok(page(&New { frame, is_first, is_needed, name, service, back, problem }))
}

async fn begin_enrolment(desk: Desk) -> Result<Response> {
    Ok(first_half(&desk.console.app.begin_enrolment(desk.session()?).await?))
}

async fn enrol(desk: Desk, Form(fields): Form) -> Result<Response> {
    let app = &desk.console.app;
    let (ceremony, credential, name) =
        (fields.text("ceremony"), fields.text("credential"), fields.text("name"));
    match app.finish_enrolment(desk.session()?, ceremony, credential, name).await {
        Ok(_) => Ok(go(match back(&fields) {
            "/" => "/account?done=passkey-made",
            path => path,
        })),
        Err(error) if error.code() == Code::PasskeyRefused || failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            let is_first = app.own_passkeys(&desk.caller).await?.is_empty();
            show_new(&desk, is_first, name, back(&fields), Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A page that asks to confirm, and goes on to what was wanted.
#[derive(Template)]
#[template(path = "confirm_person.html")]
pub(crate) struct ConfirmPerson {
    pub(crate) frame: Frame,
    pub(crate) has_passkey: bool,
    /// How and where the form goes on, with which fields.
    pub(crate) method: &'static str,
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    /// Where to go instead.
    pub(crate) back: String,
}

async fn confirm_page(desk: Desk, Query(query): Query) -> Result<Response> {
    let path = back(&query);
    show_confirmation(&desk, "get", path, &Fields::default(), "/account").await
}

/// Asks to confirm before a form is performed that this person has sent.
pub(super) async fn ask_first(desk: &Desk, action: &str, fields: &Fields, back: &str) -> Result<Response> {
    show_confirmation(desk, "post", action, fields, back).await
}

async fn show_confirmation(
    desk: &Desk,
    method: &'static str,
    action: &str,
    fields: &Fields,
    back: &str,
) -> Result<Response> {
    let has_passkey = !desk.console.app.own_passkeys(&desk.caller).await?.is_empty();
    let frame = Frame::of(desk.visit(), Section::None, desk.words.say("confirm-person-title")).await;
    let fields = fields.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (action, back) = (action.to_owned(), back.to_owned());
    Ok(page(&ConfirmPerson { frame, has_passkey, method, action, fields, back }))
}

async fn begin_confirmation(desk: Desk) -> Result<Response> {
    Ok(first_half(&desk.console.app.begin_confirmation(&desk.caller).await?))
}

async fn confirm(desk: Desk, Form(fields): Form) -> Result<Response> {
    let (ceremony, credential) = (fields.text("ceremony"), fields.text("credential"));
    desk.console.app.finish_confirmation(&desk.caller, ceremony, credential).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
