//! Waves: incidents that share one item, decided once after a sample, by two people.

use askama::Template;
use axum::response::Response;
use vigie_app::waves::WaveConclusion;
use vigie_app::{Resource, permits};
use vigie_model::Operation;
use vigie_model::action::ActionKind;
use vigie_model::bank::Label;
use vigie_model::id::WaveId;
use vigie_model::incident::WaveState;

use super::{Id, actions, go, page, queue};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

/// How many waves one page shows.
const PAGE: usize = 50;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/waves", list),
        Door::get("/waves/{id}", wave),
        Door::post("/waves/{id}/propose", propose),
        Door::post("/waves/{id}/reverse", reverse),
    ]
}

/// A wave as the list shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) shared: String,
    pub(crate) state: WaveState,
    pub(crate) opened: When,
    pub(crate) decided: Option<When>,
}

#[derive(Template)]
#[template(path = "waves.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) waves: Vec<Row>,
    pub(crate) total: usize,
    pub(crate) next: String,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let before = query.text("before").parse().ok();
    let found = desk.console.app.waves(&desk.caller, None, before, PAGE).await?;
    let when = |moment| When::new(desk.words, moment, desk.now);
    let rows = found.waves.iter().map(|wave| Row {
        id: wave.id.to_string(),
        number: desk.words.number(wave.number),
        shared: shared(desk.words, &wave.pivot),
        state: wave.state,
        opened: when(wave.opened_at),
        decided: wave.decided_at.map(when),
    });
    Ok(page(&List {
        frame: Frame::of(desk.visit(), Section::Waves, desk.words.say("waves-title")).await,
        waves: rows.collect(),
        total: usize::try_from(found.total).unwrap_or(0),
        next: found.next.map(|next| format!("/waves?before={next}")).unwrap_or_default(),
    }))
}

/// Something that can be chosen for the whole wave.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "wave.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) state: WaveState,
    pub(crate) shared: String,
    pub(crate) incidents: Vec<queue::Row>,
    pub(crate) items: usize,
    pub(crate) sample_size: usize,
    pub(crate) sampled: usize,
    pub(crate) question: String,
    pub(crate) actions: Vec<actions::Row>,
    pub(crate) outcomes: Vec<Choice>,
    pub(crate) labels: Vec<Choice>,
    pub(crate) measures: Vec<Choice>,
    pub(crate) reason: String,
    pub(crate) may_propose: bool,
    pub(crate) may_reverse: bool,
    pub(crate) problem: Option<Problem>,
}

/// What the incidents share, in words.
fn shared(words: Words, pivot: &str) -> String {
    pivot
        .strip_prefix("entry:")
        .map_or_else(|| pivot.to_owned(), |entry| words.about("wave-shared-entry", entry))
}

async fn wave(desk: Desk, Id(id): Id<WaveId>, Query(query): Query) -> Result<Response> {
    show(&desk, id, &Fields::default(), query.text("done"), None).await
}

async fn show(
    desk: &Desk,
    id: WaveId,
    fields: &Fields,
    done: &str,
    problem: Option<Problem>,
) -> Result<Response> {
    let told = desk.console.app.wave(&desk.caller, id).await?;
    let names = desk.console.app.colleagues(&desk.caller).await?;
    let permitted = |operation| permits(&desk.caller, operation, Resource::Any);
    let title = desk.words.say_with("wave-title", [("number", told.wave.number.into())]);
    let frame = Frame::of(desk.visit(), Section::Waves, title).await;
    let is_open = told.wave.state == WaveState::Open;
    let choice = |field: &str, value: &str, title: String| Choice {
        is_chosen: fields.all(field).any(|chosen| chosen == value),
        value: value.to_owned(),
        title,
    };
    let outcome = |name: &str| choice("outcome", name, desk.words.name("outcome", name));
    let measure = |kind: ActionKind| choice("measure", kind.name(), desk.words.name("action", kind.name()));
    let label = |(scheme, code): &(&str, &str)| {
        let meaning = desk.words.name("label", &format!("{scheme}-{}", code.to_lowercase()));
        let titled =
            [("code", format!("{} {code}", scheme.to_uppercase()).into()), ("meaning", meaning.into())];
        choice("label", &format!("{scheme}:{code}"), desk.words.say_with("label-titled", titled))
    };
    Ok(page(&One {
        frame: frame.below("waves-title", "/waves").noting(done),
        id: id.to_string(),
        state: told.wave.state,
        shared: shared(desk.words, &told.wave.pivot),
        incidents: told.incidents.iter().map(|incident| queue::row(desk, incident, &names)).collect(),
        items: told.items.len(),
        sample_size: told.sample_size,
        sampled: told.sample.len(),
        question: told.questions.first().map(|question| question.id.to_string()).unwrap_or_default(),
        actions: told.actions.iter().map(|action| actions::row(desk, action, &names)).collect(),
        outcomes: ["violating", "dismissed"].into_iter().map(outcome).collect(),
        labels: super::incident::LABELS.iter().map(label).collect(),
        measures: [ActionKind::RemoveMessage, ActionKind::RemoveMedia].into_iter().map(measure).collect(),
        reason: fields.text("reason").to_owned(),
        may_propose: is_open && told.questions.is_empty() && permitted(Operation::ReviewEscalated),
        may_reverse: !is_open && permitted(Operation::ReverseDecisions),
        problem,
    }))
}

async fn propose(desk: Desk, Id(id): Id<WaveId>, Form(fields): Form) -> Result<Response> {
    let outcome = fields.text("outcome").parse();
    let outcome =
        outcome.map_err(|_| vigie_app::Error::new(vigie_app::Code::InvalidValue, "choose what you conclude"));
    let labels = fields.all("label").filter_map(|text| {
        let (scheme, code) = text.split_once(':')?;
        Some(Label { scheme: scheme.to_owned(), code: code.to_owned() })
    });
    let done = match outcome {
        Ok(outcome) => {
            let conclusion = WaveConclusion {
                outcome,
                labels: labels.collect(),
                reason: fields.text("reason").to_owned(),
                actions: fields.parsed("measure").collect(),
            };
            desk.console.app.propose_wave_decision(&desk.caller, id, conclusion).await.map(drop)
        }
        Err(error) => Err(error),
    };
    answered(&desk, id, &fields, done, "/questions?done=question-asked".into()).await
}

async fn reverse(desk: Desk, Id(id): Id<WaveId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.reverse_wave(&desk.caller, id, fields.text("reason")).await;
    answered(&desk, id, &fields, done, format!("/waves/{id}?done=decision-reversed")).await
}

async fn answered(
    desk: &Desk,
    id: WaveId,
    fields: &Fields,
    done: vigie_app::Result<()>,
    then: String,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(then)),
        Err(error) if failure::can_be_mended(&error) => {
            show(desk, id, fields, "", Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}
