//! Many PDQ hashes: sixteen tables that point around in a ring.
//!
//! **The tables.** A hash is cut into sixteen chunks of sixteen bits (`chunks`). Table *i* sorts the hashes by chunk *i*
//! into 65,536 buckets. For each hash it stores only chunk *i + 1* and the place of the hash within its bucket of table
//! *i + 1*, which together name its position there. The hash itself is stored nowhere: walking once around the ring
//! spells it out. That is 64 bytes for each hash of 32, with no further copy and no list of numbers.
//!
//! **Why the search is complete.** Let the distances of the sixteen chunks add up to at most the radius. Give each table
//! a threshold so that the thresholds add up to the radius less fifteen. Then around the ring there is a table from
//! which on *every* run of chunks adds up to at most its thresholds plus its length less one. (The excess of a chunk,
//! its distance less its threshold less one, is a whole number, and around the ring these sum up to less than zero; by
//! the cycle lemma some start makes all partial sums negative.) So a search looks in each table at the buckets within
//! the threshold of the asked chunk, keeps the hashes whose next chunk leaves the run within its bound, and walks on
//! with these as long as the bound holds. A walk that comes around is a hit, and its sum is the distance. With a single
//! chunk this is multi-index hashing with the general pigeonhole principle; the ring is due to J. Qin and C. Xiao,
//! "Pigeonring: a principle for faster thresholded similarity search" (2018).
//!
//! **Why it is fast.** At radius 31 every threshold is one: 17 buckets in each of 16 tables, each read as one stream of
//! two bytes a hash, 32 at once. One in five hundred of them passes to the next table, so nearly all misses of the
//! cache are the first lines of 272 streams, which are asked for one table ahead.
//!
//! **Any radius** is served: a wider one raises the thresholds, until at last every bucket is read.

mod build;
mod search;

use std::io::{self, Read, Write};
use std::ops::Range;

use super::chunks::{CHUNKS, Chunks, chunks_of, hash_of};
use super::rows::{Owners, Rows};
use super::saved::{In, LoadError, Out};
use super::shelf::{Segment, are_bounds, partition};
use super::{Tuning, machine};
use crate::signal::Pdq;

/// Buckets of a table.
const BUCKETS: usize = 1 << 16;

/// Many PDQ hashes. A position without further word is one in the first table, which is sorted by all chunks.
///
/// Each list has the share of the first table, then that of the second, and so on: as one piece of memory it gets large
/// pages even where a table is small.
pub(super) struct Ring {
    count: usize,
    /// Where each bucket of a table begins, and behind the last the number of hashes.
    starts: Vec<u32>,
    /// The chunk that each hash has in the next table, and some words behind the last so that a block can be read from
    /// anywhere.
    next: Vec<u16>,
    /// The place that each hash has within its bucket of the next table.
    places: Places,
}

/// Places within a bucket: two bytes where no bucket is larger than these can say.
enum Places {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Ring {
    /// The positions of a bucket.
    #[inline(always)]
    fn bucket(&self, table: usize, chunk: u16) -> Range<u32> {
        let at = table * (BUCKETS + 1) + chunk as usize;
        self.starts[at]..self.starts[at + 1]
    }

    /// Where the words of this table and position stand in the lists.
    #[inline(always)]
    fn word(&self, table: usize, position: u32) -> usize {
        table * self.count + position as usize
    }

    /// The chunk in the table behind this one.
    #[inline(always)]
    fn next(&self, table: usize, position: u32) -> u16 {
        self.next[self.word(table, position)]
    }

    /// The position in the table behind this one, where the chunk is `next`.
    #[inline(always)]
    fn step(&self, table: usize, position: u32, next: u16) -> u32 {
        self.starts[following(table) * (BUCKETS + 1) + next as usize] + self.place(table, position)
    }

    /// The place within that bucket.
    #[inline(always)]
    fn place(&self, table: usize, position: u32) -> u32 {
        let word = self.word(table, position);
        match &self.places {
            Places::Narrow(places) => u32::from(places[word]),
            Places::Wide(places) => places[word],
        }
    }

    /// See [`super::near::Near::within`].
    pub(super) fn within(&self, asked: &[Pdq], radius: u32, found: &mut dyn FnMut(usize, u32, Pdq, u32)) {
        machine::run(search::Search { ring: self, asked, radius, found });
    }

