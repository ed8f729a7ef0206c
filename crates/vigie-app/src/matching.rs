//! Matching: which entries of which banks an upload resembles, and what follows from it.
//!
//! What it is: one process's view of the banks (`view.rs`; `load.rs`, `saved.rs` and `keep.rs` have it ready at the next
//! start), questions to it, the judgement of the answers, and receipts
//! that let anybody repeat them. What it is not: it decodes nothing and acts on nothing. Why a perceptual match alone
//! only ever holds a message for review is written in `docs/decisions`.
//!
//! To add a kind of signal: `vigie-match` knows it first, then [`Signals`] carries it.

mod keep;
mod load;
mod receipt;
mod saved;
#[cfg(test)]
pub(crate) mod tests;
mod video;
mod view;

use std::collections::HashSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use vigie_match::vpdq::Owner;
use vigie_match::{Digests, Hit, Pdq, Radii, Signal, SignalKind, Vpdq};
use vigie_media::{Examined, Pass};
use vigie_model::bank::{Bank, BankKind, BankName, BankOrigin, Verdict};
use vigie_store::bank_entries::StoredSignal;

use crate::{App, Result};
pub use load::BanksFrom;
pub use receipt::{MAX_RECEIPTS, MatchReceipt};
pub use video::{VideoMatch, VideoReceipt, VideoRule};
pub use view::IndexState;
use view::View;
pub(crate) use view::{Matching, read_signal, stored_signal, stored_video};

/// What was computed of an upload, as far as it could be.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// The perceptual hash; none where the picture says too little.
    pub pdq: Option<Pdq>,
    /// Which pass made the perceptual hashes.
    pub pass: Pass,
    /// The perceptual hashes of all eight positions of the picture, the picture as it is first.
    pub dihedral: Option<[Pdq; 8]>,
    /// MD5 of the bytes.
    pub md5: Option<[u8; 16]>,
    /// SHA-1 of the bytes.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256 of the bytes.
    pub sha256: Option<[u8; 32]>,
    /// The frames of a video.
    pub video: Option<Arc<Vpdq>>,
}

impl Signals {
    /// The digests of some bytes, without a perceptual hash.
    #[must_use]
    pub fn of_digests(digests: &Digests) -> Self {
        Self {
            md5: Some(digests.md5),
            sha1: Some(digests.sha1),
            sha256: Some(digests.sha256),
            ..Self::default()
        }
    }

    /// The same with the perceptual hashes of this picture, or with none.
    pub(crate) fn take_from(&mut self, picture: Option<&Examined>) {
        self.pdq = picture.and_then(|picture| picture.pdq);
        self.dihedral = picture.and_then(|picture| picture.dihedral);
        self.pass = picture.map(|picture| picture.pass).unwrap_or_default();
    }

    /// One signal alone.
    #[must_use]
    pub fn of(signal: &Signal) -> Self {
        let mut signals = Self::default();
        match *signal {
            Signal::Pdq(hash) => signals.pdq = Some(hash),
            Signal::Md5(digest) => signals.md5 = Some(digest),
            Signal::Sha1(digest) => signals.sha1 = Some(digest),
            Signal::Sha256(digest) => signals.sha256 = Some(digest),
        }
        signals
    }

    /// The signals of one hash that are there, without the turned positions.
    #[must_use]
    pub fn all(&self) -> Vec<Signal> {
        let each = [
            self.pdq.map(Signal::Pdq),
            self.md5.map(Signal::Md5),
            self.sha1.map(Signal::Sha1),
            self.sha256.map(Signal::Sha256),
        ];
        each.into_iter().flatten().collect()
    }

    /// Every signal that is there, as the store keeps it.
    #[must_use]
    pub(crate) fn stored(&self) -> Vec<StoredSignal> {
        let video = self.video.as_deref().map(stored_video);
        self.all().iter().map(stored_signal).chain(video).collect()
    }

    fn digests(&self) -> impl Iterator<Item = Signal> {
        self.all().into_iter().filter(|signal| signal.kind().is_exact())
    }

