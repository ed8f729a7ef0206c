//! Legal regimes: by which rules requests are judged, who reviewed them, and what counsel is still to confirm.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use vigie_app::regimes::{
    CalendarPage, CategoryRow, DeadlineRow, RegimePage, RuleSet, TestRow, Unstated, Words as _,
};
use vigie_app::{Code, Resource, authorise};
use vigie_model::Operation;
use vigie_model::disclosure::Category;

use super::page;
use super::request_parts::remedy;
use crate::door::Door;
use crate::failure::{Failure, Result};
use crate::frame::Frame;
use crate::language::Words;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/regimes", list), Door::get("/regimes/{id}", one)]
}

/// A rule set as the list shows it.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) law: String,
    pub(crate) country: String,
    pub(crate) is_binding: bool,
    pub(crate) is_own_duty: bool,
    pub(crate) reviewer: String,
    pub(crate) reviewed: String,
    pub(crate) to_confirm: usize,
    pub(crate) is_in_force: bool,
}

#[derive(Template)]
#[template(path = "regimes.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) regimes: Vec<Row>,
}

async fn list(desk: Desk) -> Result<Response> {
    authorise(&desk.caller, Operation::ReadRequests, Resource::Any)?;
    let rules = &desk.console.app.settings.disclosure.rules;
    let frame = Frame::of(desk.visit(), Section::Regimes, desk.words.say("regimes-title")).await;
    Ok(page(&List { frame, regimes: rules.iter().map(|rules| row(&desk, rules)).collect() }))
}

fn row(desk: &Desk, rules: &RuleSet) -> Row {
    let at = desk.console.app.settings.disclosure.rules.at(&rules.id, desk.now);
    let page = rules.page();
    Row {
        title: desk.words.either(&page.title),
        is_binding: page.binding,
        is_own_duty: page.own_duty,
        reviewed: page.reviewed_at.map(|moment| desk.words.day(moment)).unwrap_or_default(),
        is_in_force: at.is_some_and(|at| at.version == rules.version),
        name: page.name,
        law: page.law,
        country: page.country,
        reviewer: page.reviewer,
        to_confirm: page.to_confirm,
    }
}

/// A provision, and whether counsel is to confirm it.
pub(crate) struct Law {
    pub(crate) law: String,
    pub(crate) is_unconfirmed: bool,
}

/// What holds for a category.
pub(crate) struct Rules {
    pub(crate) category: &'static str,
    pub(crate) alone: String,
    pub(crate) validated: String,
    pub(crate) validators: String,
    pub(crate) validation_may_follow: bool,
    pub(crate) who: Law,
    pub(crate) threshold: Option<(String, Law)>,
    pub(crate) notification: String,
    /// How sure it must be who asks: routine, emergency, preservation.
    pub(crate) levels: [&'static str; 3],
}

/// A test.
pub(crate) struct Asks {
    pub(crate) what: String,
    pub(crate) holds: String,
    pub(crate) of: String,
    pub(crate) otherwise: String,
    pub(crate) unstated_passes: bool,
    pub(crate) law: Law,
}

/// A deadline.
pub(crate) struct Limit {
    pub(crate) label: String,
    pub(crate) length: String,
    pub(crate) from: String,
    pub(crate) applies: String,
    pub(crate) satisfied_by: String,
    pub(crate) pauses: bool,
    pub(crate) is_policy: bool,
    pub(crate) law: Law,
}

/// By what working days are counted.
pub(crate) struct WorkingDays {
    pub(crate) title: String,
    pub(crate) law: String,
    /// Of which years it is known; empty where there is no calendar.
    pub(crate) years: String,
    /// Each day, when it falls, and whether counsel is to confirm it.
    pub(crate) days: Vec<(String, String, bool)>,
    pub(crate) confirm: Vec<String>,
}

#[derive(Template)]
#[template(path = "regime.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) row: Row,
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) form: String,
    pub(crate) form_law: Law,
    pub(crate) informs: String,
    pub(crate) informs_law: Law,
    pub(crate) confirm: Vec<String>,
    pub(crate) categories: Vec<Rules>,
    pub(crate) tests: Vec<Asks>,
    pub(crate) deadlines: Vec<Limit>,
    pub(crate) calendar: Option<WorkingDays>,
}

