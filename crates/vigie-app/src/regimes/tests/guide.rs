//! The guide's page of the regimes, made from the files; and that its tables say what is judged.

use std::fmt::Write as _;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, IssuerRole, Office};

use super::{document, here, moment, rule_set, shipped};
use crate::regimes::{
    CalendarPage, Calendars, CategoryRow, DeadlineRow, Notification, RegimePage, Required, RuleSet, Standing,
    TestRow, Unstated, Unvalidated, Words as _, validate,
};

const HEAD: &str = include_str!("guide.md");

fn page() -> String {
    let now = moment("2026-11-26T12:00:00Z");
    let mut text = HEAD.to_owned();
    text.push_str("\n## The regimes that come with Vigie\n\n| regime | law | binds | to be confirmed |\n|---|---|---|---|\n");
    let pages: Vec<_> = shipped().in_force(now).map(RuleSet::page).collect();
    for page in &pages {
        let binds = if page.binding { "yes" } else { "no" };
        let anchor = page.name.replace('@', "");
        let _ = writeln!(
            text,
            "| [`{}`](#{anchor}) | {} | {binds} | {} † |",
            page.name, page.law, page.to_confirm
        );
    }
    for page in &pages {
        text.push_str(&regime(page));
    }
    text.push_str("\n## The calendars that come with Vigie\n");
    for calendar in Calendars::shipped().unwrap().iter() {
        text.push_str(&calendar_of(&calendar.page()));
    }
    text
}

fn working_days(page: &CalendarPage) -> String {
    match &page.name {
        Some(name) => {
            format!(
                "\nWorking days are counted by the calendar [`{name}`](#calendar-{name}): {}.\n",
                page.title.en
            )
        }
        None => format!("\nWorking days are counted by a calendar: {}.\n", page.title.en),
    }
}

fn calendar_of(page: &CalendarPage) -> String {
    let name = page.name.as_deref().unwrap_or_default();
    let (from, until) = page.years.unwrap();
    let mut text = format!(
        "\n### calendar {name}\n\n{}. *{}*\n\nKnown from {from} to {until}. {}\n\n| day | falls on |\n|---|---|\n",
        page.title.en, page.title.fr, page.law
    );
    for day in &page.days {
        let _ = writeln!(text, "| {} | {}{} |", day.name.en, day.when.en, mark(day.confirm));
    }
    text.push_str("\nTo be confirmed by counsel †:\n\n");
    for one in &page.confirm {
        let _ = writeln!(text, "- {}", one.en);
    }
    text
}

fn mark(confirm: bool) -> &'static str {
    if confirm { " †" } else { "" }
}

fn names<T: std::fmt::Display>(all: &[T]) -> String {
    if all.is_empty() {
        "all".to_owned()
    } else {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

fn regime(page: &RegimePage) -> String {
    let mut text = format!("\n### {}\n\n{}. *{}*\n\n", page.name, page.title.en, page.title.fr);
    let kinds = names(&page.kinds);
    let until = page.valid_until.map_or_else(|| "further notice".to_owned(), Moment::day);
    let reviewed = page.reviewed_at.map_or_else(|| "**not reviewed**".to_owned(), Moment::day);
    let wants = if page.own_duty { "nobody: it is the house's own duty".to_owned() } else { kinds };
    let rows = [
        ("law", page.law.clone()),
        ("country", page.country.clone()),
        ("wants", wants),
        ("judged by it", format!("from {} until {until}", page.valid_from.day())),
        ("reviewer", format!("{} ({reviewed})", page.reviewer)),
        ("answer", format!("{}: {}{}", page.answer.form.en, page.answer.law, mark(page.answer.confirm))),
        (
            "tells the user",
            format!(
                "{}: {}{}",
                page.informs_user.who.words().en,
                page.informs_user.law,
                mark(page.informs_user.confirm)
            ),
        ),
    ];
    text.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    text.push_str(&who_may(&page.categories));
    text.push_str(&categories(&page.categories));
    text.push_str(&tests(&page.tests));
    text.push_str(&deadlines(&page.deadlines));
    if let Some(calendar) = &page.calendar {
        text.push_str(&working_days(calendar));
    }
    text.push_str("\nTo be confirmed by counsel †:\n\n");
    for one in &page.confirm {
        let _ = writeln!(text, "- {}", one.en);
    }
    text
}

fn who_may(rows: &[CategoryRow]) -> String {
    let heads: Vec<_> = rows.iter().map(|row| row.category.to_string()).collect();
    let mut text =
        format!("\n| who may ask | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for (number, role) in IssuerRole::ALL.iter().enumerate() {
        let cells = rows.iter().map(|row| match row.standing[number].1 {
            Standing::Alone => "yes".to_owned(),
            Standing::No => String::new(),
            Standing::Validated => {
                format!("validated by {}", crate::regimes::words::joined(&row.validators, " or ", "").en)
            }
        });
        let cells: Vec<_> = cells.collect();
        let _ = writeln!(text, "| {} | {} |", role.words().en, cells.join(" | "));
    }
    text
}

fn required(required: Required) -> String {
    let mut text = required.level.to_string();
    for (is, said) in
        [(required.second_reachable, "second reached"), (required.two_approvers, "two approvers")]
    {
        if is {
            let _ = write!(text, ", {said}");
        }
    }
    if let Some(hours) = required.post_hoc_hours {
        let _ = write!(text, ", order within {hours} h");
    }
    text
}

fn categories(rows: &[CategoryRow]) -> String {
    let mut text = "\n| category | who may ask rests on | the offence | enforcing authority | routine | emergency | preservation |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let threshold = row.threshold.as_ref().map_or_else(
            || "any".to_owned(),
            |(words, law, confirm)| format!("{}: {law}{}", words.en, mark(*confirm)),
        );
        let follows =
            if row.validation_may_follow { "; in an emergency the validation may follow" } else { "" };
        let notified = if row.notification == Notification::None {
            ""
        } else {
            "notified; waited for except in an emergency"
        };
        let _ = writeln!(
            text,
            "| {} | {}{follows}{} | {threshold} | {notified} | {} | {} | {} |",
            row.category,
            row.law,
            mark(row.confirm),
            required(row.assurance.routine),
            required(row.assurance.emergency),
            required(row.assurance.preservation),
        );
    }
    text
}