    /// The signal that was asked to get this match; of a video, its nearest frame.
    fn asked(&self, found: &Match) -> Option<Signal> {
        if let Some(frame) = found.video.and_then(|video| video.frame) {
            return Some(Signal::Pdq(frame.hash));
        }
        if let Some(variant) = found.variant {
            return self.dihedral?.get(usize::from(variant)).copied().map(Signal::Pdq);
        }
        // A picture that is found in a known video was asked by its own hash.
        let kind = if found.kind == SignalKind::Vpdq { SignalKind::Pdq } else { found.kind };
        self.all().into_iter().find(|signal| signal.kind() == kind)
    }
}

/// How the banks are asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Banks take part whose ratio is at least this: from 0.0, which asks every bank with a ratio over 0, to below 1.0.
    /// See [`coin`].
    pub coin: f64,
    /// Only these banks, where given.
    pub banks: Option<Vec<BankName>>,
    /// Whether perceptual hashes are compared.
    pub perceptual: bool,
    /// How many bits further off than its bank says a perceptual hash may lie: not 0 only where the asked one may have
    /// drifted, and what is found is looked at exactly.
    pub widened_by: u32,
    /// Whether digests are compared.
    pub exact: bool,
    /// Whether mirrored and turned copies are looked for, too.
    pub dihedral: bool,
    /// Ask banks of every ratio, even 0: for curators. Banks that are switched off stay out.
    pub every_ratio: bool,
    /// Find entries, too, that are disabled for a time: for curators.
    pub disabled_too: bool,
}

impl Asked {
    /// Everything compared, in every bank whose ratio reaches the coin.
    #[must_use]
    pub fn with_coin(coin: f64) -> Self {
        Self { coin, perceptual: true, exact: true, dihedral: true, ..Self::default() }
    }
}

/// A number from 0.0 to below 1.0 that hangs on the seed alone, so that the same lookup can be repeated.
#[must_use]
pub fn coin(seed: &[u8]) -> f64 {
    let digest = Sha256::digest(seed);
    let first = digest.iter().take(8).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    // 53 bits are what a double holds exactly.
    (first >> 11) as f64 / (1_u64 << 53) as f64
}

/// An entry that an upload resembles.
#[derive(Debug, Clone)]
pub struct Match {
    /// The bank, as it was when it was asked.
    pub bank: Arc<Bank>,
    /// The number of the entry.
    pub entry: i64,
    /// The kind of signal that matched.
    pub kind: SignalKind,
    /// How many bits differ; 0 for digests.
    pub distance: u32,
    /// Which of the eight positions of the picture matched, 0 for the picture as it is; none for digests and where only
    /// one position was asked.
    pub variant: Option<u8>,
    /// What it rests on, where the upload or the entry is a video.
    pub video: Option<VideoMatch>,
    /// The state of the banks that was asked: the number of the ledger entry of their last change, plus one.
    pub index_version: u64,
}

vigie_model::names! {
    /// What a match does to the verdict.
    pub enum Effect {
        /// The verdict of its bank counts.
        Counts => "counts",
        /// The desk is told, and nothing is held back.
        Notes => "notes",
        /// It is of a negative bank, and takes the force from perceptual matches.
        Suppresses => "suppresses",
        /// A negative bank took its force.
        Suppressed => "suppressed",
    }
}

/// What follows from all matches of one upload.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The strongest verdict of the banks that count.
    pub verdict: Verdict,
    /// Whether an exact digest of a bank that counts is among the matches.
    pub exact: bool,
    /// The nearest match of a negative bank, if there is one.
    pub negative: Option<Match>,
    /// Whether the desk is told although nothing is held back.
    pub note: bool,
}

