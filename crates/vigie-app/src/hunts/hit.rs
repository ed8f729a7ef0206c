//! What a hunt comes upon: confirmed against the row, its reference opened, and put before a reviewer.
//!
//! The order is the point. The row is read and compared first; only what holds opens the reference, and the opening, the
//! incident, the note that keeps it from being found twice and the entry in the ledger are one transaction.

use serde_json::json;
use uuid::Uuid;
use vigie_match::{Candidate, Pdq};
use vigie_model::bank::{BankKind, BankName, Verdict};
use vigie_model::hunt::{Hunt, HuntState, Pass};
use vigie_model::incident::{ItemKind, Severity};
use vigie_store::history::{self, Past, Segment};
use vigie_store::hunts::{self, Hit};
use vigie_store::{banks, bases, incidents};

use super::run::{Wanted, found};
use crate::matching::{Asked, Effect, Match, Signals, effect, judge};
use crate::submissions::evidence::Evidence;
use crate::submissions::record::{Found, Item};
use crate::submissions::{Conclusion, Context};
use crate::{App, Error, Result};

impl App {
    /// Notes what holds of the candidates of one row. False when the hunt was stopped.
    pub(super) async fn note_candidates(
        &self,
        hunt: &Hunt,
        wanted: &Wanted,
        segment: Segment,
        candidates: &[Candidate],
    ) -> Result<bool> {
        let Some(first) = candidates.first() else { return Ok(true) };
        let id = Uuid::from_bytes(first.row);
        let mut reader = self.store.read().await?;
        if hunts::is_found(&mut reader, hunt.terms.bank, id).await? {
            return Ok(true);
        }
        let row = history::find(&mut reader, segment, id).await?;
        drop(reader);
        // A row that is gone was forgotten in time.
        let Some(row) = row.filter(|row| (hunt.terms.from..hunt.terms.until).contains(&row.received_at))
        else {
            return Ok(true);
        };
        let signals = signals_of(&row);
        let matches = self.confirmed(wanted, &signals, candidates);
        let matches = self.with_negative(matches, &signals).await?;
        if !holds(&matches) {
            return Ok(true);
        }
        let Some(reference) = self.resolve(&row).await? else { return Ok(true) };
        let basis = bases::find(&mut self.store.read().await?, row.basis).await?;
        let basis = basis.ok_or_else(|| Error::internal("find the basis of history", "there is none"))?;
        let unconfirmed = row.pass == Pass::First && !matches.iter().any(|found| found.kind.is_exact());
        let found = Found {
            context: Context::of_reference(segment.surface()?, reference),
            basis,
            received_at: row.received_at,
            evidence: Evidence { signals, media: None, picture: None, video: None, failure: None },
            asked: Asked { dihedral: false, ..Asked::with_coin(0.0) },
            conclusion: concluded(&matches, unconfirmed),
            matches,
        };
        self.write_hit(hunt, &row, &found, unconfirmed).await
    }

    /// The candidates that are matches: by a hash all are, by a digest those whose row has the whole of it.
    fn confirmed(&self, wanted: &Wanted, signals: &Signals, candidates: &[Candidate]) -> Vec<Match> {
        let bank = std::sync::Arc::new(wanted.bank.clone());
        let own = signals.all();
        let matched = |candidate: &Candidate| {
            let entry = i64::try_from(candidate.entry).ok()?;
            let signal = own.iter().find(|signal| signal.kind() == candidate.kind)?;
            (!candidate.kind.is_exact() || wanted.has(entry, signal)).then(|| Match {
                bank: bank.clone(),
                entry,
                kind: candidate.kind,
                distance: candidate.distance,
                variant: None,
                video: None,
                index_version: self.index_version(),
            })
        };
        let mut matches: Vec<_> = candidates.iter().filter_map(matched).collect();
        matches.sort_by_key(|found| (!found.kind.is_exact(), found.distance, found.entry));
        matches
    }

    /// What is known not to be illegal takes the force from perceptual matches of the past as it does today.
    async fn with_negative(&self, mut matches: Vec<Match>, signals: &Signals) -> Result<Vec<Match>> {
        let all = banks::list(&mut self.store.read().await?).await?;
        let negative: Vec<BankName> =
            all.into_iter().filter(|bank| bank.kind == BankKind::Negative).map(|bank| bank.name).collect();
        if !matches.is_empty() && !negative.is_empty() {
            let asked = Asked { banks: Some(negative), dihedral: false, ..Asked::with_coin(0.0) };
            matches.extend(self.find_matches(signals, &asked));
        }
        Ok(matches)
    }

    async fn write_hit(
        &self,
        hunt: &Hunt,
        row: &Past,
        found_then: &Found,
        unconfirmed: bool,
    ) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        incidents::lock_gathering(&mut tx).await?;
        let state = hunts::find(&mut tx, hunt.id).await?.map(|hunt| hunt.state);
        if state != Some(HuntState::Running) {
            return Ok(false);
        }
        if hunts::is_found(&mut tx, hunt.terms.bank, row.id).await? {
            return Ok(true);
        }
        let written = self.write_submission(&mut tx, found_then, None).await?;
        let item = Item { kind: ItemKind::RetroHunt, report: None, media: None };
        let gathered = self.gather_submission(&mut tx, found_then, &written, item).await?;
        let hit =
            Hit { bank: hunt.terms.bank, upload: row.id, hunt: hunt.id, item: gathered.item, unconfirmed };
        hunts::add_hit(&mut tx, &hit).await?;
        let entry = found(hunt, self.now()).with(json!({
            "bank": hunt.terms.bank,
            "surface": found_then.context.surface,
            "submission": written.id,
            "incident": gathered.incident,
            "unconfirmed": unconfirmed,
        }));
        tx.commit(&entry).await?;
        Ok(true)
    }
}

/// Whether anything of what matched has force.
fn holds(matches: &[Match]) -> bool {
    let negative = matches.iter().any(|found| found.bank.kind == BankKind::Negative);
    matches.iter().any(|found| matches!(effect(found, negative), Effect::Counts | Effect::Notes))
}

/// What follows: a person looks. What was answered then was to let it through, and stays written so.
fn concluded(matches: &[Match], unconfirmed: bool) -> Conclusion {
    let judgement = judge(matches);
    Conclusion {
        verdict: Verdict::Allow,
        hit: true,
        trace: true,
        review: true,
        severity: match judgement.verdict {
            _ if judgement.exact => Severity::High,
            Verdict::Allow => Severity::Low,
            _ if unconfirmed => Severity::Low,
            Verdict::Review | Verdict::Block => Severity::Medium,
        },
    }
}

fn signals_of(row: &Past) -> Signals {
    fn fixed<const N: usize>(bytes: Option<&Vec<u8>>) -> Option<[u8; N]> {
        bytes?.as_slice().try_into().ok()
    }
    Signals {
        pdq: fixed(row.pdq.as_ref()).map(Pdq),
        dihedral: None,
        video: None,
        pass: match row.pass {
            Pass::Exact => vigie_media::Pass::Exact,
            Pass::First => vigie_media::Pass::First,
        },
        md5: fixed(row.md5.as_ref()),
        sha1: fixed(row.sha1.as_ref()),
        sha256: fixed(row.sha256.as_ref()),
    }
}
