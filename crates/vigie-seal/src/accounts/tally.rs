//! Counting: which entry counts in which cell, and how long answers took.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use vigie_model::Moment;

use super::{FEW, Key, Shown, Time, Took};
use crate::ledger::Details;

/// The class of the entry that a request begins with.
pub const RECEIVED: &str = "request.received";

/// The classes that count, in alphabetical order.
pub const CLASSES: [&str; 10] = [
    "hunt.done",
    "hunt.hit",
    "package.released",
    "request.accepted",
    "request.clarification",
    "request.forgery_suspected",
    "request.partly_refused",
    RECEIVED,
    "request.refused",
    "request.withdrawn",
];

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The numbers of the entries of each cell, in order.
    pub cells: BTreeMap<Key, Vec<u64>>,
    /// How long answers took, by regime.
    pub times: Vec<Time>,
    /// Answers to requests whose receipt is not among the entries.
    pub unreceived: Vec<u64>,
}

/// Whether an entry of this class answers a request.
#[must_use]
pub fn is_answer(action: &str) -> bool {
    matches!(action, "package.released" | "request.refused")
}

/// The cell in which an entry counts; none where its class is not counted. What is said of a State or a regime comes from
/// documents: what is not written as one is not repeated.
#[must_use]
pub fn key_of(details: &Details) -> Option<Key> {
    let action = CLASSES.into_iter().find(|class| *class == details.action)?.to_owned();
    let parameter = |name: &str| details.parameters.get(name);
    let text = |name| parameter(name).and_then(Value::as_str);
    let named = |name| text(name).filter(|text| is_name(text)).map(str::to_owned);
    let country =
        text("country").filter(|text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()));
    let ground = if action.ends_with("refused") { named("ground") } else { None };
    Some(Key {
        country: country.map(str::to_owned),
        regime: named("regime"),
        binding: parameter("binding").and_then(Value::as_bool),
        emergency: parameter("emergency").and_then(Value::as_bool),
        ground,
        action,
    })
}

fn is_name(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
}

/// Counts the entries of a span. Receipts from before it may be among them: answers are timed from them.
#[must_use]
pub fn tally(entries: &[(u64, Details)], (from, until): (Moment, Moment)) -> Tally {
    let mut tally = Tally::default();
    let received: BTreeMap<&str, Moment> = entries
        .iter()
        .filter(|(_, entry)| entry.action == RECEIVED)
        .map(|(_, entry)| (entry.object.as_str(), entry.at))
        .collect();
    let mut took = BTreeMap::<String, Vec<Duration>>::new();
    for (index, entry) in entries.iter().filter(|(_, entry)| from <= entry.at && entry.at < until) {
        let Some(key) = key_of(entry) else { continue };
        if is_answer(&entry.action) {
            match (received.get(entry.object.as_str()), &key.regime) {
                (Some(came), Some(regime)) => {
                    took.entry(regime.clone()).or_default().push(entry.at.since(*came));
                }
                (None, _) => tally.unreceived.push(*index),
                _ => {}
            }
        }
        tally.cells.entry(key).or_default().push(*index);
    }
    tally.cells.values_mut().for_each(|entries| entries.sort_unstable());
    let enough = |regime: &str| least_answers(&tally.cells, regime) >= FEW;
    let timed = |(regime, times): (String, _)| {
        enough(&regime).then(|| median(times)).flatten().map(|median| Time { regime, median })
    };
    tally.times = took.into_iter().filter_map(timed).collect();
    tally
}

/// How many answers under a regime there are at least, by what is shown of its cells. Whether a time is shown hangs on this and not on
/// what the cells hide: four cells of one to four, and no time, would say that each of them is one.
fn least_answers(cells: &BTreeMap<Key, Vec<u64>>, regime: &str) -> u64 {
    let of_regime =
        cells.iter().filter(|(key, _)| is_answer(&key.action) && key.regime.as_deref() == Some(regime));
    of_regime.map(|(_, entries)| Shown::of(entries.len() as u64).bounds().0).sum()
}

/// The bucket of the median; none where too few took any time. Of two in the middle, the longer.
fn median(mut times: Vec<Duration>) -> Option<Took> {
    if (times.len() as u64) < FEW {
        return None;
    }
    times.sort_unstable();
    let hours = times.get(times.len() / 2)?.as_secs() / 3600;
    Some(match hours {
        0..8 => Took::Hours,
        8..24 => Took::Day,
        24..120 => Took::FiveDays,
        120..240 => Took::TenDays,
        _ => Took::Longer,
    })
}