/// The strongest verdict of the banks that were hit.
///
/// A perceptual match alone holds one message for review and never more. A negative bank takes the force from
/// perceptual matches, and from no digest. A bank made through the HMA-compatible API is noted until it is adopted.
#[must_use]
pub fn judge(matches: &[Match]) -> Judgement {
    let negative = matches.iter().filter(|found| found.bank.kind == BankKind::Negative);
    let negative = negative.min_by_key(|found| (found.distance, found.entry)).cloned();
    let effects: Vec<_> = matches.iter().map(|found| (found, effect(found, negative.is_some()))).collect();
    let counting = || effects.iter().filter(|(_, effect)| *effect == Effect::Counts);
    Judgement {
        verdict: counting().map(|(found, _)| verdict(found)).max().unwrap_or(Verdict::Allow),
        exact: counting().any(|(found, _)| found.kind.is_exact()),
        note: effects.iter().any(|(_, effect)| *effect == Effect::Notes),
        negative,
    }
}

/// What one match does, given whether a negative bank was hit as well.
#[must_use]
pub fn effect(found: &Match, negative: bool) -> Effect {
    if found.bank.kind == BankKind::Negative {
        return Effect::Suppresses;
    }
    if negative && !found.kind.is_exact() {
        return Effect::Suppressed;
    }
    if found.bank.origin == BankOrigin::Hma || found.bank.verdict == Verdict::Allow {
        return Effect::Notes;
    }
    Effect::Counts
}

fn verdict(found: &Match) -> Verdict {
    if found.kind.is_exact() { found.bank.verdict } else { found.bank.verdict.min(Verdict::Review) }
}

impl App {
    /// As [`App::find_matches`], away from async code where a video is asked about: it has many frames.
    ///
    /// # Errors
    /// The work panicked.
    pub async fn find_matches_of(&self, signals: &Signals, asked: &Asked) -> Result<Vec<Match>> {
        if signals.video.is_none() {
            return Ok(self.find_matches(signals, asked));
        }
        let (app, signals, asked) = (self.clone(), signals.clone(), asked.clone());
        self.heavy.run(move || app.find_matches(&signals, &asked)).await
    }

    /// Every entry that the signals resemble, digests first, then the nearest first, then by their numbers: the same order
    /// in every process. Takes microseconds, but for a video.
    #[must_use]
    pub fn find_matches(&self, signals: &Signals, asked: &Asked) -> Vec<Match> {
        let view = self.matching().view();
        let radii = view.radii(asked);
        let mut hits = Vec::new();
        if asked.exact {
            signals.digests().for_each(|digest| view.index.search(&digest, &radii, &mut hits));
        }
        let mut found: Vec<(Hit, Option<u8>)> = hits.into_iter().map(|hit| (hit, None)).collect();
        if asked.perceptual {
            find_perceptual(&view, signals, asked, &radii, &mut found);
        }
        let mut matches: Vec<_> =
            found.into_iter().filter_map(|(hit, variant)| view.found(&hit, variant)).collect();
        if let (true, Some(video)) = (asked.perceptual, &signals.video) {
            matches.extend(video::find(&view, video, &radii, self.settings.intake.video));
        }
        // Entries are numbered alike in every process; the slots of banks are not.
        matches.sort_by_key(|found| (!found.kind.is_exact(), found.distance, found.entry, found.kind as u8));
        let now = self.now();
        matches.retain(|found| asked.disabled_too || !self.matching().is_disabled(found.entry, now));
        matches
    }
}

fn find_perceptual(
    view: &View,
    signals: &Signals,
    asked: &Asked,
    radii: &Radii,
    found: &mut Vec<(Hit, Option<u8>)>,
) {
    if let (true, Some(variants)) = (asked.dihedral, &signals.dihedral) {
        let mut hits = Vec::new();
        view.index.search_dihedral(variants, radii, &mut hits);
        found.extend(hits.into_iter().map(|found| (found.hit, u8::try_from(found.variant).ok())));
        return;
    }
    let Some(hash) = signals.pdq else { return };
    let mut hits = Vec::new();
    view.index.search(&Signal::Pdq(hash), radii, &mut hits);
    // Of a known video several frames may be like the picture, and the nearest speaks for it.
    let mut videos = HashSet::new();
    hits.retain(|hit| Owner::of(hit.entry).frames.is_none() || videos.insert((hit.bank, hit.entry)));
    found.extend(hits.into_iter().map(|hit| (hit, None)));
}
