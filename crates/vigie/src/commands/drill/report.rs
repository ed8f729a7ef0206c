//! What the drill tells an auditor: each document with what had to happen, what did, and why; and the counts.
//!
//! What it is not: lenient. What went otherwise than it had to is a mistake, also where it went better. To add a count: in
//! `json`, in `counts`, on the guide's page.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use vigie_app::regimes::{KeptBy, RuleSets};
use vigie_app::requests::RequestDeadline;
use vigie_model::Moment;
use vigie_model::disclosure::{PreservationState, RequestState, TaskState};

use super::cases::{Case, Class, End};
use super::play::{Played, Taken};

/// A deadline, and whether it was met.
struct Deadline {
    rule: String,
    source: String,
    due_at: Moment,
    met_at: Option<Moment>,
    is_met: bool,
    is_ours: bool,
    is_legal: bool,
}

/// A document and what became of it.
struct Row {
    number: String,
    class: Class,
    what: &'static str,
    expected: End,
    ended: End,
    reasons: Vec<String>,
    /// Nothing of it was granted or left.
    is_stopped: bool,
    mistakes: Vec<String>,
    deadlines: Vec<Deadline>,
    fields: usize,
    outside: usize,
    steps: Vec<Value>,
    took: Duration,
}

/// The report.
pub(super) struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub(super) fn of(cases: &[Case], played: &[Played], rules: &RuleSets) -> Self {
        let rows = cases.iter().zip(played).map(|(case, played)| Row::of(case, played, rules));
        Self { rows: rows.collect() }
    }

    /// Nothing passed that had to be stopped, no legal deadline was missed, and nothing else went otherwise than it had to.
    pub(super) fn is_green(&self) -> bool {
        let must_stop = |row: &&Row| row.class != Class::Honest;
        self.rows.iter().filter(must_stop).all(|row| row.is_stopped)
            && self.missed_by_law() == 0
            && self.sum(|row| row.outside) == 0
            && self.sum(|row| row.mistakes.len()) == 0
    }

    fn sum(&self, of: impl Fn(&Row) -> usize) -> usize {
        self.rows.iter().map(of).sum()
    }

    fn count(&self, class: Class) -> (usize, usize) {
        let of_class = || self.rows.iter().filter(|row| row.class == class);
        (of_class().count(), of_class().filter(|row| row.is_stopped).count())
    }

    /// Deadlines of the house. Of what may be forged none is owed.
    fn clocks(&self) -> impl Iterator<Item = &Deadline> {
        let owed = self.rows.iter().filter(|row| row.ended != End::Frozen);
        owed.flat_map(|row| &row.deadlines).filter(|deadline| deadline.is_ours)
    }

    fn missed_by_law(&self) -> usize {
        self.clocks().filter(|deadline| deadline.is_legal && !deadline.is_met).count()
    }

    pub(super) fn json(&self) -> Value {
        let mut counts = json!({
            "green": self.is_green(),
            "orders": self.rows.len(),
            "clocks": self.clocks().count(),
            "clocks_met": self.clocks().filter(|deadline| deadline.is_met).count(),
            "legal_clocks_missed": self.missed_by_law(),
            "packages": self.rows.iter().filter(|row| row.fields > 0).count(),
            "fields": self.sum(|row| row.fields),
            "fields_outside_grant": self.sum(|row| row.outside),
            "mistakes": self.sum(|row| row.mistakes.len()),
            "requests": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
        });
        for class in Class::ALL.iter().filter(|class| **class != Class::Honest) {
            let (all, stopped) = self.count(*class);
            counts[class.name()] = json!(all);
            counts[format!("{class}_stopped")] = json!(stopped);
        }
        counts
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::from(
            "The disclosure desk in a synthetic fortnight. Every person, authority and account is invented.\n\n",
        );
        let line = |text: &mut String, cells: [&str; 5]| {
            let [mark, number, what, expected, ended] = cells;
            // Writing into memory does not fail.
            let _written = writeln!(text, "{mark:<4} {number:<6} {what:<64} {expected:<17} {ended}");
        };
        line(&mut text, ["", "no.", "what it was", "expected", "happened"]);
        for row in &self.rows {
            let mark = if row.is_as_it_must_be() { "ok" } else { "BAD" };
            let (expected, ended) = (row.expected.name(), row.ended.name());
            line(&mut text, [mark, &row.number, &format!("{}: {}", row.class, row.what), expected, ended]);
            if let Some(reason) = row.reasons.first().filter(|_| row.ended != End::Delivered) {
                let _written = writeln!(text, "            because: {reason}");
            }
            for mistake in &row.mistakes {
                let _written = writeln!(text, "            MISTAKE: {mistake}");
            }
        }
        text.push_str(&self.counts());
        text
    }

    fn counts(&self) -> String {
        let mut text = String::from("\n");
        let _written = writeln!(text, "documents             {}", self.rows.len());
        for class in Class::ALL.iter().filter(|class| **class != Class::Honest) {
            let (all, stopped) = self.count(*class);
            let _written =
                writeln!(text, "{:<21} {stopped} of {all} stopped", class.name().replace('_', "-"));
        }
        let (clocks, met) = (self.clocks().count(), self.clocks().filter(|deadline| deadline.is_met).count());
        let _written = writeln!(
            text,
            "deadlines of ours     {met} of {clocks} met; {} of law missed",
            self.missed_by_law()
        );
        let (fields, outside) = (self.sum(|row| row.fields), self.sum(|row| row.outside));
        let _written =
            writeln!(text, "fields that left      {fields}, {outside} of them outside their grant");
        let _written = writeln!(text, "mistakes              {}", self.sum(|row| row.mistakes.len()));
        let verdict = if self.is_green() { "green" } else { "RED" };
        let _written = writeln!(text, "\nThe report is {verdict}.");
        text
    }
}

