//! "Check a file": one person compares one file with the banks and sees the distances. For named roles, few an hour,
//! each time an entry of the ledger, because an answer with distances is an oracle for whoever wants to evade it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;
use vigie_match::Digests;
use vigie_media::{Container, Examined, MediaError};
use vigie_model::bank::Verdict;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::hourly;

use crate::matching::{Asked, MatchReceipt, Signals, judge};
use crate::{App, Code, Error, Resource, Result, authorise};

/// Files that one person may check in an hour.
pub const CHECKS_PER_HOUR: i64 = 60;

/// What a file is, and what it resembles.
#[derive(Debug, Clone)]
pub struct CheckedFile {
    /// What decoding told, where it could be decoded.
    pub picture: Option<Examined>,
    /// Why it could not be decoded.
    pub failure: Option<String>,
    /// What was computed of it.
    pub signals: Signals,
    /// What it resembles: digests first, then the nearest first.
    pub matches: Vec<MatchReceipt>,
    /// How many entries it resembles; the nearest have a receipt.
    pub match_count: usize,
    /// What a submission of it would be answered.
    pub verdict: Verdict,
}

impl App {
    /// Compares one file with every bank that is switched on, whatever its ratio. The file is forgotten.
    ///
    /// # Errors
    /// Not permitted, or too many in this hour.
    pub async fn check_file(&self, caller: &Caller, media: Bytes) -> Result<CheckedFile> {
        authorise(caller, Operation::CheckFile, Resource::Any)?;
        let name = format!("checks:{}", caller.actor());
        let hour = self.now().unix_seconds().div_euclid(3600);
        if hourly::count(&mut self.store.read().await?, &name, hour).await? >= CHECKS_PER_HOUR {
            return Err(too_many());
        }
        let (signals, picture, failure) = self.signals_of(media).await?;
        let asked = Asked { every_ratio: true, ..Asked::with_coin(0.0) };
        let matches = self.find_matches_of(&signals, &asked).await?;

        let mut tx = self.store.begin().await?;
        // Counted once more under the lock: two checks at once must not both be the last.
        if hourly::add(&mut tx, &name, hour, 1).await? > CHECKS_PER_HOUR {
            return Err(too_many());
        }
        let receipts = self.match_receipts(&mut tx, &signals, &asked, &matches).await?;
        let entries: Vec<_> = receipts.iter().map(|receipt| receipt.entry).collect();
        let entry = Details::new(caller, "file.checked", "file", self.now());
        // The entry stands in the ledger before anybody sees the answer.
        tx.commit(&entry.with(json!({ "matches": matches.len(), "entries": entries }))).await?;
        Ok(CheckedFile {
            picture,
            failure,
            signals,
            verdict: judge(&matches).verdict,
            match_count: matches.len(),
            matches: receipts,
        })
    }

    /// Computes what can be computed of a file: always its digests, and what decoding tells or why it failed.
    async fn signals_of(&self, media: Bytes) -> Result<(Signals, Option<Examined>, Option<String>)> {
        let bytes = media.clone();
        let digests = self.heavy.run(move || Digests::of(&bytes)).await?;
        let mut signals = Signals::of_digests(&digests);
        let Some(pool) = &self.media else {
            return Ok((signals, None, Some("no decoding children are set up".to_owned())));
        };
        if Container::sniff(&media).is_some() {
            return match pool.watch(media).await {
                Ok(watched) => {
                    signals.video = Some(Arc::new(watched.vpdq));
                    Ok((signals, None, None))
                }
                Err(error) => failed(signals, error),
            };
        }
        match pool.examine(media).await {
            Ok(examined) => {
                signals.pdq = examined.pdq;
                signals.dihedral = examined.dihedral;
                Ok((signals, Some(examined), None))
            }
            Err(error) => failed(signals, error),
        }
    }
}

/// What is known of a file that could not be decoded; an error where it lies with us.
fn failed(signals: Signals, error: MediaError) -> Result<(Signals, Option<Examined>, Option<String>)> {
    match error {
        MediaError::Busy { .. } | MediaError::Unavailable { .. } => {
            Err(Error::internal("decode the file", error))
        }
        error => Ok((signals, None, Some(error.to_string()))),
    }
}

fn too_many() -> Error {
    Error::new(Code::TooMany, format!("at most {CHECKS_PER_HOUR} files can be checked in an hour"))
}
