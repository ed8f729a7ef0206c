//! What only Form 1 has: its deadlines, the enforcing authority that was notified, the silence, section M.

use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{Emergency, Instrument, Office, Silence};

use super::names::{self, meaning};
use super::office::{line, office};
use super::read::{Place, boolean, date, long, of_day};
use crate::request::{Diagnostics, LONGEST_TEXT, Problem, RequestError};

/// On what the silence of a form rests: the provision under which information of the user may be delayed.
const SILENCE_BASIS: &str =
    "Regulation (EU) 2023/1543, Article 13(2); Directive (EU) 2016/680, Article 13(3)";

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What only Form 1 has: deadlines, the enforcing authority, the silence.
pub(super) fn read(
    root: &Place<'_>,
    instrument: &mut Instrument,
    d: &mut Diagnostics,
) -> Result<(), RequestError> {
    let deadlines = deadlines(root, d)?;
    let issuing = root.child(names::SECTION_I);
    let follows = issuing.as_ref().and_then(|section| boolean(section, names::CASE_WITHOUT_VALIDATION, d))
        == Some(true);
    instrument.emergency =
        deadlines.emergency.map(|emergency| Emergency { validation_follows: follows, ..emergency });
    if let Some(issuing) = issuing.filter(|_| follows && instrument.emergency.is_none()) {
        let place = issuing.at(names::CASE_WITHOUT_VALIDATION);
        d.add(place, Problem::ValidationWithoutEmergency);
    }
    instrument.answer_by = deadlines.answer_by;
    let place = || format!("{}/{}", root.at(names::SECTION_C), names::DEADLINE.text);
    super::super::checks::answer_by(instrument, place, d);
    instrument.notified = notified(root, deadlines.waits, d)?;
    instrument.silence = silence(root, d)?;
    if let Some(section) = root.element.child(names::SECTION_M) {
        let _ = section.all_text();
        let place = root.to(section);
        d.add(place, Problem::SectionM);
    }
    Ok(())
}

#[derive(Default)]
struct Deadlines {
    emergency: Option<Emergency>,
    /// Whether data is produced only at the end of the ten days.
    waits: bool,
    /// Another time that the form sets.
    answer_by: Option<Moment>,
}

fn deadlines(root: &Place<'_>, d: &mut Diagnostics) -> Result<Deadlines, RequestError> {
    let mut deadlines = Deadlines::default();
    let section = root.child(names::SECTION_C).and_then(|section| section.child(names::DEADLINE));
    let Some(section) = section else {
        d.add(root.at(names::SECTION_C), Problem::NoDeadline);
        return Ok(deadlines);
    };
    let mut at_once = false;
    let ticks = section.element.all(names::WITHIN_TEN_DAYS).chain(section.element.all(names::DEADLINE_VALUE));
    let mut ground = None;
    for tick in ticks {
        match tick.said().unwrap_or_default() {
            names::AT_ONCE => at_once = true,
            names::AT_THE_END => deadlines.waits = true,
            other => match meaning(names::EMERGENCIES, other) {
                Some(known) => {
                    if ground.is_some_and(|ground| ground != known) {
                        d.add(section.to(tick), Problem::TwoGrounds);
                    }
                    ground.get_or_insert(known);
                }
                None => d.show(section.to(tick), Problem::UnknownDeadline, other),
            },
        }
    }
    if at_once && deadlines.waits {
        let problem = Problem::BothDeadlines;
        d.add(section.path(), problem);
    }
    if ground.is_some() && (at_once || deadlines.waits) {
        d.add(section.path(), Problem::EmergencyAndDeadline);
    }
    let text = long(&section, names::JUSTIFICATION, d)?;
    if ground.is_none() && !text.is_empty() {
        d.show(section.at(names::JUSTIFICATION), Problem::UrgentWithoutGround, &text);
    }
    deadlines.answer_by = other_deadline(&section, d)?;
    deadlines.emergency = ground.map(|ground| Emergency { ground, text, validation_follows: false });
    Ok(deadlines)
}

/// Another time that section C sets. A day without a time lasts until its end.
fn other_deadline(section: &Place<'_>, d: &mut Diagnostics) -> Result<Option<Moment>, RequestError> {
    let text = line(section, names::OTHER_DEADLINE, d)?;
    if text.is_empty() {
        return Ok(None);
    }
    let end_of_day = of_day(&text).map(|day| day.after(A_DAY));
    Ok(end_of_day.or_else(|| date(&text, section.at(names::OTHER_DEADLINE), d)))
}

/// The enforcing authority that was notified. Where only one of section K and the deadline says so, it counts as notified.
fn notified(root: &Place<'_>, waits: bool, d: &mut Diagnostics) -> Result<Option<Office>, RequestError> {
    let authority =
        root.child(names::SECTION_K).and_then(|section| section.child(names::ENFORCING_AUTHORITY));
    match authority {
        Some(authority) => {
            if !waits {
                let problem = Problem::NotifiedWithoutWait;
                d.add(root.at(names::SECTION_K), problem);
            }
            office(&authority, d).map(Some)
        }
        None if waits => {
            let problem = Problem::WaitWithoutNotified;
            d.add(root.at(names::SECTION_K), problem);
            Ok(Some(Office::default()))
        }
        None => Ok(None),
    }
}

fn silence(root: &Place<'_>, d: &mut Diagnostics) -> Result<Option<Silence>, RequestError> {
    let Some(section) = root.child(names::SECTION_H) else { return Ok(None) };
    let Some(conditions) = section.child(names::DELAY_CONDITIONS) else { return Ok(None) };
    if !conditions.element.has_children() && conditions.element.said().is_none() {
        return Ok(None);
    }
    let text = conditions.element.all_text();
    let text = super::super::checks::text(text, LONGEST_TEXT, || conditions.path(), d)?;
    Ok(Some(Silence { basis: SILENCE_BASIS.to_owned(), until: None, text }))
}
