//! Searching a ring: see the module above for why this is complete.

use std::ops::Range;
use std::sync::LazyLock;

use super::{BUCKETS, CHUNKS, Chunks, Places, Ring, chunks_of, following, hash_of};
use crate::index::machine::{LANES, Machine, Task, prefetch};
use crate::signal::Pdq;

/// One or many questions.
pub(super) struct Search<'a> {
    pub(super) ring: &'a Ring,
    pub(super) asked: &'a [Pdq],
    pub(super) radius: u32,
    /// Takes the place of the asked hash, the position of the known one, the known one, and the distance.
    pub(super) found: &'a mut dyn FnMut(usize, u32, Pdq, u32),
}

/// A hash whose run of chunks is within its bound so far.
#[derive(Clone, Copy)]
struct Walker {
    /// Position in the table that it has come to.
    position: u32,
    /// Position in the first table, once it has been there.
    home: u32,
    /// How many bits more the run could have had.
    slack: i32,
    /// How many tables are still to come.
    left: u32,
    /// The chunks seen so far.
    known: Chunks,
}

/// Where a bucket lies, and how far its chunk is from the asked one.
#[derive(Clone, Copy)]
struct Bucket {
    start: u32,
    end: u32,
    distance: i32,
    chunk: u16,
}

impl Bucket {
    /// How many blocks of words are compared for it.
    #[inline(always)]
    fn blocks(&self) -> usize {
        ((self.end - self.start) as usize).div_ceil(LANES)
    }
}

/// Lists that are used again by each table and question.
#[derive(Default)]
struct Scratch {
    buckets: Vec<Bucket>,
    ahead: Vec<Bucket>,
    /// For each block the words that are near; what a table does not need is left from before.
    near: Vec<u32>,
    started: Vec<Walker>,
    walkers: Vec<Walker>,
    arrived: Vec<Walker>,
    positions: Positions,
}

/// A search on a machine. Its units of work are the tables of each question, one after the other.
struct Tour<'a, M> {
    ring: &'a Ring,
    asked: &'a [Chunks],
    thresholds: [i32; CHUNKS],
    machine: M,
}

impl Task for Search<'_> {
    #[inline(always)]
    fn run<M: Machine>(self, machine: M) {
        let asked: Vec<Chunks> = self.asked.iter().map(chunks_of).collect();
        let tour = Tour { ring: self.ring, asked: &asked, thresholds: thresholds(self.radius), machine };
        let mut scratch = Scratch::default();
        tour.list_buckets(0, &mut scratch.ahead);
        tour.ask_for_starts(1);
        for place in 0..asked.len() {
            let mut hit = |walker: &Walker| {
                let distance =
                    walker.known.iter().zip(&asked[place]).map(|(known, asked)| (known ^ asked).count_ones());
                (self.found)(place, walker.home, hash_of(&walker.known), distance.sum());
            };
            tour.first_lap(place, &mut scratch, &mut hit);
            tour.second_lap(place, &mut scratch, &mut hit);
        }
    }
}

