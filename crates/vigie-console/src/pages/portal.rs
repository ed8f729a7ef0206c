//! The portal: what an official sees of the house. Their authority as the house knows it, and those who act for it.

use askama::Template;
use axum::response::Response;
use vigie_app::Code;
use vigie_model::disclosure::{IssuerRole, Official};
use vigie_model::id::PersonId;

use super::authorities::{Choice, Row, choices, row};
use super::authority::{Link, OfficialRow, invitation, invited, official_row};
use super::{FormErrors, go, page, passkeys};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Desk;

/// Where those who act for the authority stand.
const COLLEAGUES: &str = "/portal/colleagues";

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/portal/authority", home),
        Door::get(COLLEAGUES, colleagues),
        Door::post(COLLEAGUES, invite),
        Door::post("/portal/colleagues/link", make_link),
        Door::post("/portal/colleagues/administrator", set_administrator),
        Door::post("/portal/colleagues/end", end),
    ]
}

#[derive(Template)]
#[template(path = "portal.html")]
pub(crate) struct Home {
    pub(crate) frame: Frame,
    pub(crate) authority: Row,
    pub(crate) own: OfficialRow,
}

async fn home(desk: Desk) -> Result<Response> {
    let own = desk.console.app.acting_for(&desk.caller).await?;
    Ok(page(&Home {
        frame: frame(&desk, desk.words.say("portal-home")).await,
        authority: row(&desk, &own.authority),
        own: official_row(&desk, &own.official),
    }))
}

#[derive(Template)]
#[template(path = "portal_colleagues.html")]
pub(crate) struct Colleagues {
    pub(crate) frame: Frame,
    pub(crate) officials: Vec<OfficialRow>,
    pub(crate) administers: bool,
    pub(crate) domains: String,
    pub(crate) roles: Vec<Choice>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

async fn colleagues(desk: Desk, Query(query): Query) -> Result<Response> {
    let shown = show(&desk, Fields::default(), FormErrors::default(), None).await?;
    Ok(page(&Colleagues { frame: shown.frame.noting(query.text("done")), ..shown }))
}

async fn show(
    desk: &Desk,
    fields: Fields,
    errors: FormErrors,
    problem: Option<Problem>,
) -> Result<Colleagues> {
    let own = desk.console.app.acting_for(&desk.caller).await?;
    let officials = desk.console.app.own_officials(&desk.caller).await?;
    let chosen: Vec<IssuerRole> = fields.parsed("role").collect();
    Ok(Colleagues {
        frame: frame(desk, desk.words.say("portal-colleagues")).await,
        officials: officials.iter().map(|official| official_row(desk, official)).collect(),
        administers: own.official.is_administrator,
        domains: own.authority.domains.join(", "),
        roles: choices(desk.words, &own.authority.roles, &chosen),
        fields,
        errors,
        problem,
    })
}

async fn invite(desk: Desk, Form(fields): Form) -> Result<Response> {
    let mut errors = FormErrors::default();
    let role = invited(&fields, &desk, &mut errors);
    let Some(role) = role.filter(|_| errors.is_empty()) else {
        return Ok(page(&show(&desk, fields, errors, None).await?));
    };
    match desk.console.app.invite_colleague(&desk.caller, invitation(&fields, role)).await {
        Ok((official, link)) => Ok(show_link(&desk, official.name, link).await),
        Err(error) => refused(&desk, fields, error, COLLEAGUES).await,
    }
}

async fn make_link(desk: Desk, Form(fields): Form) -> Result<Response> {
    let official = named(&desk, &fields).await?;
    match desk.console.app.make_official_link(&desk.caller, official.person).await {
        Ok(link) => Ok(show_link(&desk, official.name, link).await),
        Err(error) => refused(&desk, fields, error, "/portal/colleagues/link").await,
    }
}

/// Shown in the answer to the form itself: the link exists nowhere else.
async fn show_link(desk: &Desk, name: String, link: String) -> Response {
    let frame = frame(desk, desk.words.about("official-link-title", &name)).await;
    page(&Link { frame: frame.below("portal-colleagues", COLLEAGUES), name, link, back: COLLEAGUES.into() })
}

async fn set_administrator(desk: Desk, Form(fields): Form) -> Result<Response> {
    let official = named(&desk, &fields).await?;
    let is_administrator = fields.text("is_administrator") == "yes";
    match desk.console.app.set_administrator(&desk.caller, official.person, is_administrator).await {
        Ok(()) => Ok(go("/portal/colleagues?done=official-changed")),
        Err(error) => refused(&desk, fields, error, "/portal/colleagues/administrator").await,
    }
}

async fn end(desk: Desk, Form(fields): Form) -> Result<Response> {
    let official = named(&desk, &fields).await?;
    match desk.console.app.end_official(&desk.caller, official.person).await {
        Ok(()) => Ok(go("/portal/colleagues?done=official-ended")),
        Err(error) => refused(&desk, fields, error, "/portal/colleagues/end").await,
    }
}

/// The colleague whom a form names.
async fn named(desk: &Desk, fields: &Fields) -> Result<Official> {
    let person: Option<PersonId> = fields.parsed("official").next();
    let officials = desk.console.app.own_officials(&desk.caller).await?;
    let found = officials.into_iter().find(|official| Some(official.person) == person);
    found.ok_or_else(|| Failure::new(Code::NotFound, "no such official"))
}

/// Asks for the passkey where it is wanted first, and shows the form again where that mends it.
async fn refused(desk: &Desk, fields: Fields, error: vigie_app::Error, action: &str) -> Result<Response> {
    if error.code() == Code::StepUpNeeded {
        return passkeys::ask_first(desk, action, &fields, COLLEAGUES).await;
    }
    if failure::can_be_mended(&error) {
        let problem = Problem::of(&error, desk.visit());
        return Ok(page(&show(desk, fields, FormErrors::default(), Some(problem)).await?));
    }
    Err(error.into())
}

async fn frame(desk: &Desk, title: String) -> Frame {
    Frame::of(desk.visit(), Section::None, title).await
}
