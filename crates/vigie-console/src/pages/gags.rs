//! Silence about requests: which stands, by which provision, until when; and what a person does about one.
//!
//! To add an act about a silence: its door, its form beside the request, its use case.

use askama::Template;
use axum::response::Response;
use vigie_app::gags::{GagFigures, Renewal, StandingGag};
use vigie_app::{Resource, permits};
use vigie_model::Operation;
use vigie_model::id::RequestId;

use super::request_acts::{answered, invalid};
use super::requests::Paging;
use super::roster::moment;
use super::{Id, page};
use crate::door::Door;
use crate::failure::Result;
use crate::fields::{Form, Query};
use crate::frame::Frame;
use crate::parts::{Exact, TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/gags", list),
        Door::post("/requests/{id}/gag/renew", renew),
        Door::post("/requests/{id}/gag/end", end),
    ]
}

/// A silence in one line.
pub(crate) struct Row {
    pub(crate) request: String,
    pub(crate) number: String,
    pub(crate) reference: String,
    pub(crate) authority: String,
    pub(crate) basis: String,
    pub(crate) issuer: String,
    pub(crate) began: When,
    /// How long it lasts still; none where nobody gave an end.
    pub(crate) left: Option<(TimeLeft, Exact)>,
    pub(crate) review: Exact,
    /// Whether somebody should look at it again by now.
    pub(crate) is_review_due: bool,
}

/// What is published of them.
pub(crate) struct Figures {
    pub(crate) standing: String,
    pub(crate) endless: String,
    pub(crate) oldest: Option<When>,
}

#[derive(Template)]
#[template(path = "gags.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    /// None for who may not read figures of the house.
    pub(crate) figures: Option<Figures>,
    pub(crate) rows: Vec<Row>,
    pub(crate) paging: Paging,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let from = query.text("from").parse::<i64>().unwrap_or(0).clamp(0, 10_000_000);
    let standing = app.gags(&desk.caller, from).await?;
    let figures = match permits(&desk.caller, Operation::ReadOverview, Resource::Any) {
        true => Some(app.gag_figures(&desk.caller).await?),
        false => None,
    };
    let frame = Frame::of(desk.visit(), Section::Gags, desk.words.say("gags-title")).await;
    Ok(page(&List {
        frame,
        rows: standing.iter().map(|one| row(&desk, one)).collect(),
        paging: Paging::of(
            desk.words,
            ("/gags?", from),
            standing.len(),
            figures.map(|figures| figures.standing),
        ),
        figures: figures.map(|figures| numbers(&desk, figures)),
    }))
}

fn row(desk: &Desk, StandingGag { gag, request }: &StandingGag) -> Row {
    let (words, now) = (desk.words, desk.now);
    Row {
        request: request.id.to_string(),
        number: words.number(request.number),
        reference: request.reference.clone(),
        authority: request.authority_name.clone(),
        basis: gag.basis.clone(),
        issuer: gag.issuer.clone(),
        began: When::new(words, gag.began_at, now),
        left: gag.until.map(|until| (TimeLeft::new(words, until, now), Exact::new(words, until))),
        review: Exact::new(words, gag.review_at),
        is_review_due: gag.review_at <= now,
    }
}

fn numbers(desk: &Desk, figures: GagFigures) -> Figures {
    let words = desk.words;
    Figures {
        standing: words.number(figures.standing),
        endless: words.number(figures.endless),
        oldest: figures.oldest.map(|oldest| When::new(words, oldest, desk.now)),
    }
}

async fn renew(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let until = fields.text("gag-until");
    let outcome = match (until, moment(until)) {
        ("", _) | (_, Some(_)) => {
            let renewal = Renewal {
                basis: fields.text("gag-basis").to_owned(),
                issuer: fields.text("gag-issuer").to_owned(),
                until: moment(until),
                text: fields.text("gag-text").to_owned(),
            };
            desk.console.app.renew_gag(&desk.caller, id, &renewal).await
        }
        _ => Err(invalid("the end is no date with a time")),
    };
    answered(&desk, id, fields, (outcome, "gag-renewed")).await
}

async fn end(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let outcome = desk.console.app.end_gag(&desk.caller, id, fields.text("gag-end")).await;
    answered(&desk, id, fields, (outcome, "gag-ended")).await
}
