//! Lookups as HMA answers them: which banks, which content, at which distance.

use std::collections::BTreeMap;

use vigie_match::{Signal, SignalKind};
use vigie_model::bank::BankKind;
use vigie_model::{Caller, Operation};
use vigie_store::bank_entries;

use super::{SIGNAL_TYPES, SignalType, named, parse};
use crate::matching::{Asked, Effect, Match, Signals, coin, effect};
use crate::{App, Code, Error, Resource, Result, authorise, permits};

/// How a lookup is asked.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// Only these banks, where given; names that no bank has match nothing.
    pub banks: Option<Vec<String>>,
    /// What the coin hangs on, so that the same content gets the same answer.
    pub seed: Option<String>,
    /// Ask banks of every ratio, even 0.
    pub bypass_coinflip: bool,
}

/// Content that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub content: i64,
    /// The distance as HMA writes it: a number for PDQ, `-` for digests.
    pub distance: String,
}

/// How the index of a signal type stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeIndex {
    /// The type.
    pub signal_type: SignalType,
    /// Signals in the index.
    pub size: usize,
    /// Signals in the database that should be in it.
    pub stored: i64,
    /// When the index last changed, in seconds since 1970; -1 while it is empty.
    pub built_to: i64,
}

impl App {
    /// The banks that hold something like this signal, by name, and what of them. Content that is disabled and banks that
    /// the coin leaves out are not in it, nor what a negative bank suppresses.
    ///
    /// # Errors
    /// Not permitted, an unknown type, no signal of that type, or [`Code::TooMany`] in this hour.
    pub async fn hma_lookup(
        &self,
        caller: &Caller,
        signal_type: &str,
        signal: &str,
        lookup: &Lookup,
    ) -> Result<BTreeMap<String, Vec<Found>>> {
        authorise(caller, Operation::HmaMatch, Resource::Any)?;
        let signal = parse(self.enabled_type(signal_type).await?, signal)?;
        self.take_lookup(caller)?;
        let matches = self.find(&signal, lookup, Asked { every_ratio: lookup.bypass_coinflip, ..asked() });
        let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        for it in matches {
            found.entry(it.bank.name.to_string()).or_default().push(shown(&it));
        }
        Ok(found)
    }

    /// Every content that is like this signal, whatever the ratio of its bank and though it is disabled; what was removed
    /// is not in it.
    ///
    /// # Errors
    /// As [`App::hma_lookup`].
    pub async fn hma_raw_lookup(
        &self,
        caller: &Caller,
        signal_type: &str,
        signal: &str,
        lookup: &Lookup,
    ) -> Result<Vec<Found>> {
        authorise(caller, Operation::HmaMatch, Resource::Any)?;
        let signal = parse(self.enabled_type(signal_type).await?, signal)?;
        self.take_lookup(caller)?;
        let everything = Asked { every_ratio: true, disabled_too: true, ..asked() };
        Ok(self.find(&signal, lookup, everything).iter().map(shown).collect())
    }

    /// Whether two signals of a type match, and their distance (0 or 1 for digests).
    ///
    /// # Errors
    /// Not permitted, an unknown type, or no signals of that type.
    pub async fn hma_compare(
        &self,
        caller: &Caller,
        signal_type: &str,
        signals: [&str; 2],
    ) -> Result<(bool, u32)> {
        authorise(caller, Operation::HmaMatch, Resource::Any)?;
        let it = self.enabled_type(signal_type).await?;
        let [left, right] = [parse(it, signals[0])?, parse(it, signals[1])?];
        Ok(match (left, right) {
            (Signal::Pdq(left), Signal::Pdq(right)) => {
                let distance = left.distance(&right);
                (distance <= super::curation::DISTANCE, distance)
            }
            (left, right) => (left == right, u32::from(left != right)),
        })
    }

    /// How the index of one type stands, or of all.
    ///
    /// # Errors
    /// Not permitted, or an unknown type.
    pub async fn hma_index(&self, caller: &Caller, signal_type: Option<&str>) -> Result<Vec<TypeIndex>> {
        if !permits(caller, Operation::HmaMatch, Resource::Any) {
            authorise(caller, Operation::HmaCurate, Resource::Any)?;
        }
        let types = match signal_type {
            Some(name) => vec![named(name)?],
            None => SIGNAL_TYPES.to_vec(),
        };
        let stored = bank_entries::count_signals(&mut self.store.read().await?).await?;
        let row = |signal_type: SignalType| {
            let size = self.matching().size(signal_type.kind);
            TypeIndex {
                signal_type,
                size,
                stored: stored.get(&i64::from(signal_type.kind as u8)).copied().unwrap_or(0),
                built_to: if size == 0 { -1 } else { self.matching().changed_at().unix_seconds() },
            }
        };
        Ok(types.into_iter().map(row).collect())
    }

    fn take_lookup(&self, caller: &Caller) -> Result<()> {
        let most = self.settings.intake.lookups_per_hour;
        if self.intake().lookups.take(caller, self.now(), most) {
            return Ok(());
        }
        Err(Error::new(
            Code::TooMany,
            format!("{most} signals were looked up in this hour: wait for the next"),
        ))
    }

    fn find(&self, signal: &Signal, lookup: &Lookup, mut asked: Asked) -> Vec<Match> {
        asked.coin = match &lookup.seed {
            Some(seed) => coin(seed.as_bytes()),
            None => coin(self.ids.uuid().as_bytes()),
        };
        let matches = self.find_matches(&Signals::of(signal), &asked);
        let negative = matches.iter().any(|it| it.bank.kind == BankKind::Negative);
        // A picture is also found among the frames of videos, of which the clients of HMA do not know.
        let wanted = |it: &Match| {
            it.kind == signal.kind()
                && matches!(effect(it, negative), Effect::Counts | Effect::Notes)
                && lookup
                    .banks
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|name| name == it.bank.name.as_str()))
        };
        matches.into_iter().filter(wanted).collect()
    }
}

fn asked() -> Asked {
    Asked { perceptual: true, exact: true, ..Asked::default() }
}

fn shown(found: &Match) -> Found {
    let distance = match found.kind {
        SignalKind::Pdq => found.distance.to_string(),
        _ => "-".to_owned(),
    };
    Found { content: found.entry, distance }
}
