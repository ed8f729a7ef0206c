//! What waits for the person who is signed in: the queue, the questions they may answer, their desks.

use askama::Template;
use axum::response::Response;
use vigie_app::queue::QueueQuery;
use vigie_app::{Resource, permits};
use vigie_model::Operation;

use super::{page, questions};
use crate::failure::Result;
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    pub(crate) frame: Frame,
    pub(crate) may_review: bool,
    pub(crate) waiting: usize,
    pub(crate) questions: Vec<questions::Row>,
}

pub(super) async fn show(visit: &Visit) -> Result<Response> {
    let frame = Frame::of(visit, Section::Home, visit.words.say("section-home")).await;
    let caller = visit.caller()?;
    let may_review = permits(caller, Operation::ReviewIncidents, Resource::Any);
    let waiting = match may_review {
        true => visit.console.app.queue(caller, &QueueQuery::default(), None, 1).await?.total,
        false => 0,
    };
    let questions = questions::rows(visit, caller).await?;
    Ok(page(&Home { frame, may_review, waiting: usize::try_from(waiting).unwrap_or(0), questions }))
}
