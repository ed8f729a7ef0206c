//! Few PDQ hashes, compared one after the other.
//!
//! The four words of each hash lie in four planes, so that the first half of all hashes is read in one stream and the
//! rest only where the first half is near enough. They are sorted, so that an equal one is found without reading all.

use std::io::{self, Read, Write};
use std::ops::Range;

use super::Tuning;
use super::machine::{self, Machine, Task};
use super::rows::{Owners, Rows};
use super::saved::{In, LoadError, Out};
use super::shelf::Segment;
use crate::signal::Pdq;

/// Hashes that are compared before any of them is looked at.
const BLOCK: usize = 32;

/// Sorted PDQ hashes.
pub(super) struct Scan {
    planes: [Vec<u64>; 4],
}

impl Scan {
    /// See [`super::near::Near::within`].
    pub(super) fn within(&self, asked: &[Pdq], radius: u32, found: &mut dyn FnMut(usize, u32, Pdq, u32)) {
        machine::run(Search { scan: self, asked, radius, found });
    }

    /// Reports the hash at this place when it is within the radius.
    fn compare(&self, at: usize, words: &[u64; 4], radius: u32, found: &mut impl FnMut(u32, u32)) {
        let parts = self.planes.iter().zip(words).map(|(plane, word)| (plane[at] ^ word).count_ones());
        let distance = parts.sum();
        if distance <= radius {
            found(at as u32, distance);
        }
    }
}

struct Search<'a> {
    scan: &'a Scan,
    asked: &'a [Pdq],
    radius: u32,
    found: &'a mut dyn FnMut(usize, u32, Pdq, u32),
}

impl Task for Search<'_> {
    #[inline(always)]
    fn run<M: Machine>(self, _: M) {
        for (place, hash) in self.asked.iter().enumerate() {
            near(self.scan, &hash.words(), self.radius, |at, distance| {
                (self.found)(place, at, self.scan.key(at), distance);
            });
        }
    }
}

/// Looks at the first halves of a block at once; only where the least of them is near enough, at each hash.
#[inline(always)]
fn near(scan: &Scan, words: &[u64; 4], radius: u32, mut found: impl FnMut(u32, u32)) {
    let [first, second, ..] = &scan.planes;
    let (first, rest) = first.as_chunks::<BLOCK>();
    let (second, _) = second.as_chunks::<BLOCK>();
    for (block, (first, second)) in first.iter().zip(second).enumerate() {
        let mut least = u64::MAX;
        for (one, two) in first.iter().zip(second) {
            let half = (one ^ words[0]).count_ones() + (two ^ words[1]).count_ones();
            least = least.min(u64::from(half));
        }
        if least <= u64::from(radius) {
            (block * BLOCK..(block + 1) * BLOCK).for_each(|at| scan.compare(at, words, radius, &mut found));
        }
    }
    let behind = first.len() * BLOCK;
    (behind..behind + rest.len()).for_each(|at| scan.compare(at, words, radius, &mut found));
}

impl Segment for Scan {
    type Key = Pdq;

    fn build(rows: Rows<Pdq>, _: &Tuning) -> (Self, Owners) {
        let Rows { owners, keys } = rows.sorted(|hash| u16::from_be_bytes([hash.0[0], hash.0[1]]));
        let plane = |plane| keys.iter().map(|hash| hash.words()[plane]).collect();
        (Self { planes: std::array::from_fn(plane) }, owners)
    }

    fn key(&self, at: u32) -> Pdq {
        let mut bytes = [0; 32];
        for (plane, eight) in self.planes.iter().zip(bytes.chunks_exact_mut(8)) {
            eight.copy_from_slice(&plane[at as usize].to_be_bytes());
        }
        Pdq(bytes)
    }

    fn keys(&self) -> Vec<Pdq> {
        (0..self.planes[0].len() as u32).map(|at| self.key(at)).collect()
    }

    fn equal(&self, key: &Pdq) -> Range<u32> {
        // Among hashes with the same words before, each plane is sorted.
        let (mut start, mut end) = (0, self.planes[0].len());
        for (plane, word) in self.planes.iter().zip(key.words()) {
            let same = &plane[start..end];
            end = start + same.partition_point(|known| *known <= word);
            start += same.partition_point(|known| *known < word);
        }
        start as u32..end as u32
    }

    fn len(&self) -> usize {
        self.planes[0].len()
    }

    fn bytes(&self) -> usize {
        self.planes.iter().map(|plane| plane.capacity() * size_of::<u64>()).sum()
    }

    fn save(&self, out: &mut Out<impl Write>) -> io::Result<()> {
        self.planes.iter().try_for_each(|plane| out.list(plane))
    }

    fn load(from: &mut In<impl Read>) -> Result<Self, LoadError> {
        let planes = [from.list()?, from.list()?, from.list()?, from.list()?];
        let fits = planes.iter().all(|plane: &Vec<u64>| plane.len() == planes[0].len());
        if fits { Ok(Self { planes }) } else { Err(LoadError::Altered) }
    }
}
