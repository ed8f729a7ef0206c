//! A sieve for hashes: it lets nearly all of a stream through unread, and keeps what lies near one of a few known ones.
//!
//! **Why it is complete.** A hash is sixteen chunks. Give each chunk a limit, so that the limits and sixteen together
//! exceed the radius: then a hash within the radius lies within its limit in at least one chunk (or all differences
//! together would be more). So each chunk has a table from its 65,536 values to the known hashes that lie within the
//! limit there, and a row is compared whole with what its sixteen chunks point to.
//!
//! **Why it is fast.** At radius 31 every limit is one. A thousand known hashes leave three quarters of each table
//! empty, which a bit for each value tells without reading the table; the row is compared with four hashes on average.

use super::super::chunks::{CHUNKS, Chunks, chunks_of};
use super::super::machine::{self, Machine, Task};
use crate::signal::Pdq;

/// Values of a chunk.
const VALUES: usize = 1 << 16;

/// A sieve with more places than these in its tables would be slower than the index, and large.
const MOST_PLACES: usize = 1 << 23;

/// A hash as four words; the order of its bits does not matter for a distance.
type Words = [u64; 4];

/// Known hashes, by what is near each of their chunks.
pub(super) struct Sieve {
    radius: u32,
    known: Vec<Chunks>,
    /// The limit of each chunk; none where the other chunks are enough.
    limits: [Option<u32>; CHUNKS],
    /// For each chunk, a bit for each value that some known hash is near.
    used: Vec<u64>,
    /// For each chunk and value, where its known hashes begin in `places`; and behind the last, where they end.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Sieve {
    /// A sieve for these hashes; none where it would get too large.
    pub(super) fn new(known: &[Pdq], radius: u32) -> Option<Self> {
        let limits = limits(radius);
        let balls = limits.map(|limit| limit.map(ball).unwrap_or_default());
        if balls.iter().map(Vec::len).sum::<usize>() * known.len() > MOST_PLACES {
            return None;
        }
        let known: Vec<_> = known.iter().map(chunks_of).collect();
        let (mut used, mut starts, mut places) = (vec![0; CHUNKS * VALUES / 64], Vec::new(), Vec::new());
        for (chunk, ball) in balls.iter().enumerate() {
            let mut near: Vec<(u16, u32)> = Vec::with_capacity(known.len() * ball.len());
            for (number, hash) in (0..).zip(&known) {
                near.extend(ball.iter().map(|bits| (hash[chunk] ^ bits, number)));
            }
            near.sort_unstable();
            let mut rest = near.as_slice();
            for value in 0..VALUES {
                starts.push(places.len() as u32);
                let same = rest.partition_point(|(of, _)| usize::from(*of) == value);
                used[chunk * VALUES / 64 + value / 64] |= u64::from(same > 0) << (value % 64);
                places.extend(rest[..same].iter().map(|(_, number)| number));
                rest = &rest[same..];
            }
        }
        starts.push(places.len() as u32);
        Some(Self { radius, known, limits, used, starts, places })
    }

    /// Tells the row, the known hash and the distance of everything within the radius, once each.
    pub(super) fn sift(&self, rows: &[Chunks], tell: &mut dyn FnMut(usize, u32, u32)) {
        machine::run(Sift { sieve: self, rows, tell });
    }

    /// A bit for each chunk in which some known hash is near.
    #[inline(always)]
    fn used(&self, row: &Chunks) -> u32 {
        let mut mask = 0;
        for (chunk, value) in row.iter().enumerate() {
            let word = self.used[chunk * (VALUES / 64) + usize::from(*value) / 64];
            mask |= ((word >> (value % 64)) as u32 & 1) << chunk;
        }
        mask
    }

    #[inline(always)]
    fn near(&self, chunk: usize, value: u16) -> &[u32] {
        let at = chunk * VALUES + usize::from(value);
        &self.places[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Whether no chunk before this one is near, too: a pair that several chunks point to is told once.
    fn is_first(&self, row: &Chunks, known: &Chunks, chunk: usize) -> bool {
        let near =
            |at: usize| self.limits[at].is_some_and(|limit| (row[at] ^ known[at]).count_ones() <= limit);
        !(0..chunk).any(near)
    }
}

struct Sift<'a> {
    sieve: &'a Sieve,
    rows: &'a [Chunks],
    tell: &'a mut dyn FnMut(usize, u32, u32),
}

impl Task for Sift<'_> {
    #[inline(always)]
    fn run<M: Machine>(self, _: M) {
        for (place, row) in self.rows.iter().enumerate() {
            let words = words(row);
            let mut used = self.sieve.used(row);
            while used != 0 {
                let chunk = used.trailing_zeros() as usize;
                used &= used - 1;
                for &number in self.sieve.near(chunk, row[chunk]) {
                    let known = &self.sieve.known[number as usize];
                    let distance = distance(&words, &self::words(known));
                    if distance <= self.sieve.radius && self.sieve.is_first(row, known, chunk) {
                        (self.tell)(place, number, distance);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn words(chunks: &Chunks) -> Words {
    std::array::from_fn(|word| {
        (0..4).fold(0, |sum, part| sum | u64::from(chunks[word * 4 + part]) << (part * 16))
    })
}

#[inline(always)]
fn distance(one: &Words, other: &Words) -> u32 {
    one.iter().zip(other).map(|(one, other)| (one ^ other).count_ones()).sum()
}

/// The limits of the chunks for a radius: as even as can be, and just enough. The limits, and one for each chunk that
/// has one, add up to the radius and one.
fn limits(radius: u32) -> [Option<u32>; CHUNKS] {
    let chunks = CHUNKS as u32;
    let (each, more) = ((radius + 1) / chunks, (radius + 1) % chunks);
    std::array::from_fn(|chunk| {
        (each + u32::from((chunk as u32) < more)).checked_sub(1).map(|limit| limit.min(16))
    })
}

/// Every way to change at most so many bits of a chunk.
fn ball(limit: u32) -> Vec<u16> {
    (0..=u16::MAX).filter(|bits| bits.count_ones() <= limit).collect()
}
