//! Exact, found when equal: sorted by their first bits, with a table of where each value of these bits begins.
//!
//! A digest is as good as random, so its first bits spread the rows evenly: a bucket holds about one. Memory is the
//! digest and at most four bytes for the table. Exact that somebody made to share their first bits only make that
//! bucket longer.

use std::io::{self, Read, Write};
use std::ops::Range;

use super::Tuning;
use super::machine::prefetch;
use super::pages;
use super::rows::{Owners, Rows};
use super::saved::{In, LoadError, Out};
use super::shelf::{Segment, are_bounds, partition};

/// Exact of `N` bytes.
pub(super) struct Exact<const N: usize> {
    /// How many first bits name a bucket, 0 to 32.
    bits: u32,
    /// Where each bucket begins, and behind the last the number of digests.
    starts: Vec<u32>,
    digests: Vec<[u8; N]>,
}

impl<const N: usize> Exact<N> {
    /// Asks for what [`Exact::ask_for_digests`] reads.
    pub(super) fn ask_for_start(&self, key: &[u8; N]) {
        prefetch(&self.starts, bucket(key, self.bits));
    }

    /// Asks for what [`Segment::equal`] reads.
    pub(super) fn ask_for_digests(&self, key: &[u8; N]) {
        prefetch(&self.digests, self.starts[bucket(key, self.bits)] as usize);
    }
}

impl<const N: usize> Segment for Exact<N> {
    type Key = [u8; N];

    fn build(rows: Rows<[u8; N]>, _: &Tuning) -> (Self, Owners) {
        let Rows { owners, keys: digests } = rows.sorted(|key| bucket(key, 16) as u16);
        let bits = digests.len().max(1).ilog2().min(32);
        let mut starts: Vec<u32> = pages::zeroed((1 << bits) + 1);
        for digest in &digests {
            starts[bucket(digest, bits) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        (Self { bits, starts, digests }, owners)
    }

    fn key(&self, at: u32) -> [u8; N] {
        self.digests[at as usize]
    }

    fn keys(&self) -> Vec<[u8; N]> {
        self.digests.clone()
    }

    fn equal(&self, key: &[u8; N]) -> Range<u32> {
        let bucket = bucket(key, self.bits);
        let bucket = self.starts[bucket]..self.starts[bucket + 1];
        let start = partition(bucket.clone(), |at| self.digests[at as usize] < *key);
        let end = partition(start..bucket.end, |at| self.digests[at as usize] == *key);
        start..end
    }

    fn len(&self) -> usize {
        self.digests.len()
    }

    fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<u32>() + self.digests.capacity() * N
    }

    fn save(&self, out: &mut Out<impl Write>) -> io::Result<()> {
        out.number(self.bits)?;
        out.list(&self.starts)?;
        out.list(&self.digests)
    }

    fn load(from: &mut In<impl Read>) -> Result<Self, LoadError> {
        let loaded = Self { bits: from.number()?, starts: from.list()?, digests: from.list()? };
        let fits = loaded.bits <= 32
            && loaded.starts.len() == (1 << loaded.bits) + 1
            && are_bounds(&loaded.starts, loaded.digests.len());
        if fits { Ok(loaded) } else { Err(LoadError::Altered) }
    }
}

fn bucket<const N: usize>(key: &[u8; N], bits: u32) -> usize {
    let first = key.iter().take(4).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    (first >> (32 - bits)) as usize
}
