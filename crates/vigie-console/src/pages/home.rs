//! What waits for the person who is signed in: their desks, and the questions they may answer.

use askama::Template;
use axum::response::Response;

use super::{page, questions};
use crate::failure::Result;
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    pub(crate) frame: Frame,
    pub(crate) questions: Vec<questions::Row>,
}

pub(super) async fn show(visit: &Visit) -> Result<Response> {
    let frame = Frame::of(visit, Section::Home, visit.words.say("section-home")).await;
    let questions = questions::rows(visit, visit.caller()?).await?;
    Ok(page(&Home { frame, questions }))
}
