//! Reading again: what a second reviewer sees and concludes without the first conclusion, and what a senior reviewer says
//! where both differ.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use vigie_app::rereadings::{Blind, BothConclusions};
use vigie_app::reveals::Revealed;
use vigie_app::{Code, Error};
use vigie_model::bank::Label;
use vigie_model::id::{ItemId, PersonId, RereadingId, RevealId};
use vigie_model::incident::{Finding, ItemVerdict, Outcome};
use vigie_model::rereading::{RereadingState, Settlement};

use super::incident::{Choice, Item, choice, conclusion, item, labels, labels_in_words, others};
use super::{Id, go, page, passkeys};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/rereadings", list),
        Door::post("/rereadings/next", next),
        Door::get("/rereadings/{id}", one),
        Door::post("/rereadings/{id}/reveal", reveal),
        Door::post("/rereadings/{id}/hide", hide),
        Door::post("/rereadings/{id}/conclude", conclude),
        Door::post("/rereadings/{id}/back", give_back),
        Door::post("/rereadings/{id}/settle", settle),
    ]
}

/// Two conclusions that differ, as the list shows them.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) first: String,
    pub(crate) second: String,
    pub(crate) drawn: When,
}

#[derive(Template)]
#[template(path = "rereadings.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) waiting: usize,
    pub(crate) disputed: Vec<Row>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let told = app.rereadings(&desk.caller).await?;
    let names = app.colleagues(&desk.caller).await?;
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_default();
    let row = |one: &vigie_model::rereading::Rereading| Row {
        id: one.id.to_string(),
        first: name(one.decided_by),
        second: one.reader.map(|(reader, _)| name(reader)).unwrap_or_default(),
        drawn: When::new(desk.words, one.drawn_at, desk.now),
    };
    let frame = Frame::of(desk.visit(), Section::Rereadings, desk.words.say("rereadings-title")).await;
    Ok(page(&List {
        frame: frame.noting(query.text("done")),
        waiting: usize::try_from(told.waiting).unwrap_or(0),
        disputed: told.disputed.iter().map(row).collect(),
    }))
}

async fn next(desk: Desk) -> Result<Response> {
    let taken = desk.console.app.take_rereading(&desk.caller).await?;
    Ok(go(taken.map_or("/rereadings?done=rereading-none".to_owned(), |id| format!("/rereadings/{id}"))))
}

/// The reader sees what is to be read again; a senior reviewer, once it was, both conclusions.
async fn one(desk: Desk, Id(id): Id<RereadingId>, Query(query): Query) -> Result<Response> {
    match desk.console.app.blind(&desk.caller, id).await {
        Ok(blind) => show(&desk, &blind, &Fields::default(), &[], None).await,
        Err(error) if error.code() == Code::LeaseLost => {
            compare(&desk, id, &Fields::default(), query.text("done"), None).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "rereading.html")]
pub(crate) struct Reading {
    pub(crate) frame: Frame,
    pub(crate) base: String,
    pub(crate) items: Vec<Item>,
    pub(crate) is_held_by_caller: bool,
    pub(crate) shown: Vec<String>,
    pub(crate) labels: Vec<Choice>,
    pub(crate) outcomes: Vec<Choice>,
    pub(crate) others: Vec<Choice>,
    pub(crate) problem: Option<Problem>,
}

async fn show(
    desk: &Desk,
    blind: &Blind,
    fields: &Fields,
    revealed: &[Revealed],
    problem: Option<Problem>,
) -> Result<Response> {
    let title = desk.words.say("rereading-title");
    let mut frame = Frame::of(desk.visit(), Section::Rereadings, title).await;
    frame.incident = blind.incident.to_string();
    let view = &blind.view;
    let items = view.items.iter().enumerate();
    Ok(page(&Reading {
        frame: frame.below("rereadings-title", "/rereadings"),
        base: format!("/rereadings/{}", blind.id),
        items: items.map(|(at, one)| item(desk, view, at, one, fields, revealed)).collect(),
        is_held_by_caller: true,
        shown: revealed.iter().map(|one| one.reveal.to_string()).collect(),
        labels: labels(desk, fields),
        outcomes: Outcome::ALL.iter().map(|one| choice(desk, fields, "outcome", one.name())).collect(),
        others: others(desk, fields),
        problem,
    }))
}

/// Writes the looks down, then shows the page with what was asked for.
async fn reveal(desk: Desk, Id(id): Id<RereadingId>, Form(fields): Form) -> Result<Response> {
    let blind = desk.console.app.blind(&desk.caller, id).await?;
    let items: Vec<ItemId> = fields.parsed("item").collect();
    let step = fields.text("step").parse();
    let step = step.map_err(|_| Error::new(Code::InvalidValue, "no such step"))?;
    match desk.console.app.reveal(&desk.caller, blind.incident, &items, step).await {
        Ok(revealed) => show(&desk, &blind_again(&desk, id).await?, &fields, &revealed, None).await,
        Err(error) if error.code() == Code::StepUpNeeded => {
            let (path, back) = (format!("/rereadings/{id}/reveal"), format!("/rereadings/{id}"));
            passkeys::ask_first(&desk, &path, &fields, &back).await
        }
        Err(error) => mended(&desk, &blind, &fields, error).await,
    }
}

async fn blind_again(desk: &Desk, id: RereadingId) -> Result<Blind> {
    Ok(desk.console.app.blind(&desk.caller, id).await?)
}

async fn hide(desk: Desk, Id(id): Id<RereadingId>, Form(fields): Form) -> Result<Response> {
    for look in fields.parsed::<RevealId>("reveal") {
        desk.console.app.hide(&desk.caller, look).await?;
    }
    Ok(go(format!("/rereadings/{id}")))
}

async fn conclude(desk: Desk, Id(id): Id<RereadingId>, Form(fields): Form) -> Result<Response> {
    let app = &desk.console.app;
    let blind = app.blind(&desk.caller, id).await?;
    let items = blind.view.items.iter().map(|item| item.item.id);
    let done = match conclusion(&fields, items) {
        Ok(second) => app.read_again(&desk.caller, id, second.outcome, second.labels, second.findings).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(go("/rereadings?done=rereading-concluded")),
        Err(error) => mended(&desk, &blind, &fields, error).await,
    }
}

async fn mended(desk: &Desk, blind: &Blind, fields: &Fields, error: Error) -> Result<Response> {
    if !failure::can_be_mended(&error) {
        return Err(error.into());
    }
    show(desk, blind, fields, &[], Some(Problem::of(&error, desk.visit()))).await
}

async fn give_back(desk: Desk, Id(id): Id<RereadingId>) -> Result<Response> {
    desk.console.app.give_back_rereading(&desk.caller, id).await?;
    Ok(go("/rereadings"))
}

/// One of two conclusions.
pub(crate) struct Conclusion {
    pub(crate) by: String,
    pub(crate) when: When,
    pub(crate) outcome: Outcome,
    pub(crate) labels: String,
    pub(crate) reason: String,
    /// The verdict on each item, with its place in the incident's list; marked where the other says something else.
    pub(crate) verdicts: Vec<(usize, ItemVerdict, bool)>,
    pub(crate) outcome_differs: bool,
    pub(crate) labels_differ: bool,
}

/// What was said about it in the end.
pub(crate) struct Settled {
    pub(crate) settlement: Settlement,
    pub(crate) by: String,
    pub(crate) when: When,
    pub(crate) reason: String,
}

#[derive(Template)]
#[template(path = "rereading_both.html")]
pub(crate) struct Both {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) incident: String,
    pub(crate) state: RereadingState,
    pub(crate) conclusions: Vec<Conclusion>,
    pub(crate) settled: Option<Settled>,
    pub(crate) settlements: Vec<Choice>,
    pub(crate) may_settle: bool,
    pub(crate) reason: String,
    pub(crate) problem: Option<Problem>,
}