impl<M: Machine> Tour<'_, M> {
    /// Every table begins walks; those of earlier tables go on.
    ///
    /// No branch depends on memory that was not there yet, so that the machine runs ahead and has many reads under way:
    /// the bounds of buckets are asked for two tables ahead and read one ahead, their words are asked for while the
    /// words of this table are compared, and no result is looked at before all are there.
    #[inline(always)]
    fn first_lap(&self, place: usize, scratch: &mut Scratch, hit: &mut impl FnMut(&Walker)) {
        for table in 0..CHUNKS {
            let unit = place * CHUNKS + table;
            std::mem::swap(&mut scratch.buckets, &mut scratch.ahead);
            self.list_buckets(unit + 1, &mut scratch.ahead);
            self.ask_for_starts(unit + 2);
            self.compare(unit, &scratch.buckets, &scratch.ahead, &mut scratch.near);
            self.begin(table, &scratch.buckets, &scratch.near, &mut scratch.started);
            if table > 0 {
                self.advance(place, table - 1, &scratch.walkers, &mut scratch.arrived, hit);
                std::mem::swap(&mut scratch.walkers, &mut scratch.arrived);
                scratch.walkers.iter().for_each(|walker| self.ask_for(table, walker));
            }
            join(&mut scratch.walkers, &scratch.started, &mut scratch.positions);
        }
    }

    /// No table begins a walk; those on their way come around.
    #[inline(always)]
    fn second_lap(&self, place: usize, scratch: &mut Scratch, hit: &mut impl FnMut(&Walker)) {
        for table in 0..CHUNKS {
            let before = (table + CHUNKS - 1) % CHUNKS;
            self.advance(place, before, &scratch.walkers, &mut scratch.arrived, hit);
            std::mem::swap(&mut scratch.walkers, &mut scratch.arrived);
            if scratch.walkers.is_empty() {
                return;
            }
            scratch.walkers.iter().for_each(|walker| self.ask_for(table, walker));
        }
        scratch.walkers.clear();
    }

    /// Asks for the bounds of the buckets of a unit.
    #[inline(always)]
    fn ask_for_starts(&self, unit: usize) {
        let table = unit % CHUNKS;
        let Some(asked) = self.asked.get(unit / CHUNKS) else { return };
        for masks in (0..=self.thresholds[table]).zip(MASKS.iter()).map(|(_, masks)| masks) {
            for mask in masks {
                prefetch(&self.ring.starts, table * (BUCKETS + 1) + (asked[table] ^ mask) as usize);
            }
        }
    }

    /// The buckets of a unit's table that are within the threshold.
    #[inline(always)]
    fn list_buckets(&self, unit: usize, buckets: &mut Vec<Bucket>) {
        buckets.clear();
        let table = unit % CHUNKS;
        let Some(asked) = self.asked.get(unit / CHUNKS) else { return };
        for (distance, masks) in (0..=self.thresholds[table]).zip(MASKS.iter()) {
            for mask in masks {
                let chunk = asked[table] ^ mask;
                let Range { start, end } = self.ring.bucket(table, chunk);
                buckets.push(Bucket { start, end, distance, chunk });
            }
        }
    }

    /// Finds for each block the words whose next chunk is near enough, and asks for the words of the table behind.
    #[inline(always)]
    fn compare(&self, unit: usize, buckets: &[Bucket], ahead: &[Bucket], near: &mut Vec<u32>) {
        let blocks = buckets.iter().map(Bucket::blocks).sum();
        if near.len() < blocks {
            near.resize(blocks, 0);
        }
        let table = unit % CHUNKS;
        let asked = self.asked[unit / CHUNKS][following(table)];
        let words = &self.ring.next[table * self.ring.count..];
        let words_ahead = &self.ring.next[following(table) * self.ring.count..];
        let mut rest = near.as_mut_slice();
        for at in 0..buckets.len().max(ahead.len()) {
            if let Some(bucket) = ahead.get(at) {
                let mut word = bucket.start;
                while word < bucket.end {
                    prefetch(words_ahead, word as usize);
                    word += LANES as u32;
                }
            }
            let Some(bucket) = buckets.get(at) else { continue };
            let limit = self.limit(table, bucket);
            let (near, behind) = rest.split_at_mut(bucket.blocks());
            let (blocks, _) = words[bucket.start as usize..].as_chunks::<LANES>();
            for (near, block) in near.iter_mut().zip(blocks) {
                *near = self.machine.near(block, asked, limit as u16);
            }
            rest = behind;
        }
    }

    /// How far the next chunk of a hash in this bucket may lie from the asked one. It is not negative, because a bucket
    /// is within the threshold of its table and no threshold is below −1.
    #[inline(always)]
    fn limit(&self, table: usize, bucket: &Bucket) -> i32 {
        self.thresholds[table] - bucket.distance + 1 + self.thresholds[following(table)]
    }

    /// Begins a walk with every near word.
    #[inline(always)]
    fn begin(&self, table: usize, buckets: &[Bucket], near: &[u32], started: &mut Vec<Walker>) {
        started.clear();
        let mut near = near.iter();
        for bucket in buckets {
            let slack = self.thresholds[table] - bucket.distance;
            for (block, near) in (0..).zip(near.by_ref().take(bucket.blocks())) {
                let mut near = *near;
                while near != 0 {
                    let position = bucket.start + block * LANES as u32 + near.trailing_zeros();
                    near &= near - 1;
                    if position < bucket.end {
                        // The chunk is written in its place afterwards: written before, it would have to come back
                        // through the narrow stores of an array that is then moved.
                        let left = CHUNKS as u32 - 1;
                        started.push(Walker { position, home: position, slack, left, known: [0; CHUNKS] });
                        if let Some(walker) = started.last_mut() {
                            walker.known[table] = bucket.chunk;
                        }
                        self.ask_for_step(table, position);
                    }
                }
            }
        }
    }

    /// Asks for what the step of a new walker needs; its next chunk was just read.
    #[inline(always)]
    fn ask_for_step(&self, table: usize, position: u32) {
        let word = self.ring.word(table, position);
        match &self.ring.places {
            Places::Narrow(places) => prefetch(places, word),
            Places::Wide(places) => prefetch(places, word),
        }
        let next = following(table) * (BUCKETS + 1) + self.ring.next[word] as usize;
        prefetch(&self.ring.starts, next);
    }

    /// Takes walkers from `table` to the next one. Those that leave their bound are gone, those that came around are
    /// hits; these stay for one table more, so that no other walk begins there for the same hash.
    #[inline(always)]
    fn advance(
        &self,
        place: usize,
        table: usize,
        walkers: &[Walker],
        arrived: &mut Vec<Walker>,
        hit: &mut impl FnMut(&Walker),
    ) {
        arrived.clear();
        let next = following(table);
        for walker in walkers.iter().filter(|walker| walker.left > 0) {
            let chunk = self.ring.next(table, walker.position);
            let distance = (chunk ^ self.asked[place][next]).count_ones();
            let slack = walker.slack + 1 + self.thresholds[next] - distance.cast_signed();
            if slack < 0 {
                continue;
            }
            prefetch(&self.ring.starts, next * (BUCKETS + 1) + chunk as usize);
            arrived.push(*walker);
            if let Some(walker) = arrived.last_mut() {
                walker.slack = slack;
                walker.left -= 1;
                walker.known[next] = chunk;
            }
        }
        // Where near-duplicates lie many walk on, so their steps are taken when what these need is there.
        for walker in arrived {
            walker.position = self.ring.step(table, walker.position, walker.known[next]);
            if next == 0 {
                walker.home = walker.position;
            }
            if walker.left == 0 {
                hit(walker);
            }
        }
    }

    #[inline(always)]
    fn ask_for(&self, table: usize, walker: &Walker) {
        let word = self.ring.word(table, walker.position);
        prefetch(&self.ring.next, word);
        match &self.ring.places {
            Places::Narrow(places) => prefetch(places, word),
            Places::Wide(places) => prefetch(places, word),
        }
    }
}

