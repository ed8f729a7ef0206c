//! Videos in the index: a row for each frame that counts, and the shares of many known videos found at once.
//!
//! The rows of a video and those of pictures lie on one shelf, so that one lookup finds both. A row says by its entry
//! number that it is a frame, and of how many: [`Owner`] takes that apart. The index keeps it through its saved form.

use std::collections::{HashMap, HashSet};

use super::{Frame, MOST_FRAMES, Share, Vpdq};
use crate::index::{Index, Radii, Row};
use crate::signal::{Pdq, Signal};

/// The bit that tells a frame of a video from a picture.
const VIDEO: u64 = 1 << 63;
/// Below the number of frames stands the number of the entry.
const ENTRY_BITS: u32 = 47;
/// Frames asked at once: what they hit is counted and forgotten before the next are asked.
const AT_ONCE: usize = 256;

const _: () = assert!(MOST_FRAMES < 1 << (63 - ENTRY_BITS), "the number of frames fits beside the entry");

/// What a row of the index belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    /// The entry.
    pub entry: u64,
    /// How many frames of its video count; none where the row is a picture or a digest.
    pub frames: Option<u32>,
}

impl Owner {
    /// How much a picture like one of the frames has in common with the video, as a video of one frame.
    #[must_use]
    pub fn share_of_picture(self) -> Option<Share> {
        self.frames.map(|of_compared| Share { query: 1, of_query: 1, compared: 1, of_compared })
    }

    /// Takes the entry number of a row or hit apart.
    #[must_use]
    pub fn of(number: u64) -> Self {
        let entry = number & ((1 << ENTRY_BITS) - 1);
        if number & VIDEO == 0 {
            return Self { entry: number, frames: None };
        }
        Self { entry, frames: Some(((number & !VIDEO) >> ENTRY_BITS) as u32) }
    }

    fn number(entry: u64, frames: usize) -> u64 {
        assert!(entry < 1 << ENTRY_BITS, "entries are numbered from 1, and nobody has 140 million millions");
        VIDEO | (frames as u64) << ENTRY_BITS | entry
    }
}

/// The rows of a known video.
///
/// # Panics
/// The entry is 2^47 or more.
#[must_use]
pub fn rows(entry: u64, bank: u32, video: &Vpdq) -> Vec<Row> {
    let kept = video.kept();
    let entry = Owner::number(entry, kept.len());
    kept.into_iter().map(|frame| Row { entry, bank, signal: Signal::Pdq(frame.hash) }).collect()
}

/// A known video, or a picture, of which a video shows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoHit {
    /// Slot number of the bank.
    pub bank: u32,
    /// What was hit; a picture is compared as a video of one frame.
    pub owner: Owner,
    /// How much of each is in the other.
    pub share: Share,
    /// How many bits the nearest pair of frames differs in.
    pub distance: u32,
    /// The asked frame of that pair.
    pub frame: Frame,
}

/// Every known video and picture with a frame like one of these, whatever its share; the order is that of banks and
/// entries. `query` are the frames that count, see [`Vpdq::kept`].
#[must_use]
pub fn search(index: &Index, query: &[Frame], radii: &Radii) -> Vec<VideoHit> {
    let mut tallies: HashMap<(u32, u64), Tally> = HashMap::new();
    let mut hits = Vec::new();
    for (part, frames) in (0..).zip(query.chunks(AT_ONCE)) {
        let signals: Vec<_> = frames.iter().map(|frame| Signal::Pdq(frame.hash)).collect();
        hits.clear();
        index.search_batch(&signals, radii, &mut hits);
        for (place, hit) in &hits {
            let Signal::Pdq(known) = hit.signal else { continue };
            let tally = tallies.entry((hit.bank, hit.entry)).or_default();
            tally.count(part * AT_ONCE + place, known, hit.distance);
        }
    }
    let mut found: Vec<_> =
        tallies.into_iter().map(|((bank, entry), tally)| tally.hit(bank, Owner::of(entry), query)).collect();
    found.sort_unstable_by_key(|hit| (hit.bank, hit.owner));
    found
}

/// What was hit of one entry so far.
#[derive(Default)]
struct Tally {
    /// Asked frames, each once: they come in order.
    query: u32,
    last: Option<usize>,
    known: HashSet<Pdq>,
    /// Distance and place of the nearest asked frame.
    nearest: Option<(u32, usize)>,
}

impl Tally {
    fn count(&mut self, place: usize, known: Pdq, distance: u32) {
        self.query += u32::from(self.last != Some(place));
        self.last = Some(place);
        self.known.insert(known);
        let nearest = self.nearest.get_or_insert((distance, place));
        *nearest = (*nearest).min((distance, place));
    }

    fn hit(self, bank: u32, owner: Owner, query: &[Frame]) -> VideoHit {
        let (distance, place) = self.nearest.unwrap_or_default();
        let share = Share {
            query: self.query,
            of_query: query.len() as u32,
            compared: self.known.len() as u32,
            of_compared: owner.frames.unwrap_or(1),
        };
        VideoHit { bank, owner, share, distance, frame: query[place] }
    }
}
