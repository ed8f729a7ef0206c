//! Match receipts: what matched, under which thresholds, in which state of the banks; enough to repeat the answer.

use serde::{Deserialize, Serialize};
use vigie_match::{Signal, SignalKind};
use vigie_model::bank::{BankName, Label, Verdict};
use vigie_model::id::BankId;
use vigie_store::{Read, bank_entries};

use super::{Asked, Effect, Match, Signals, VideoReceipt, effect};
use crate::{App, Result};
use vigie_model::bank::BankKind;

/// More matches than this of one upload get no receipt each: the nearest do.
pub const MAX_RECEIPTS: usize = 64;

/// The receipt of one match. It holds distances, so only callers with that role may see it; it is no ledger entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchReceipt {
    /// The kind of the known signal: `pdq`, `vpdq`, `md5`, `sha1`, `sha256`.
    pub signal: String,
    /// The signal of the upload that was asked, in hexadecimal; of a video, its nearest frame. The known signal is not
    /// told.
    pub asked: String,
    /// Which of the eight positions of the picture matched, where all were asked.
    pub variant: Option<u8>,
    /// What it rests on, where the upload or the entry is a video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoReceipt>,
    /// How many bits differ; 0 for digests.
    pub distance: u32,
    /// The bank.
    pub bank: BankId,
    /// Its name at that moment.
    pub bank_name: BankName,
    /// Its verdict at that moment.
    pub verdict: Verdict,
    /// The greatest distance that was a match in it.
    pub threshold: u32,
    /// The share of lookups in which it took part.
    pub ratio: f64,
    /// The coin of this lookup: banks took part whose ratio was at least this.
    pub coin: f64,
    /// The number of the entry.
    pub entry: i64,
    /// Who vouches for the entry.
    pub source: String,
    /// What the entry is about.
    pub labels: Vec<Label>,
    /// Where the source keeps the original.
    pub original_reference: Option<String>,
    /// What the match does to the verdict.
    pub effect: Effect,
    /// The state of the banks that was asked; see [`Match::index_version`].
    pub index_version: u64,
}

impl MatchReceipt {
    /// The lookup that gave the receipt, so far as its own match hangs on it: on the same state of the banks it gives the
    /// same answer. None where the receipt does not hold what it should.
    #[must_use]
    pub fn lookup(&self) -> Option<(Signals, Asked)> {
        // Of a video the receipt holds the nearest frame, which is asked like a picture.
        let kind = Some(self.signal.parse().ok()?).filter(|kind| *kind != SignalKind::Vpdq);
        let signal = Signal::parse(kind.unwrap_or(SignalKind::Pdq), &self.asked).ok()?;
        let by_ratio = self.ratio > 0.0 && self.ratio >= self.coin;
        let asked = Asked { every_ratio: !by_ratio, dihedral: false, ..Asked::with_coin(self.coin) };
        Some((Signals::of(&signal), asked))
    }
}

impl App {
    /// The receipts of matches, at most [`MAX_RECEIPTS`], in their order.
    ///
    /// # Errors
    /// The store failed.
    pub async fn match_receipts(
        &self,
        read: &mut impl Read,
        signals: &Signals,
        asked: &Asked,
        matches: &[Match],
    ) -> Result<Vec<MatchReceipt>> {
        let negative = matches.iter().any(|found| found.bank.kind == BankKind::Negative);
        let mut receipts = Vec::new();
        for found in matches.iter().take(MAX_RECEIPTS) {
            let entry = bank_entries::find(read, found.entry).await?;
            let (source, labels, original_reference) = entry
                .map(|entry| (entry.source, entry.labels, entry.original_reference))
                .unwrap_or_else(|| (found.bank.source.clone(), vec![], None));
            receipts.push(MatchReceipt {
                signal: found.kind.name().to_owned(),
                asked: signals.asked(found).map(|signal| signal.hex()).unwrap_or_default(),
                variant: found.variant,
                video: found.video.map(|video| VideoReceipt::new(&video, self.settings.intake.video)),
                distance: found.distance,
                bank: found.bank.id,
                bank_name: found.bank.name.clone(),
                verdict: found.bank.verdict,
                threshold: found.bank.distance,
                ratio: found.bank.ratio,
                coin: asked.coin,
                entry: found.entry,
                source,
                labels,
                original_reference,
                effect: effect(found, negative),
                index_version: found.index_version,
            });
        }
        Ok(receipts)
    }
}