impl Row {
    fn of(case: &Case, played: &Played, rules: &RuleSets) -> Self {
        let ended = ended(played);
        let package = played.package.as_ref();
        let is_owed = ended != End::Frozen;
        let deadlines = played.view.iter().flat_map(|view| {
            let rule_set = view.request.rule_set.as_str();
            view.deadlines.iter().map(move |deadline| Deadline::of(deadline, rules, rule_set))
        });
        let deadlines: Vec<_> = deadlines.collect();
        let mut mistakes = mistakes(case, played, ended);
        let late = deadlines.iter().filter(|deadline| is_owed && deadline.is_ours && !deadline.is_met);
        mistakes.extend(
            late.map(|deadline| format!("the deadline {} was missed ({})", deadline.rule, deadline.source)),
        );
        Self {
            number: case.document.reference.clone(),
            class: case.class,
            what: case.what,
            expected: case.expected,
            ended,
            reasons: reasons(played),
            is_stopped: is_stopped(played, ended),
            mistakes,
            deadlines,
            fields: package.map_or(0, |package| package.fields),
            outside: package.map_or(0, |package| package.outside),
            steps: played.steps.iter().map(step).collect(),
            took: played.steps.iter().map(|step| step.took).sum(),
        }
    }

    fn is_as_it_must_be(&self) -> bool {
        self.mistakes.is_empty() && self.outside == 0 && (self.class == Class::Honest || self.is_stopped)
    }

    fn json(&self) -> Value {
        let deadlines = self.deadlines.iter().map(|deadline| {
            json!({
                "rule": deadline.rule,
                "source": deadline.source,
                "due_at": deadline.due_at,
                "met_at": deadline.met_at,
                "met": deadline.is_met,
                "of_the_house": deadline.is_ours,
                "of_law": deadline.is_legal,
            })
        });
        json!({
            "number": self.number,
            "class": self.class,
            "what": self.what,
            "expected": self.expected,
            "happened": self.ended,
            "as_expected": self.is_as_it_must_be(),
            "stopped": self.is_stopped,
            "reasons": self.reasons,
            "mistakes": self.mistakes,
            "clocks": deadlines.collect::<Vec<_>>(),
            "fields": self.fields,
            "fields_outside_grant": self.outside,
            "steps": self.steps,
            "took_milliseconds": milliseconds(self.took),
        })
    }
}

