//! "Check a file": one file, its hashes, and what it resembles. The file is forgotten, the check is written down.

use askama::Template;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use vigie_app::check_file::CheckedFile;
use vigie_app::{Resource, authorise};
use vigie_model::Operation;
use vigie_model::bank::Verdict;

use super::page;
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::frame::Frame;
use crate::parts::Identifier;
use crate::section::Section;
use crate::uploads::Upload;
use crate::visit::Desk;

/// The largest file that is checked.
const LARGEST: usize = 50 << 20;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/check", form), Door::post("/check", check).taking(DefaultBodyLimit::max(LARGEST))]
}

/// What a file is, and what it resembles.
pub(crate) struct Checked {
    pub(crate) size: String,
    pub(crate) quality: String,
    pub(crate) failure: String,
    pub(crate) signals: Vec<(String, Identifier)>,
    pub(crate) verdict: Verdict,
    pub(crate) matches: Vec<Match>,
    pub(crate) total: usize,
}

/// A match receipt.
pub(crate) struct Match {
    pub(crate) bank: String,
    pub(crate) bank_path: String,
    pub(crate) entry: String,
    pub(crate) signal: String,
    pub(crate) distance: String,
    pub(crate) source: String,
    pub(crate) labels: String,
    pub(crate) effect: String,
}

#[derive(Template)]
#[template(path = "check.html")]
pub(crate) struct Check {
    pub(crate) frame: Frame,
    pub(crate) checked: Option<Checked>,
    pub(crate) problem: Option<Problem>,
}

async fn form(desk: Desk) -> Result<Response> {
    authorise(&desk.caller, Operation::CheckFile, Resource::Any)?;
    Ok(show(&desk, None, None).await)
}

async fn show(desk: &Desk, checked: Option<Checked>, problem: Option<Problem>) -> Response {
    let frame = Frame::of(desk.visit(), Section::Check, desk.words.say("check-title")).await;
    page(&Check { frame, checked, problem })
}

async fn check(desk: Desk, sent: Upload) -> Result<Response> {
    authorise(&desk.caller, Operation::CheckFile, Resource::Any)?;
    let (_, file) = sent.read("file").await?;
    match desk.console.app.check_file(&desk.caller, file.bytes).await {
        Ok(file) => Ok(show(&desk, Some(checked(&desk, &file)), None).await),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(show(&desk, None, Some(problem)).await)
        }
        Err(error) => Err(error.into()),
    }
}

fn checked(desk: &Desk, file: &CheckedFile) -> Checked {
    let words = desk.words;
    let picture = file.picture.as_ref();
    let matches = file.matches.iter().map(|receipt| {
        let labels: Vec<_> =
            receipt.labels.iter().map(|label| format!("{} {}", label.scheme, label.code)).collect();
        Match {
            bank: receipt.bank_name.to_string(),
            bank_path: format!("/banks/{}", receipt.bank),
            entry: words.number(receipt.entry),
            signal: receipt.signal.clone(),
            distance: format!("{} / {}", receipt.distance, receipt.threshold),
            source: receipt.source.clone(),
            labels: labels.join(", "),
            effect: words.name("effect", receipt.effect.name()),
        }
    });
    let signals = file.signals.all();
    Checked {
        size: picture.map(|picture| format!("{} × {}", picture.width, picture.height)).unwrap_or_default(),
        quality: picture.map(|picture| words.number(picture.quality)).unwrap_or_default(),
        failure: file.failure.clone().unwrap_or_default(),
        signals: signals
            .iter()
            .map(|signal| (signal.kind().to_string(), Identifier::new(words, &signal.hex())))
            .collect(),
        verdict: file.verdict,
        matches: matches.collect(),
        total: file.match_count,
    }
}