/// The positions of walkers, for asking whether one of them is there.
#[derive(Default)]
struct Positions {
    /// A hash table with at least half of its places empty; a walker never has the position that means so.
    slots: Vec<u32>,
}

impl Positions {
    const EMPTY: u32 = u32::MAX;

    fn fill(&mut self, walkers: &[Walker]) {
        self.slots.clear();
        self.slots.resize((walkers.len() * 2).next_power_of_two(), Self::EMPTY);
        for walker in walkers {
            let slot = self.slot(walker.position);
            self.slots[slot] = walker.position;
        }
    }

    fn contains(&self, position: u32) -> bool {
        self.slots[self.slot(position)] == position
    }

    /// Where the position stands, or would.
    fn slot(&self, position: u32) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = (position.wrapping_mul(0x9e37_79b9) >> 7) as usize & last;
        while self.slots[slot] != Self::EMPTY && self.slots[slot] != position {
            slot = (slot + 1) & last;
        }
        slot
    }
}

/// Adds the walkers that started here, but for those that are already on their way: a walker that comes from an earlier
/// table has more slack from here on than one that starts here, so it goes wherever the other would.
#[inline(always)]
fn join(walkers: &mut Vec<Walker>, started: &[Walker], positions: &mut Positions) {
    if walkers.is_empty() || started.is_empty() {
        walkers.extend_from_slice(started);
        return;
    }
    positions.fill(walkers);
    walkers.extend(started.iter().filter(|walker| !positions.contains(walker.position)));
}

/// Thresholds that add up to the radius less fifteen, as equal as can be. A table with −1 starts no walk.
fn thresholds(radius: u32) -> [i32; CHUNKS] {
    let sum = radius.min(256).cast_signed() - (CHUNKS as i32 - 1);
    let (each, rest) = (sum.div_euclid(CHUNKS as i32), sum.rem_euclid(CHUNKS as i32));
    std::array::from_fn(|table| each + i32::from((table as i32) < rest))
}

/// All differences of two chunks, by the number of bits that differ.
static MASKS: LazyLock<[Vec<u16>; CHUNKS + 1]> = LazyLock::new(|| {
    let with_bits = |bits: usize| move |mask: &u16| mask.count_ones() as usize == bits;
    std::array::from_fn(|bits| (0..BUCKETS).map(|mask| mask as u16).filter(with_bits(bits)).collect())
});
