//! One authority: its facts, its keys, its officials, and its suspension.
//!
//! To add an act about an authority: its door, its form in `authority.html`, the use case that takes two people where it
//! must.

use askama::Template;
use axum::response::Response;
use vigie_app::officials::Invitation;
use vigie_app::{Code, Resource, authorise};
use vigie_model::Operation;
use vigie_model::disclosure::{Authority, IssuerRole, Official};
use vigie_model::id::{AuthorityId, PersonId};

use super::authorities::{self, Choice, Row, choices, may_manage, row};
use super::{FormErrors, Id, go, page, passkeys};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::{Identifier, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/authorities/{id}", show),
        Door::get("/authorities/{id}/keys", keys_form),
        Door::post("/authorities/{id}/keys", change_keys),
        Door::post("/authorities/{id}/suspend", suspend),
        Door::post("/authorities/{id}/lift", lift),
        Door::post("/authorities/{id}/officials", invite),
        Door::post("/authorities/{id}/officials/link", make_link),
        Door::post("/authorities/{id}/officials/end", end),
    ]
}

/// An official as lists show them.
pub(crate) struct OfficialRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mail: String,
    pub(crate) role: String,
    pub(crate) is_administrator: bool,
    pub(crate) is_seasoned: bool,
    pub(crate) is_caller: bool,
    pub(crate) enrolled: When,
    pub(crate) ended: Option<When>,
}

pub(super) fn official_row(desk: &Desk, official: &Official) -> OfficialRow {
    let when = |moment| When::new(desk.words, moment, desk.now);
    OfficialRow {
        id: official.person.to_string(),
        name: official.name.clone(),
        mail: official.mail.clone(),
        role: desk.words.name("issuer-role", official.role.name()),
        is_administrator: official.is_administrator,
        is_seasoned: official.is_seasoned(desk.now),
        is_caller: Some(official.person) == desk.caller.person(),
        enrolled: when(official.enrolled_at),
        ended: official.ended_at.map(when),
    }
}

#[derive(Template)]
#[template(path = "authority.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) authority: Row,
    pub(crate) call_back: String,
    pub(crate) directory: String,
    pub(crate) entered: When,
    pub(crate) suspended: Option<When>,
    pub(crate) suspended_for: String,
    pub(crate) signing: Option<Identifier>,
    pub(crate) sealing: Option<Identifier>,
    pub(crate) until: String,
    pub(crate) officials: Vec<OfficialRow>,
    /// Whether nobody administers the authority: then the house invites.
    pub(crate) lacks_administrator: bool,
    pub(crate) roles: Vec<Choice>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
    pub(crate) may_manage: bool,
}

async fn show(desk: Desk, Id(id): Id<AuthorityId>, Query(query): Query) -> Result<Response> {
    let one = one(&desk, id, Fields::default(), FormErrors::default(), None).await?;
    Ok(page(&One { frame: one.frame.noting(query.text("done")), ..one }))
}

async fn one(
    desk: &Desk,
    id: AuthorityId,
    fields: Fields,
    errors: FormErrors,
    problem: Option<Problem>,
) -> Result<One> {
    let authority = desk.console.app.authority(&desk.caller, id).await?;
    let officials = desk.console.app.officials_of(&desk.caller, id).await?;
    let when = |moment| When::new(desk.words, moment, desk.now);
    let identifier = |text: &Option<String>| text.as_deref().map(|text| Identifier::new(desk.words, text));
    let chosen: Vec<IssuerRole> = fields.parsed("role").collect();
    let administers = |official: &Official| official.is_administrator && official.ended_at.is_none();
    Ok(One {
        frame: frame(desk, authority.name.clone()).await,
        authority: row(desk, &authority),
        call_back: authority.call_back.clone(),
        directory: authority.directory.clone(),
        entered: when(authority.entered_at),
        suspended: authority.suspended_at.map(when),
        suspended_for: authority.suspended_for.clone().unwrap_or_default(),
        signing: identifier(&authority.keys.signing),
        sealing: identifier(&authority.keys.sealing),
        until: until(desk, &authority),
        officials: officials.iter().map(|official| official_row(desk, official)).collect(),
        lacks_administrator: !officials.iter().any(administers),
        roles: choices(desk.words, &authority.roles, &chosen),
        fields,
        errors,
        problem,
        may_manage: may_manage(desk),
    })
}

fn until(desk: &Desk, authority: &Authority) -> String {
    let end = authority.keys.valid_until;
    end.map_or_else(|| desk.words.say("authority-without-end"), |end| desk.words.day(end))
}

