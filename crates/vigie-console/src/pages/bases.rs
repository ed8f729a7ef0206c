//! Detection bases: why each surface may be examined, and how; entering a version, ending what holds.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use vigie_app::bases::{Entered, NewBasis, SurfaceBases};
use vigie_app::{Code, Resource, permits};
use vigie_model::surface::{DetectionBasis, Technique};
use vigie_model::{Moment, Operation, Surface};

use super::{FormErrors, go, page};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/bases", list),
        Door::get("/bases/{surface}", surface),
        Door::post("/bases/{surface}", enter),
        Door::post("/bases/{surface}/end", end),
    ]
}

/// A surface as the list shows it.
pub(crate) struct Row {
    pub(crate) surface: Surface,
    pub(crate) title: String,
    pub(crate) holding: Option<Version>,
}

/// One version of a basis.
pub(crate) struct Version {
    pub(crate) version: i64,
    pub(crate) legal_ground: String,
    pub(crate) techniques: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) assessment: String,
    pub(crate) history: bool,
    pub(crate) is_holding: bool,
}

#[derive(Template)]
#[template(path = "bases.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) surfaces: Vec<Row>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let bases = desk.console.app.bases(&desk.caller).await?;
    let frame = Frame::of(desk.visit(), Section::Bases, desk.words.say("bases-title")).await;
    let row = |bases: &SurfaceBases| Row {
        surface: bases.surface,
        title: desk.words.name("surface", bases.surface.name()),
        holding: bases.holding.as_ref().map(|basis| version(&desk, basis)),
    };
    Ok(page(&List { frame: frame.noting(query.text("done")), surfaces: bases.iter().map(row).collect() }))
}

fn version(desk: &Desk, basis: &DetectionBasis) -> Version {
    let techniques: Vec<_> =
        basis.techniques.iter().map(|one| desk.words.name("technique", one.name())).collect();
    Version {
        version: basis.version,
        legal_ground: basis.legal_ground.clone(),
        techniques: techniques.join(", "),
        from: desk.words.day(basis.valid_from),
        until: basis
            .valid_until
            .map_or_else(|| desk.words.say("basis-without-end"), |end| desk.words.day(end)),
        assessment: basis.assessment_reference.clone(),
        history: basis.history,
        is_holding: basis.holds_at(desk.now),
    }
}

/// A technique that a basis may allow.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "basis.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) surface: Surface,
    pub(crate) is_held: bool,
    pub(crate) versions: Vec<Version>,
    pub(crate) techniques: Vec<Choice>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
    pub(crate) may_manage: bool,
}

async fn surface(desk: Desk, Path(name): Path<String>) -> Result<Response> {
    let fields = Fields::of(&[("technique", "exact_digest"), ("technique", "perceptual_hash")]);
    show(&desk, named(&name)?, fields, FormErrors::default(), None).await
}

fn named(name: &str) -> Result<Surface> {
    name.parse().map_err(|_| Failure::new(Code::NotFound, "no such surface"))
}

async fn show(
    desk: &Desk,
    surface: Surface,
    fields: Fields,
    errors: FormErrors,
    problem: Option<Problem>,
) -> Result<Response> {
    let bases = desk.console.app.bases(&desk.caller).await?;
    let bases = bases.into_iter().find(|bases| bases.surface == surface);
    let bases = bases.ok_or_else(|| Failure::new(Code::NotFound, "no such surface"))?;
    let chosen: Vec<Technique> = fields.parsed("technique").collect();
    let choice = |technique: &Technique| Choice {
        name: technique.name(),
        title: desk.words.name("technique", technique.name()),
        meaning: desk.words.name("technique-meaning", technique.name()),
        is_chosen: chosen.contains(technique),
    };
    let frame = Frame::of(desk.visit(), Section::Bases, desk.words.name("surface", surface.name())).await;
    Ok(page(&One {
        frame: frame.below("bases-title", "/bases"),
        surface,
        is_held: bases.holding.is_some(),
        versions: bases.versions.iter().map(|basis| version(desk, basis)).collect(),
        techniques: Technique::ALL.iter().map(choice).collect(),
        fields,
        errors,
        problem,
        may_manage: permits(&desk.caller, Operation::ManageBases, Resource::Any),
    }))
}

async fn enter(desk: Desk, Path(name): Path<String>, Form(fields): Form) -> Result<Response> {
    let surface = named(&name)?;
    let mut errors = FormErrors::default();
    for (field, key) in [
        ("legal_ground", "basis-ground-missing"),
        ("assessment_reference", "basis-assessment-missing"),
        ("reason", "reason-missing"),
    ] {
        errors.require(!fields.text(field).is_empty(), field, desk.words, key);
    }
    let techniques: Vec<Technique> = fields.parsed("technique").collect();
    errors.require(!techniques.is_empty(), "technique", desk.words, "basis-technique-missing");
    let until = day(fields.text("valid_until"));
    errors.require(until.is_ok(), "valid_until", desk.words, "basis-until-wrong");
    let Ok(valid_until) = until else { return show(&desk, surface, fields, errors, None).await };
    if !errors.is_empty() {
        return show(&desk, surface, fields, errors, None).await;
    }
    let new = NewBasis {
        surface,
        legal_ground: fields.text("legal_ground").to_owned(),
        valid_from: None,
        valid_until,
        techniques,
        assessment_reference: fields.text("assessment_reference").to_owned(),
        history: fields.text("history") == "yes",
    };
    match desk.console.app.enter_basis(&desk.caller, new, fields.text("reason")).await {
        Ok(Entered::Asked(_)) => Ok(go("/questions?done=question-asked")),
        done => answered(&desk, surface, fields, done.map(drop), "basis-entered").await,
    }
}

async fn end(desk: Desk, Path(name): Path<String>, Form(fields): Form) -> Result<Response> {
    let surface = named(&name)?;
    let done = desk.console.app.end_basis(&desk.caller, surface, fields.text("reason")).await;
    answered(&desk, surface, fields, done, "basis-ended").await
}

async fn answered(
    desk: &Desk,
    surface: Surface,
    fields: Fields,
    done: vigie_app::Result<()>,
    note: &str,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(format!("/bases?done={note}"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show(desk, surface, fields, FormErrors::default(), Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The end of a day that a date field sent, in UTC; none when it was left empty.
pub(super) fn day(text: &str) -> std::result::Result<Option<Moment>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let midnight: Moment = format!("{text}T00:00:00Z").parse().map_err(|_| ())?;
    Ok(Some(midnight.after(std::time::Duration::from_secs(24 * 60 * 60))))
}
