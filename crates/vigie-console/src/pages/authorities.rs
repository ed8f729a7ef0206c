//! The directory of authorities: who may ask, and the form by which two people enter one.

use askama::Template;
use axum::response::Response;
use vigie_app::authorities::NewAuthority;
use vigie_app::{Resource, authorise, permits};
use vigie_model::Operation;
use vigie_model::disclosure::{Authority, AuthorityKeys, IssuerRole};

use super::bases::day;
use super::{FormErrors, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/authorities", list),
        Door::post("/authorities", enter),
        Door::get("/authorities/new", new),
    ]
}

/// An authority as lists and pages show it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) roles: String,
    pub(crate) domains: String,
    /// One of `none`, `hold`, `lapsed`.
    pub(crate) keys: &'static str,
    pub(crate) is_suspended: bool,
}

pub(super) fn row(desk: &Desk, authority: &Authority) -> Row {
    let keys = &authority.keys;
    let roles: Vec<_> =
        authority.roles.iter().map(|role| desk.words.name("issuer-role", role.name())).collect();
    Row {
        id: authority.id.to_string(),
        name: authority.name.clone(),
        country: authority.country.clone(),
        roles: roles.join(", "),
        domains: authority.domains.join(", "),
        keys: match keys.signing.is_some() || keys.sealing.is_some() {
            false => "none",
            true if keys.hold_at(desk.now) => "hold",
            true => "lapsed",
        },
        is_suspended: authority.suspended_at.is_some(),
    }
}

#[derive(Template)]
#[template(path = "authorities.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) authorities: Vec<Row>,
    pub(crate) may_manage: bool,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let authorities = desk.console.app.authorities(&desk.caller).await?;
    let frame = frame(&desk, "authorities-title").await.noting(query.text("done"));
    let authorities = authorities.iter().map(|authority| row(&desk, authority)).collect();
    Ok(page(&List { frame, authorities, may_manage: may_manage(&desk) }))
}

/// What an official may be, as a form offers it.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) meaning: &'static str,
    pub(crate) is_chosen: bool,
}

/// Roles of officials among which a form lets choose.
pub(crate) fn choices(words: Words, offered: &[IssuerRole], chosen: &[IssuerRole]) -> Vec<Choice> {
    let choice = |role: &IssuerRole| Choice {
        name: role.name(),
        title: words.name("issuer-role", role.name()),
        meaning: "",
        is_chosen: chosen.contains(role),
    };
    offered.iter().map(choice).collect()
}

#[derive(Template)]
#[template(path = "authority_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    pub(crate) roles: Vec<Choice>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

async fn new(desk: Desk) -> Result<Response> {
    // Asked first, so that the form is not shown to somebody who may not send it.
    authorise(&desk.caller, Operation::ManageAuthorities, Resource::Any)?;
    Ok(page(&form(&desk, Fields::default(), FormErrors::default(), None).await))
}

async fn form(desk: &Desk, fields: Fields, errors: FormErrors, problem: Option<Problem>) -> New {
    let chosen: Vec<IssuerRole> = fields.parsed("role").collect();
    New {
        frame: frame(desk, "authority-new-title").await.below("authorities-title", "/authorities"),
        roles: choices(desk.words, IssuerRole::ALL, &chosen),
        fields,
        errors,
        problem,
    }
}

async fn enter(desk: Desk, Form(fields): Form) -> Result<Response> {
    let mut errors = FormErrors::default();
    for (field, key) in [
        ("name", "authority-name-missing"),
        ("domains", "authority-domains-missing"),
        ("call_back", "authority-call-back-missing"),
        ("directory", "authority-directory-missing"),
        ("reason", "reason-missing"),
    ] {
        errors.require(!fields.text(field).is_empty(), field, desk.words, key);
    }
    let country = fields.text("country").to_uppercase();
    let is_country = vigie_model::country::is_country(&country);
    errors.require(is_country, "country", desk.words, "authority-country-wrong");
    let roles: Vec<IssuerRole> = fields.parsed("role").collect();
    errors.require(!roles.is_empty(), "role", desk.words, "authority-roles-missing");
    let keys = keys(&fields, desk.words, &mut errors);
    if !errors.is_empty() {
        return Ok(page(&form(&desk, fields, errors, None).await));
    }
    let split = |text: &str| {
        text.split([',', ' ', '\n']).filter(|part| !part.trim().is_empty()).map(str::to_owned).collect()
    };
    let new = NewAuthority {
        name: fields.text("name").to_owned(),
        country,
        roles,
        domains: split(fields.text("domains")),
        call_back: fields.text("call_back").to_owned(),
        directory: fields.text("directory").to_owned(),
        keys,
    };
    match desk.console.app.ask_to_enter_authority(&desk.caller, new, fields.text("reason")).await {
        Ok(_) => Ok(go("/questions?done=question-asked")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&form(&desk, fields, FormErrors::default(), Some(problem)).await))
        }
        Err(error) => Err(error.into()),
    }
}

/// The keys that a form brings. What is left empty is no key.
pub(super) fn keys(fields: &Fields, words: Words, errors: &mut FormErrors) -> AuthorityKeys {
    let text = |name: &str| Some(fields.text(name).to_owned()).filter(|text| !text.is_empty());
    let until = day(fields.text("valid_until"));
    errors.require(until.is_ok(), "valid_until", words, "authority-until-wrong");
    AuthorityKeys {
        signing: text("signing"),
        sealing: text("sealing"),
        valid_until: until.unwrap_or_default(),
    }
}

pub(super) fn may_manage(desk: &Desk) -> bool {
    permits(&desk.caller, Operation::ManageAuthorities, Resource::Any)
}

async fn frame(desk: &Desk, title: &str) -> Frame {
    Frame::of(desk.visit(), Section::Authorities, desk.words.say(title)).await
}