    /// Whether the lists have the lengths they must have, and every step leads into the bucket it names.
    fn fits(&self) -> bool {
        let places = match &self.places {
            Places::Narrow(places) => places.len(),
            Places::Wide(places) => places.len(),
        };
        let words = self.count.checked_mul(CHUNKS);
        let lengths = words == Some(places)
            && words.and_then(|words| words.checked_add(machine::LANES)) == Some(self.next.len())
            && self.starts.len() == CHUNKS * (BUCKETS + 1);
        let leads_on = |table: usize| {
            (0..self.count as u32).all(|position| {
                let bucket = self.bucket(following(table), self.next(table, position));
                self.place(table, position) < bucket.end - bucket.start
            })
        };
        lengths
            && self.starts.chunks_exact(BUCKETS + 1).all(|starts| are_bounds(starts, self.count))
            && (0..CHUNKS).all(leads_on)
    }

    /// The chunks of the hash at this position, from the second on.
    fn later_chunks(&self, position: u32) -> impl Iterator<Item = u16> {
        let mut position = position;
        (0..CHUNKS - 1).map(move |table| {
            let next = self.next(table, position);
            position = self.step(table, position, next);
            next
        })
    }
}

fn following(table: usize) -> usize {
    (table + 1) % CHUNKS
}

impl Segment for Ring {
    type Key = Pdq;

    fn build(rows: Rows<Pdq>, _: &Tuning) -> (Self, Owners) {
        let Rows { owners, keys } = rows.map(chunks_of).sorted(|chunks| chunks[0]);
        (build::ring(&keys), owners)
    }

    fn key(&self, at: u32) -> Pdq {
        let first = self.starts[..=BUCKETS].partition_point(|&start| start <= at) - 1;
        let mut chunks = [first as u16; CHUNKS];
        chunks[1..].iter_mut().zip(self.later_chunks(at)).for_each(|(chunk, later)| *chunk = later);
        hash_of(&chunks)
    }

    fn keys(&self) -> Vec<Pdq> {
        let mut chunks = vec![[0; CHUNKS]; self.count];
        for first in 0..BUCKETS {
            for position in self.bucket(0, first as u16) {
                chunks[position as usize][0] = first as u16;
            }
        }
        // All walks go on together, a table at a time: their misses of the cache do not wait for each other.
        let mut positions: Vec<u32> = (0..self.count as u32).collect();
        for table in 0..CHUNKS - 1 {
            for (chunks, position) in chunks.iter_mut().zip(&mut positions) {
                chunks[table + 1] = self.next(table, *position);
                *position = self.step(table, *position, chunks[table + 1]);
            }
        }
        chunks.iter().map(hash_of).collect()
    }

    fn equal(&self, key: &Pdq) -> Range<u32> {
        let asked = chunks_of(key);
        let order = |at| self.later_chunks(at).cmp(asked[1..].iter().copied());
        let bucket = self.bucket(0, asked[0]);
        let start = partition(bucket.clone(), |at| order(at).is_lt());
        let end = partition(start..bucket.end, |at| order(at).is_eq());
        start..end
    }

    fn len(&self) -> usize {
        self.count
    }

    fn bytes(&self) -> usize {
        let places = match &self.places {
            Places::Narrow(places) => places.capacity() * size_of::<u16>(),
            Places::Wide(places) => places.capacity() * size_of::<u32>(),
        };
        self.starts.capacity() * size_of::<u32>() + self.next.capacity() * size_of::<u16>() + places
    }

    fn save(&self, out: &mut Out<impl Write>) -> io::Result<()> {
        out.number(self.count as u64)?;
        out.list(&self.starts)?;
        out.list(&self.next)?;
        match &self.places {
            Places::Narrow(places) => {
                out.number(2_u8)?;
                out.list(places)
            }
            Places::Wide(places) => {
                out.number(4_u8)?;
                out.list(places)
            }
        }
    }

    fn load(from: &mut In<impl Read>) -> Result<Self, LoadError> {
        let count = from.length()?;
        let (starts, next) = (from.list()?, from.list()?);
        let places = match from.number()? {
            2_u8 => Places::Narrow(from.list()?),
            4 => Places::Wide(from.list()?),
            _ => return Err(LoadError::Altered),
        };
        let loaded = Self { count, starts, next, places };
        if loaded.fits() { Ok(loaded) } else { Err(LoadError::Altered) }
    }
}