async fn one(desk: Desk, Path(name): Path<String>) -> Result<Response> {
    authorise(&desk.caller, Operation::ReadRequests, Resource::Any)?;
    let all = &desk.console.app.settings.disclosure.rules;
    // By name and version for ever, or by name alone as it is in force now.
    let rules = all.named(&name).or_else(|| all.at(&name, desk.now));
    let rules = rules.ok_or_else(|| Failure::new(Code::NotFound, "no such regime"))?;
    let (words, whole, row) = (desk.words, rules.page(), row(&desk, rules));
    let frame = Frame::of(desk.visit(), Section::Regimes, row.title.clone()).await;
    let RegimePage { answer, informs_user, .. } = &whole;
    Ok(page(&One {
        frame: frame.below("regimes-title", "/regimes"),
        row,
        kinds: whole.kinds.iter().map(|kind| kind.name()).collect(),
        from: words.day(whole.valid_from),
        until: whole.valid_until.map(|moment| words.day(moment)).unwrap_or_default(),
        form: words.either(&answer.form),
        form_law: law(words, &answer.law, answer.confirm),
        informs: words.either(&informs_user.who.words()),
        informs_law: law(words, &informs_user.law, informs_user.confirm),
        confirm: whole.confirm.iter().map(|one| words.either(one)).collect(),
        categories: whole.categories.iter().map(|one| rules_of(words, one)).collect(),
        tests: whole.tests.iter().map(|one| asks(words, one)).collect(),
        deadlines: whole.deadlines.iter().map(|one| limit(words, one)).collect(),
        calendar: whole.calendar.as_ref().map(|calendar| working_days(words, calendar)),
    }))
}

fn law(words: Words, law: &str, is_unconfirmed: bool) -> Law {
    Law { law: words.provision(law), is_unconfirmed }
}

fn rules_of(words: Words, row: &CategoryRow) -> Rules {
    use vigie_app::regimes::Standing;
    let role = |role: &vigie_model::disclosure::IssuerRole| words.name("issuer-role", role.name());
    let standing = |which: Standing| {
        let such = row.standing.iter().filter(|(_, standing)| *standing == which);
        such.map(|(one, _)| role(one)).collect::<Vec<_>>().join(", ")
    };
    Rules {
        category: row.category.name(),
        alone: standing(Standing::Alone),
        validated: standing(Standing::Validated),
        validators: row.validators.iter().map(role).collect::<Vec<_>>().join(", "),
        validation_may_follow: row.validation_may_follow,
        who: law(words, &row.law, row.confirm),
        threshold: row
            .threshold
            .as_ref()
            .map(|(holds, provision, confirm)| (words.either(holds), law(words, provision, *confirm))),
        notification: words.either(&row.notification.words()),
        levels: [&row.assurance.routine, &row.assurance.emergency, &row.assurance.preservation]
            .map(|required| required.level.name()),
    }
}

fn asks(words: Words, row: &TestRow) -> Asks {
    let name = |category: &Category| words.name("category", category.name());
    Asks {
        what: words.either(&row.what),
        holds: words.either(&row.holds),
        of: row.categories.iter().map(name).collect::<Vec<_>>().join(", "),
        otherwise: remedy(words, row.otherwise),
        unstated_passes: row.unstated == Unstated::Passes,
        law: law(words, &row.law, row.confirm),
    }
}

fn limit(words: Words, row: &DeadlineRow) -> Limit {
    Limit {
        label: words.either(&row.label),
        length: words.either(&row.length),
        from: words.either(&row.from),
        applies: row.applies.as_ref().map(|applies| words.either(applies)).unwrap_or_default(),
        satisfied_by: words.either(&row.satisfied_by),
        pauses: row.pauses,
        is_policy: row.policy,
        law: law(words, &row.law, row.confirm),
    }
}

fn working_days(words: Words, page: &CalendarPage) -> WorkingDays {
    WorkingDays {
        title: words.either(&page.title),
        law: page.law.clone(),
        years: page.years.map(|(from, until)| format!("{from}–{until}")).unwrap_or_default(),
        days: page
            .days
            .iter()
            .map(|day| (words.either(&day.name), words.either(&day.when), day.confirm))
            .collect(),
        confirm: page.confirm.iter().map(|one| words.either(one)).collect(),
    }
}