#[derive(Template)]
#[template(path = "authority_keys.html")]
pub(crate) struct Keys {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

async fn keys_form(desk: Desk, Id(id): Id<AuthorityId>) -> Result<Response> {
    authorise(&desk.caller, Operation::ManageAuthorities, Resource::Any)?;
    let keys = desk.console.app.authority(&desk.caller, id).await?.keys;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (signing, sealing) = (text(&keys.signing), text(&keys.sealing));
    let fields = Fields::of(&[("signing", &signing), ("sealing", &sealing)]);
    Ok(page(&keys_page(&desk, id, fields, FormErrors::default(), None).await?))
}

async fn keys_page(
    desk: &Desk,
    id: AuthorityId,
    fields: Fields,
    errors: FormErrors,
    problem: Option<Problem>,
) -> Result<Keys> {
    let authority = desk.console.app.authority(&desk.caller, id).await?;
    let frame = frame(desk, desk.words.about("authority-keys-title", &authority.name)).await;
    let frame = frame.within(authority.name, format!("/authorities/{id}"));
    Ok(Keys { frame, id: id.to_string(), fields, errors, problem })
}

async fn change_keys(desk: Desk, Id(id): Id<AuthorityId>, Form(fields): Form) -> Result<Response> {
    let mut errors = FormErrors::default();
    errors.require(!fields.text("reason").is_empty(), "reason", desk.words, "reason-missing");
    let keys = authorities::keys(&fields, desk.words, &mut errors);
    if !errors.is_empty() {
        return Ok(page(&keys_page(&desk, id, fields, errors, None).await?));
    }
    let app = &desk.console.app;
    match app.ask_to_change_authority_keys(&desk.caller, id, &keys, fields.text("reason")).await {
        Ok(_) => Ok(go("/questions?done=question-asked")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&keys_page(&desk, id, fields, FormErrors::default(), Some(problem)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn suspend(desk: Desk, Id(id): Id<AuthorityId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.suspend_authority(&desk.caller, id, fields.text("suspend-reason")).await;
    answered(&desk, id, fields, done, &format!("/authorities/{id}?done=authority-suspended")).await
}

async fn lift(desk: Desk, Id(id): Id<AuthorityId>, Form(fields): Form) -> Result<Response> {
    let asked = desk.console.app.ask_to_lift_suspension(&desk.caller, id, fields.text("lift-reason")).await;
    answered(&desk, id, fields, asked.map(drop), "/questions?done=question-asked").await
}

async fn invite(desk: Desk, Id(id): Id<AuthorityId>, Form(fields): Form) -> Result<Response> {
    let mut errors = FormErrors::default();
    let role = invited(&fields, &desk, &mut errors);
    errors.require(!fields.text("reason").is_empty(), "reason", desk.words, "reason-missing");
    let Some(role) = role.filter(|_| errors.is_empty()) else {
        return Ok(page(&one(&desk, id, fields, errors, None).await?));
    };
    let invitation = invitation(&fields, role);
    let app = &desk.console.app;
    let asked = app.ask_to_invite_official(&desk.caller, id, invitation, fields.text("reason")).await;
    answered(&desk, id, fields, asked.map(drop), "/questions?done=question-asked").await
}

/// What is missing of an invitation is noted; the role that was chosen comes back.
pub(super) fn invited(fields: &Fields, desk: &Desk, errors: &mut FormErrors) -> Option<IssuerRole> {
    for (field, key) in [("name", "official-name-missing"), ("mail", "official-mail-missing")] {
        errors.require(!fields.text(field).is_empty(), field, desk.words, key);
    }
    let role = fields.parsed("role").next();
    errors.require(role.is_some(), "role", desk.words, "official-role-missing");
    role
}

pub(super) fn invitation(fields: &Fields, role: IssuerRole) -> Invitation {
    Invitation {
        name: fields.text("name").to_owned(),
        mail: fields.text("mail").to_owned(),
        role,
        is_administrator: fields.text("is_administrator") == "yes",
    }
}

#[derive(Template)]
#[template(path = "official_link.html")]
pub(crate) struct Link {
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) link: String,
    pub(crate) back: String,
}

async fn make_link(desk: Desk, Id(id): Id<AuthorityId>, Form(fields): Form) -> Result<Response> {
    let official = named(&desk, id, &fields).await?;
    let back = format!("/authorities/{id}");
    match desk.console.app.make_official_link(&desk.caller, official.person).await {
        Ok(link) => {
            let frame = frame(&desk, desk.words.about("official-link-title", &official.name)).await;
            Ok(page(&Link { frame, name: official.name, link, back }))
        }
        Err(error) if error.code() == Code::StepUpNeeded => {
            passkeys::ask_first(&desk, &format!("{back}/officials/link"), &fields, &back).await
        }
        Err(error) => answered(&desk, id, fields, Err(error), "").await,
    }
}

async fn end(desk: Desk, Id(id): Id<AuthorityId>, Form(fields): Form) -> Result<Response> {
    let official = named(&desk, id, &fields).await?;
    let done = desk.console.app.end_official(&desk.caller, official.person).await;
    answered(&desk, id, fields, done, &format!("/authorities/{id}?done=official-ended")).await
}

/// The official of this authority whom a form names.
async fn named(desk: &Desk, id: AuthorityId, fields: &Fields) -> Result<Official> {
    let person: Option<PersonId> = fields.parsed("official").next();
    let officials = desk.console.app.officials_of(&desk.caller, id).await?;
    let found = officials.into_iter().find(|official| Some(official.person) == person);
    found.ok_or_else(|| Failure::new(Code::NotFound, "no such official"))
}

async fn answered(
    desk: &Desk,
    id: AuthorityId,
    fields: Fields,
    done: vigie_app::Result<()>,
    next: &str,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(next)),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&one(desk, id, fields, FormErrors::default(), Some(problem)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn frame(desk: &Desk, title: String) -> Frame {
    let frame = Frame::of(desk.visit(), Section::Authorities, title).await;
    frame.below("authorities-title", "/authorities")
}
