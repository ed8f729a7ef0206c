//! The ledger: how its public log stands, live, and a button that has the whole of it verified.

use askama::Template;
use axum::response::Response;
use vigie_app::ledger::Verification;

use super::page;
use crate::door::Door;
use crate::failure::Result;
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::{Identifier, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/ledger", look), Door::post("/ledger/verify", verify)]
}

/// The checkpoint that is shown.
pub(crate) struct Checkpoint {
    pub(crate) size: String,
    pub(crate) root: String,
    pub(crate) published: When,
}

/// What a verification found.
pub(crate) struct Verdict {
    /// What was checked, where all of it holds.
    pub(crate) checked: Vec<String>,
    /// Why not, where it does not hold.
    pub(crate) fault: Option<String>,
}

#[derive(Template)]
#[template(path = "ledger.html")]
pub(crate) struct Ledger {
    pub(crate) frame: Frame,
    pub(crate) address: String,
    pub(crate) origin: String,
    pub(crate) entries: String,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) key: Identifier,
    pub(crate) fork: Option<String>,
    pub(crate) has_mark: bool,
    pub(crate) witnesses: Vec<String>,
    pub(crate) verdict: Option<Verdict>,
}

async fn look(desk: Desk) -> Result<Response> {
    show(&desk, None).await
}

async fn verify(desk: Desk) -> Result<Response> {
    let verification = desk.console.app.verify_ledger(&desk.caller).await?;
    show(&desk, Some(verdict(desk.words, &verification))).await
}

async fn show(desk: &Desk, verdict: Option<Verdict>) -> Result<Response> {
    let words = desk.words;
    let state = desk.console.app.ledger_state(&desk.caller).await?;
    let checkpoint = state.published.map(|published| Checkpoint {
        size: words.number(published.size),
        // Its third line: origin, size, root.
        root: published.note.lines().nth(2).unwrap_or_default().to_owned(),
        published: When::new(words, published.published_at.unwrap_or(published.signed_at), desk.now),
    });
    Ok(page(&Ledger {
        frame: Frame::of(desk.visit(), Section::Ledger, words.say("ledger-title")).await,
        address: desk.console.app.settings.public_url.clone(),
        origin: state.origin,
        entries: words.number(state.size),
        checkpoint,
        key: Identifier::new(words, &state.key.to_string()),
        fork: state.fork.map(|fork| fork.to_string()),
        has_mark: state.has_mark,
        witnesses: state.witnesses,
        verdict,
    }))
}

fn verdict(words: Words, verification: &Verification) -> Verdict {
    let number = |number: u64| words.number(number);
    match &verification.verdict {
        Ok(report) => {
            let entries = number(report.checkpoint.tree.size);
            let milliseconds = words.number(verification.took.as_millis());
            let checked = vec![
                words.say("ledger-checked-signature"),
                words.about("ledger-checked-entries", &entries),
                words.about("ledger-checked-tiles", &number(report.tiles)),
                words.say("ledger-checked-root"),
                words.about("ledger-checked-time", &milliseconds),
            ];
            Verdict { checked, fault: None }
        }
        Err(fault) => Verdict { checked: vec![], fault: Some(fault.to_string()) },
    }
}