fn tests(rows: &[TestRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text =
        "\n| test | of | what must hold | otherwise | not said | source |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for row in rows {
        let unstated = if row.unstated == Unstated::Passes { "passes" } else { "clarify" };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {unstated} | {}{} |",
            row.name,
            names(&row.categories),
            row.holds.en,
            row.otherwise,
            row.law,
            mark(row.confirm)
        );
    }
    text
}

fn deadlines(rows: &[DeadlineRow]) -> String {
    let mut text = "\n| deadline | for | kept by | runs from | length | where | satisfied by | source |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let pauses = if row.pauses { "; stands still while the authority is asked" } else { "" };
        let policy = if row.policy { "set by the house; " } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {}{pauses} | {} | {} | {policy}{}{} |",
            row.name,
            row.label.en,
            row.kept_by.en,
            row.from.en,
            row.length.en,
            row.applies.as_ref().map_or("always", |applies| &applies.en),
            row.satisfied_by.en,
            row.law,
            mark(row.confirm)
        );
    }
    text
}

/// Run with `UPDATE_EXPECT=1` after a change that is meant.
#[test]
fn the_guide_of_the_regimes_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/regimes.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(checked_in == page(), "docs/guide/regimes.md is old: run this test with UPDATE_EXPECT=1");
}

/// Every regime, category, issuer and validator: what the table shows is what is judged.
#[test]
fn the_table_of_who_may_ask_says_what_is_judged() {
    let competence = ["issuer", "validator", "validation", "category_of_regime"];
    for rules in shipped().iter() {
        let page = rules.page();
        for category in Category::ALL {
            let row = page.categories.iter().find(|row| row.category == *category);
            for (number, role) in IssuerRole::ALL.iter().enumerate() {
                let standing = row.map_or(Standing::No, |row| row.standing[number].1);
                for validator in std::iter::once(None).chain(IssuerRole::ALL.iter().copied().map(Some)) {
                    let mut it = document(rules, &format!("category = '{category}'\nissuer = '{role}'"));
                    it.validator = validator.map(|role| Office { role: Some(role), ..Office::default() });
                    let findings = validate(rules, &it, 0, *category, &here());
                    let found: Vec<_> = findings.iter().map(|one| one.test.as_str()).collect();
                    let stands = !found.iter().any(|test| competence.contains(test));
                    let may = match (standing, validator) {
                        (Standing::Alone, _) => true,
                        (Standing::Validated, Some(validator)) => {
                            row.unwrap().validators.contains(&validator)
                        }
                        _ => false,
                    };
                    assert_eq!(stands, may, "{} {category} {role} {validator:?}: {found:?}", rules.name());
                }
            }
        }
    }
}

#[test]
fn a_page_shows_every_row_and_counts_what_waits_for_counsel() {
    let rules = rule_set("eu-epoc");
    let page = rules.page();
    assert_eq!(page.tests.len(), rules.test.len());
    assert_eq!(page.deadlines.len(), rules.deadline.len());
    assert_eq!(page.categories.len(), rules.category.len());
    assert!(page.reviewed_at.is_none());
    let without = RuleSet { confirm: Vec::new(), ..rules.clone() };
    assert_eq!(page.to_confirm - without.page().to_confirm, rules.confirm.len());
    let marked = rules.deadline.iter().filter(|row| row.confirm).count();
    let unmarked = RuleSet { deadline: Vec::new(), ..rules.clone() };
    assert_eq!(page.to_confirm - unmarked.page().to_confirm, marked);
    assert!(rules.category.values().all(|its| its.without_validation == Unvalidated::Refuse));
}

#[test]
fn every_rule_has_words_in_both_languages() {
    for rules in shipped().iter() {
        let page = rules.page();
        let tests = page.tests.iter().map(|row| &row.holds);
        let thresholds =
            page.categories.iter().filter_map(|row| row.threshold.as_ref()).map(|(words, _, _)| words);
        let deadlines = page.deadlines.iter().flat_map(|row| [&row.from, &row.length, &row.satisfied_by]);
        let applies = page.deadlines.iter().filter_map(|row| row.applies.as_ref());
        for words in tests.chain(thresholds).chain(deadlines).chain(applies) {
            assert!(
                !words.en.trim().is_empty() && !words.fr.trim().is_empty(),
                "{}: {words:?}",
                rules.name()
            );
        }
    }
    let test = rule_set("fr-60-1").page().tests.iter().find(|row| row.name == "60-1-2").cloned().unwrap();
    assert_eq!(
        test.holds.en,
        "a highest sentence of at least 3 years or (a highest sentence of at least 1 years and committed by network and \
         nothing is wanted but who it is) or (the person is a victim and it names the offence) or the person is missing"
    );
}
