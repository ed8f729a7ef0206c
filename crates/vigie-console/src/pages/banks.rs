//! Banks of known signals: the list, and proposing a new one, which a second person has to agree to.

use askama::Template;
use axum::response::Response;
use vigie_app::banks::NewBank;
use vigie_app::{Resource, authorise, permits};
use vigie_model::Operation;
use vigie_model::bank::{Bank, BankKind, BankName, CHILD_SAFETY, Verdict};

use super::{FormErrors, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/banks", list), Door::post("/banks", propose), Door::get("/banks/new", new)]
}

/// A bank as the list shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) purpose: String,
    pub(crate) overlay: Option<String>,
    pub(crate) source: String,
    pub(crate) kind: BankKind,
    pub(crate) verdict: Verdict,
    pub(crate) distance: u32,
    pub(crate) ratio: String,
    pub(crate) is_on: bool,
}

#[derive(Template)]
#[template(path = "banks.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) banks: Vec<Row>,
    pub(crate) may_propose: bool,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let banks = desk.console.app.banks(&desk.caller).await?;
    let frame = Frame::of(desk.visit(), Section::Banks, desk.words.say("banks-title")).await;
    Ok(page(&List {
        frame: frame.noting(query.text("done")),
        banks: banks.into_iter().map(|bank| row(&desk, bank)).collect(),
        may_propose: permits(&desk.caller, Operation::ManageBanks, Resource::Any),
    }))
}

fn row(desk: &Desk, bank: Bank) -> Row {
    let purpose = match bank.purpose.as_str() {
        CHILD_SAFETY => desk.words.say("purpose-child-safety"),
        other => other.to_owned(),
    };
    Row {
        id: bank.id.to_string(),
        name: bank.name.to_string(),
        purpose,
        overlay: bank.overlay,
        source: bank.source,
        kind: bank.kind,
        verdict: bank.verdict,
        distance: bank.distance,
        ratio: desk.words.percent(bank.ratio),
        is_on: bank.enabled,
    }
}

#[derive(Template)]
#[template(path = "bank_new.html")]
pub(crate) struct New {
    pub(crate) frame: Frame,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

async fn new(desk: Desk) -> Result<Response> {
    authorise(&desk.caller, Operation::ManageBanks, Resource::Any)?;
    let fields = Fields::of(&[
        ("kind", BankKind::Known.name()),
        ("verdict", Verdict::Review.name()),
        ("distance", "31"),
        ("label_scheme", "inhope"),
    ]);
    Ok(page(&form(&desk, fields, FormErrors::default(), None).await))
}

async fn form(desk: &Desk, fields: Fields, errors: FormErrors, problem: Option<Problem>) -> New {
    let frame = Frame::of(desk.visit(), Section::Banks, desk.words.say("bank-new-title")).await;
    New { frame: frame.below("banks-title", "/banks"), fields, errors, problem }
}

async fn propose(desk: Desk, Form(fields): Form) -> Result<Response> {
    let mut errors = FormErrors::default();
    let Some(bank) = read(&desk, &fields, &mut errors) else {
        return Ok(page(&form(&desk, fields, errors, None).await));
    };
    match desk.console.app.propose_bank(&desk.caller, bank, fields.text("reason")).await {
        Ok(_) => Ok(go("/questions?done=question-asked")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&form(&desk, fields, errors, Some(problem)).await))
        }
        Err(error) => Err(error.into()),
    }
}

fn read(desk: &Desk, fields: &Fields, errors: &mut FormErrors) -> Option<NewBank> {
    let words = desk.words;
    let name = fields.text("name").parse::<BankName>();
    let distance = fields.text("distance").parse::<u32>().ok().filter(|distance| *distance <= 64);
    let overlay = Some(fields.text("overlay").to_owned()).filter(|overlay| !overlay.is_empty());
    errors.require(name.is_ok(), "name", words, "bank-name-wrong");
    for (field, key) in [
        ("source", "bank-source-missing"),
        ("legal_ground", "bank-ground-missing"),
        ("reason", "reason-missing"),
    ] {
        errors.require(!fields.text(field).is_empty(), field, words, key);
    }
    errors.require(distance.is_some(), "distance", words, "bank-distance-wrong");
    if !errors.is_empty() {
        return None;
    }
    let purpose = fields.text("purpose");
    Some(NewBank {
        name: name.ok()?,
        purpose: if overlay.is_some() { purpose.to_owned() } else { CHILD_SAFETY.to_owned() },
        overlay,
        source: fields.text("source").to_owned(),
        legal_ground: fields.text("legal_ground").to_owned(),
        kind: fields.text("kind").parse().ok()?,
        distance: distance?,
        verdict: fields.text("verdict").parse().ok()?,
        label_scheme: fields.text("label_scheme").to_owned(),
    })
}
