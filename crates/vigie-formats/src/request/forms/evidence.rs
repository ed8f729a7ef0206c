//! What is wanted: an identifier each, with its categories and its span.

use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Identifier, Span, Wanted};

use super::super::checks;
use super::names::{self, Name, meaning};
use super::office::line;
use super::read::{Place, date, of_day};
use crate::request::{Diagnostics, MOST_WANTED, Problem, RequestError};

/// What is wanted about one identifier, and what the form calls it.
pub(super) type Numbered = (String, Wanted);

/// All evidence of a section. An identifier of a kind that nobody knows is left out and reported.
pub(super) fn all(
    root: &Place<'_>,
    section: Name,
    service: &str,
    d: &mut Diagnostics,
) -> Result<Vec<Numbered>, RequestError> {
    let place = || format!("{}/{}", root.at(section), names::EVIDENCE.text);
    let section = root.child(section).ok_or_else(|| RequestError::Missing { place: place() })?;
    let mut wanted = Vec::new();
    for (count, element) in section.element.all(names::EVIDENCE).enumerate() {
        if count == MOST_WANTED {
            return Err(RequestError::TooMany { place: place(), limit: MOST_WANTED });
        }
        wanted.push(evidence(&section.below(element), service, d)?);
    }
    if wanted.is_empty() {
        return Err(RequestError::Missing { place: place() });
    }
    Ok(wanted.into_iter().flatten().collect())
}

fn evidence(place: &Place<'_>, service: &str, d: &mut Diagnostics) -> Result<Option<Numbered>, RequestError> {
    let Some(identifier) = place.child(names::IDENTIFIER) else {
        d.add(place.path(), Problem::NoIdentifier);
        return Ok(None);
    };
    let number = line(&identifier, names::IDENTIFIER_ID, d)?;
    let kind = line(&identifier, names::IDENTIFIER_TYPE, d)?;
    let value = line(&identifier, names::IDENTIFIER_VALUE, d)?;
    let named = line(&identifier, names::SERVICE_NAME, d)?;
    let span = span(&identifier, d);
    let categories = categories(place, d);
    let Some(kind) = meaning(names::IDENTIFIERS, &kind) else {
        let problem = Problem::UnknownIdentifier;
        d.show(identifier.at(names::IDENTIFIER_TYPE), problem, &format!("{kind} {value}"));
        return Ok(None);
    };
    let service = if named.is_empty() { service.to_owned() } else { named };
    let identifier_value = Identifier { kind, value, service };
    checks::identifier(&identifier_value, || identifier.at(names::IDENTIFIER_VALUE), d);
    Ok(Some((number, Wanted { identifier: identifier_value, categories, span, criterion: None, cap: None })))
}

fn span(identifier: &Place<'_>, d: &mut Diagnostics) -> Option<Span> {
    let range = identifier.child(names::DATE_TIME_RANGE)?;
    let from = end(&range, names::START, d);
    let until = end(&range, names::END, d);
    let span = from.zip(until).map(|(from, until)| Span { from, until });
    checks::span(span.as_ref(), || range.path(), d);
    span
}

/// One end of a span. A day at its end is all of that day.
fn end(range: &Place<'_>, name: Name, d: &mut Diagnostics) -> Option<Moment> {
    let Some(text) = range.element.child(name).and_then(|element| element.said()) else {
        d.add(range.at(name), Problem::OneEnd);
        return None;
    };
    match of_day(text).filter(|_| name == names::END) {
        Some(day) => Some(day.after(Duration::from_secs(24 * 60 * 60))),
        None => date(text, range.at(name), d),
    }
}

fn categories(evidence: &Place<'_>, d: &mut Diagnostics) -> Vec<Category> {
    let Some(ticked) = evidence.child(names::DATA_CATEGORIES) else {
        d.add(evidence.at(names::DATA_CATEGORIES), Problem::NoCategory);
        return Vec::new();
    };
    let is_ticked = |category: &Category| ticked.child(names::category(*category)).is_some();
    let categories: Vec<_> = Category::ALL.iter().copied().filter(is_ticked).collect();
    if categories.is_empty() {
        d.add(ticked.path(), Problem::NoCategory);
    }
    if let Some(subscriber) = ticked.child(names::SUBSCRIBER) {
        subscriber_ticks(&subscriber, d);
    }
    categories
}

/// The ticks among subscriber data. Where some are set, and not the one that covers a phone number, less is asked than the
/// category says.
fn subscriber_ticks(subscriber: &Place<'_>, d: &mut Diagnostics) {
    let ticks: Vec<_> = subscriber.element.all(names::OPTION).filter_map(|option| option.said()).collect();
    if !ticks.is_empty() && !ticks.contains(&names::USER_INFORMATION) {
        let problem = Problem::FewerTicks;
        d.show(subscriber.path(), problem, &ticks.join(", "));
    }
}
