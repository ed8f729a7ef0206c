//! Many questions at once: each kind goes to its shelf, and the answers come back in the order of the questions.

use std::ops::Range;

use super::exact::Exact;
use super::shelf::{Segment, Shelf};
use super::{Hit, Index, Radii};
use crate::signal::{Pdq, Signal};

/// Asked signals of one kind, and their places among all that are asked.
struct Keys<K> {
    places: Vec<usize>,
    keys: Vec<K>,
}

impl<K> Default for Keys<K> {
    fn default() -> Self {
        Self { places: Vec::new(), keys: Vec::new() }
    }
}

impl<K> Keys<K> {
    fn push(&mut self, place: usize, key: K) {
        self.places.push(place);
        self.keys.push(key);
    }
}

/// What is asked, a list for each kind.
#[derive(Default)]
struct Asked {
    pdq: Keys<Pdq>,
    md5: Keys<[u8; 16]>,
    sha1: Keys<[u8; 20]>,
    sha256: Keys<[u8; 32]>,
}

impl Asked {
    fn new(signals: &[Signal]) -> Self {
        let mut asked = Self::default();
        for (place, signal) in signals.iter().enumerate() {
            match signal {
                Signal::Pdq(hash) => asked.pdq.push(place, *hash),
                Signal::Md5(digest) => asked.md5.push(place, *digest),
                Signal::Sha1(digest) => asked.sha1.push(place, *digest),
                Signal::Sha256(digest) => asked.sha256.push(place, *digest),
            }
        }
        asked
    }
}

/// Every hit with the place of its signal, in the order of places and hits.
pub(super) fn all(index: &Index, signals: &[Signal], radii: &Radii) -> Vec<(usize, Hit)> {
    let asked = Asked::new(signals);
    let mut found = Vec::new();
    near(index, &asked.pdq, radii, &mut found);
    let mut exact = |place, bank, entry| {
        found.push((place, Hit { distance: 0, bank, entry, signal: signals[place] }));
    };
    equal(&index.md5, &asked.md5, radii, &mut exact);
    equal(&index.sha1, &asked.sha1, radii, &mut exact);
    equal(&index.sha256, &asked.sha256, radii, &mut exact);
    // What one segment found stands together already, so the first sort has little to do.
    found.sort_by_key(|&(place, _)| place);
    found.chunk_by_mut(|one, other| one.0 == other.0).for_each(<[_]>::sort_unstable);
    found
}

/// Adds every row within its bank's radius of an asked hash.
fn near(index: &Index, asked: &Keys<Pdq>, radii: &Radii, found: &mut Vec<(usize, Hit)>) {
    let Some(widest) = radii.widest() else { return };
    for sealed in index.pdq.snapshot().iter() {
        // Whose they are lies elsewhere in memory: it is asked for at once, and read when all were found.
        let mut near = Vec::new();
        sealed.segment.within(&asked.keys, widest, &mut |number, at, hash, distance| {
            sealed.ask_for_owner(at);
            near.push((number, at, hash, distance));
        });
        for (number, at, hash, distance) in near {
            let (entry, bank) = sealed.owner(at);
            if radii.of(bank).is_some_and(|radius| distance <= radius) && !sealed.is_dead(at) {
                found.push((asked.places[number], Hit { distance, bank, entry, signal: Signal::Pdq(hash) }));
            }
        }
    }
}

/// Digests are looked up this many at a time, each step for all before the next: their misses of the cache overlap.
const AT_ONCE: usize = 32;

/// Reports place, bank and entry of every row that equals an asked digest.
fn equal<const N: usize>(
    shelf: &Shelf<Exact<N>>,
    asked: &Keys<[u8; N]>,
    radii: &Radii,
    found: &mut impl FnMut(usize, u32, u64),
) {
    for sealed in shelf.snapshot().iter() {
        for (keys, places) in asked.keys.chunks(AT_ONCE).zip(asked.places.chunks(AT_ONCE)) {
            keys.iter().for_each(|key| sealed.segment.ask_for_start(key));
            keys.iter().for_each(|key| sealed.segment.ask_for_digests(key));
            let mut equal: [Range<u32>; AT_ONCE] = std::array::from_fn(|_| 0..0);
            for (key, equal) in keys.iter().zip(&mut equal) {
                *equal = sealed.segment.equal(key);
                sealed.ask_for_owner(equal.start);
            }
            for (&place, equal) in places.iter().zip(equal) {
                for at in equal {
                    let (entry, bank) = sealed.owner(at);
                    if radii.of(bank).is_some() && !sealed.is_dead(at) {
                        found(place, bank, entry);
                    }
                }
            }
        }
    }
}