impl Deadline {
    fn of(deadline: &RequestDeadline, rules: &RuleSets, rule_set: &str) -> Self {
        let known =
            rules.named(rule_set).and_then(|set| set.deadline.iter().find(|one| one.name == deadline.rule));
        let in_time = |at: Moment| at <= deadline.due_at;
        Self {
            rule: deadline.rule.clone(),
            source: deadline.source.clone(),
            due_at: deadline.due_at,
            met_at: deadline.satisfied_at,
            is_met: deadline.missed_at.is_none() && deadline.satisfied_at.is_some_and(in_time),
            is_ours: known.is_none_or(|known| known.kept_by == KeptBy::House),
            is_legal: known.is_none_or(|known| !known.policy),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn step(taken: &Taken) -> Value {
    json!({
        "step": taken.name,
        "minutes_after_arrival": taken.after.as_secs() / 60,
        "took_milliseconds": milliseconds(taken.took),
        "refused": taken.refused,
    })
}

/// How a document ended, as the house has it and not as the drill believes.
fn ended(played: &Played) -> End {
    let Some(view) = &played.view else { return End::TurnedAway };
    match view.request.state {
        RequestState::ForgerySuspected => End::Frozen,
        RequestState::Refused => End::Refused,
        RequestState::Withdrawn => End::Withdrawn,
        RequestState::Delivered => {
            let has = |state: TaskState| view.tasks.iter().any(|task| task.state == state);
            if view.tasks.iter().all(|task| task.state == TaskState::NoData) {
                End::NilReturn
            } else if has(TaskState::Blocked) || has(TaskState::Refused) {
                End::PartlyDelivered
            } else {
                End::Delivered
            }
        }
        _ if view.request.preservation == Some(PreservationState::ProductionAnnounced) => End::Kept,
        _ => End::Open,
    }
}

/// Whether nothing of it was ever granted, and the house said why.
fn is_stopped(played: &Played, ended: End) -> bool {
    let trail = played.view.iter().flat_map(|view| &view.trail);
    let was_granted = trail.into_iter().any(|entry| entry.action == "request.accepted");
    let is_over = matches!(ended, End::Refused | End::TurnedAway | End::Frozen);
    is_over && !was_granted && played.package.is_none() && !reasons(played).is_empty()
}

/// Why it ended so: what the door said, what was noted, what stood against it, what was written to the authority.
fn reasons(played: &Played) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    if played.id.is_none() {
        reasons.extend(played.steps.first().and_then(|step| step.refused.clone()));
    }
    let Some(view) = &played.view else { return reasons };
    let letters = |kinds: &'static [&'static str]| {
        let of_kind = view.letters.iter().filter(|one| kinds.contains(&one.letter.kind.as_str()));
        of_kind.map(|one| one.text.clone())
    };
    reasons.extend(letters(&["note"]));
    let alarms = view.warnings.iter().filter(|warning| warning.weight == "alarm");
    reasons.extend(alarms.map(|warning| format!("{} ({})", warning.text.en, warning.source)));
    let findings = view.tasks.iter().flat_map(|task| task.findings.iter().flatten());
    reasons.extend(findings.map(|finding| format!("{} ({})", finding.en, finding.law)));
    reasons.extend(letters(&["refusal", "withdrawal", "enforcing_authority"]));
    reasons.extend(view.tasks.iter().filter_map(|task| Some(format!("nothing to give: {}", task.nil?))));
    let mut seen = std::collections::BTreeSet::new();
    reasons.retain(|reason| seen.insert(reason.clone()));
    reasons
}

/// What went otherwise than it had to.
fn mistakes(case: &Case, played: &Played, ended: End) -> Vec<String> {
    let mut mistakes = Vec::new();
    if ended != case.expected {
        mistakes.push(format!("expected {}, and it was {ended}", case.expected));
    }
    if case.class == Class::Honest {
        let refused = |step: &Taken| Some(format!("{}: {}", step.name, step.refused.as_ref()?));
        mistakes.extend(played.steps.iter().filter_map(refused));
    }
    let holds = played.package.as_ref().map(|package| package.flaws.clone());
    mistakes.extend(holds.unwrap_or_default());
    if matches!(ended, End::Withdrawn | End::Refused) && !played.is_shredded {
        mistakes.push("what was taken for it was not destroyed".into());
    }
    mistakes
}
