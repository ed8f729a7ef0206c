//! Evidence: retention periods and standing holds; asking a second person to lift a hold or to end a period.

use askama::Template;
use axum::response::Response;
use vigie_app::retention::{PeriodState, StandingHold};
use vigie_app::{Resource, permits};
use vigie_model::approval::Approval;
use vigie_model::{Operation, Period};

use super::{FormErrors, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/evidence", list),
        Door::post("/evidence/holds", lift),
        Door::post("/evidence/periods", end),
    ]
}

/// A retention period as the page shows it.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) state: &'static str,
    pub(crate) objects: String,
    pub(crate) held: String,
    pub(crate) is_open: bool,
}

/// A reason for which holds stand.
pub(crate) struct Hold {
    pub(crate) reason: String,
    pub(crate) objects: String,
    pub(crate) placed: When,
}

#[derive(Template)]
#[template(path = "evidence.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) periods: Vec<Row>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) may_manage: bool,
    pub(crate) problem: Option<Problem>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let note = query.text("done").to_owned();
    show(&desk, query, FormErrors::default(), &note, None).await
}

async fn show(
    desk: &Desk,
    fields: Fields,
    errors: FormErrors,
    done: &str,
    problem: Option<Problem>,
) -> Result<Response> {
    let kept = desk.console.app.kept_evidence(&desk.caller).await?;
    let frame = Frame::of(desk.visit(), Section::Evidence, desk.words.say("evidence-title")).await;
    let hold = |hold: &StandingHold| Hold {
        reason: hold.reason.clone(),
        objects: desk.words.number(hold.objects),
        placed: When::new(desk.words, hold.placed_at, desk.now),
    };
    Ok(page(&List {
        frame: frame.noting(done),
        periods: kept.periods.iter().map(|state| row(desk, state)).collect(),
        holds: kept.holds.iter().map(hold).collect(),
        fields,
        errors,
        may_manage: permits(&desk.caller, Operation::ManageEvidence, Resource::Any),
        problem,
    }))
}

fn row(desk: &Desk, state: &PeriodState) -> Row {
    let title = match state.period {
        Period::Legacy => desk.words.say("evidence-legacy"),
        Period::Month(_) => state.period.to_string(),
    };
    Row {
        name: state.period.to_string(),
        title,
        state: match (state.closed_at, state.shredded_at) {
            (_, Some(_)) => "shredded",
            (Some(_), None) => "closed",
            (None, None) => "open",
        },
        objects: desk.words.number(state.objects),
        held: desk.words.number(state.held),
        is_open: state.closed_at.is_none(),
    }
}

async fn lift(desk: Desk, Form(fields): Form) -> Result<Response> {
    let (hold, reason) = (fields.text("hold").to_owned(), fields.text("reason").to_owned());
    if let Some(errors) = missing(&desk, &fields, "reason") {
        return show(&desk, fields, errors, "", None).await;
    }
    let asked = desk.console.app.ask_to_lift_hold(&desk.caller, &hold, &reason).await;
    answered(&desk, fields, asked).await
}

async fn end(desk: Desk, Form(fields): Form) -> Result<Response> {
    if let Some(errors) = missing(&desk, &fields, "end-reason") {
        return show(&desk, fields, errors, "", None).await;
    }
    let Ok(period) = fields.text("period").parse::<Period>() else {
        return Err(failure::Failure::new(vigie_app::Code::NotFound, "no such retention period"));
    };
    let asked = desk.console.app.ask_to_end_period(&desk.caller, period, fields.text("end-reason")).await;
    answered(&desk, fields, asked).await
}

fn missing(desk: &Desk, fields: &Fields, field: &'static str) -> Option<FormErrors> {
    let mut errors = FormErrors::default();
    errors.require(!fields.text(field).is_empty(), field, desk.words, "reason-missing");
    (!errors.is_empty()).then_some(errors)
}

async fn answered(desk: &Desk, fields: Fields, asked: vigie_app::Result<Approval>) -> Result<Response> {
    match asked {
        Ok(_) => Ok(go("/questions?done=question-asked")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show(desk, fields, FormErrors::default(), "", Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}