async fn compare(
    desk: &Desk,
    id: RereadingId,
    fields: &Fields,
    done: &str,
    problem: Option<Problem>,
) -> Result<Response> {
    let told = desk.console.app.both_conclusions(&desk.caller, id).await?;
    let names = desk.console.app.colleagues(&desk.caller).await?;
    let title = desk.words.say_with("rereading-of", [("number", told.number.into())]);
    let frame = Frame::of(desk.visit(), Section::Rereadings, title).await;
    let settled = told.rereading.settled.as_ref().map(|one| Settled {
        settlement: one.settlement,
        by: names.get(&one.by).cloned().unwrap_or_default(),
        when: When::new(desk.words, one.at, desk.now),
        reason: one.reason.clone(),
    });
    Ok(page(&Both {
        frame: frame.below("rereadings-title", "/rereadings").noting(done),
        id: id.to_string(),
        incident: told.rereading.incident.to_string(),
        state: told.rereading.state,
        conclusions: conclusions(desk, &told, &names),
        settled,
        settlements: Settlement::ALL
            .iter()
            .map(|one| choice(desk, fields, "settlement", one.name()))
            .collect(),
        may_settle: told.may_settle,
        reason: fields.text("reason").to_owned(),
        problem,
    }))
}

fn conclusions(desk: &Desk, told: &BothConclusions, names: &HashMap<PersonId, String>) -> Vec<Conclusion> {
    let Some(second) = &told.rereading.second else { return vec![] };
    let first = &told.decision;
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_default();
    let verdicts = |own: &[Finding], other: &[Finding]| {
        let of = |findings: &[Finding], item| {
            findings.iter().find(|finding| finding.item == item).map(|finding| finding.verdict)
        };
        let row = |(at, finding): (usize, &Finding)| {
            // In the order of the first, whatever order the second was sent in.
            let verdict = of(own, finding.item)?;
            Some((at + 1, verdict, of(other, finding.item) != Some(verdict)))
        };
        first.findings.iter().enumerate().filter_map(row).collect()
    };
    let set =
        |labels: &[Label]| labels.iter().map(Label::to_string).collect::<std::collections::BTreeSet<_>>();
    let labels_differ = set(&first.labels) != set(&second.labels);
    let outcome_differs = first.outcome != second.outcome;
    vec![
        Conclusion {
            by: name(first.decided_by),
            when: When::new(desk.words, first.decided_at, desk.now),
            outcome: first.outcome,
            labels: labels_in_words(&first.labels),
            reason: first.reason.clone(),
            verdicts: verdicts(&first.findings, &second.findings),
            outcome_differs,
            labels_differ,
        },
        Conclusion {
            by: told.rereading.reader.map(|(reader, _)| name(reader)).unwrap_or_default(),
            when: When::new(desk.words, second.read_at, desk.now),
            outcome: second.outcome,
            labels: labels_in_words(&second.labels),
            reason: String::new(),
            verdicts: verdicts(&second.findings, &first.findings),
            outcome_differs,
            labels_differ,
        },
    ]
}

async fn settle(desk: Desk, Id(id): Id<RereadingId>, Form(fields): Form) -> Result<Response> {
    let app = &desk.console.app;
    let done = match fields.text("settlement").parse() {
        Ok(settlement) => app.settle_rereading(&desk.caller, id, settlement, fields.text("reason")).await,
        Err(_) => Err(Error::new(Code::InvalidValue, "say which conclusion holds")),
    };
    match done {
        Ok(()) => Ok(go(format!("/rereadings/{id}?done=rereading-settled"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            compare(&desk, id, &fields, "", Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}
