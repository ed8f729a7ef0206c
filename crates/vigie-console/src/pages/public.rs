//! What anybody may see: what this is, how to sign in, how it looks and speaks; and the way out.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use vigie_model::Role;

use super::{ENROLMENT, PORTAL, go, home, page};
use crate::door::Door;
use crate::failure::Result;
use crate::fields::{Fields, Form};
use crate::frame::Frame;
use crate::language::Language;
use crate::section::Section;
use crate::visit::{Desk, Theme, Visit};
use crate::{Console, cookie};

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/", front).public(),
        Door::get("/sign-in/{secret}", sign_in_page).public(),
        Door::post("/sign-in/{secret}", sign_in).public(),
        Door::post("/sign-out", sign_out),
        Door::post("/preferences", choose).public(),
        Door::get("/keys", keys),
    ]
}

#[derive(Template)]
#[template(path = "front.html")]
pub(crate) struct Front {
    pub(crate) frame: Frame,
    /// What people call the sign-in service of the organisation, where there is one.
    pub(crate) service: Option<String>,
}

/// The page of an instance to whoever comes by; the desk of who is signed in.
async fn front(visit: Visit) -> Result<Response> {
    match &visit.signed_in {
        Some(signed_in) if signed_in.only_enrols => return Ok(go(ENROLMENT)),
        Some(signed_in) if signed_in.caller.has(Role::Official) => return Ok(go(PORTAL)),
        Some(_) => return home::show(&visit).await,
        None => {}
    }
    let frame = Frame::bare(&visit, visit.words.say("front-title"));
    Ok(page(&Front { frame, service: service(&visit) }))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignIn {
    pub(crate) frame: Frame,
}

/// Scanners of links look at what a message points to: only the button spends the link.
async fn sign_in_page(visit: Visit) -> Response {
    page(&SignIn { frame: Frame::bare(&visit, visit.words.say("sign-in-title")) })
}

async fn sign_in(
    State(console): State<Console>,
    visit: Visit,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let session = console.app.sign_in(&secret, agent(&headers)).await?;
    signed_in(&visit, ENROLMENT, &session).await
}

/// Opens the session in this browser, and goes on there. Nothing in it carries an earlier session any more, so nobody else may.
pub(super) async fn signed_in(visit: &Visit, path: &str, session: &str) -> Result<Response> {
    if let Some(earlier) = &visit.signed_in {
        visit.console.app.sign_out(&earlier.caller).await?;
    }
    Ok(with_cookies(go(path), [cookie::open_session(&visit.console, session)]))
}

/// What people call the sign-in service of the organisation, where there is one.
pub(super) fn service(visit: &Visit) -> Option<String> {
    visit.console.app.sign_in_service().map(str::to_owned)
}

/// What the browser calls itself.
pub(super) fn agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("")
}

async fn sign_out(desk: Desk) -> Result<Response> {
    desk.console.app.sign_out(&desk.caller).await?;
    let mut response = with_cookies(go("/"), [cookie::close_session(&desk.console)]);
    // Pages are never cached; this also takes those that "back" would show. Choices of looks stay, they are cookies.
    let everything = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", everything);
    Ok(response)
}

/// Remembers language, looks and shortcuts in the browser, and comes back.
async fn choose(visit: Visit, Form(fields): Form) -> Response {
    let language = Language::from_tag(fields.text("language")).map(Language::tag);
    let theme = Theme::from_name(fields.text("theme")).map(Theme::name);
    let keys = ["on", "off"].into_iter().find(|choice| *choice == fields.text("keys"));
    let chosen = [("language", language), ("theme", theme), ("keys", keys)];
    let cookies = chosen.map(|(choice, value)| cookie::remember(&visit.console, choice, value?));
    with_cookies(go(back(&fields)), cookies)
}

/// Where to go back to: a path of this console, never another host.
pub(super) fn back(fields: &Fields) -> &str {
    let path = fields.text("back");
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if is_ours { path } else { "/" }
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Response {
    for one in cookies {
        cookie::add(&mut response, one);
    }
    response
}

#[derive(Template)]
#[template(path = "keys.html")]
pub(crate) struct Keys {
    pub(crate) frame: Frame,
}

async fn keys(desk: Desk) -> Response {
    let frame = Frame::of(desk.visit(), Section::None, desk.words.say("keys-title")).await;
    page(&Keys { frame })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        let check = |sent: &str, goes: &str| {
            let fields = Fields::of(&[("back", sent)]);
            assert_eq!(back(&fields), goes, "{sent}");
        };
        check("/people?said=x", "/people?said=x");
        check("//elsewhere.example/", "/");
        check("https://elsewhere.example/", "/");
        check("/\\elsewhere.example", "/");
        check("", "/");
    }
}
