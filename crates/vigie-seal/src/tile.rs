//! Tiles and bundles of entries as C2SP tlog-tiles names and lays them out.
//!
//! What it is: which files a log of a given size consists of, their paths, their bytes, and [`Growth`], which makes tiles of
//! leaves one after the other. What it is not: it fetches nothing and trusts nothing.
//!
//! Tiles are 8 levels high: 256 hashes, each the root of the full tile below it. A partial tile never hashes upward.

use crate::merkle::{self, Hash};

/// How many hashes or entries a full tile holds.
pub const WIDTH: u64 = 256;

/// How many levels of the tree one level of tiles stands for.
pub const HEIGHT: u32 = 8;

/// The longest entry: its length stands in two bytes.
pub const LONGEST_ENTRY: usize = u16::MAX as usize;

/// What a file of the log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Hashes of this level, 0 to 63.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// One file of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub kind: Kind,
    /// How many of its kind stand left of it.
    pub number: u64,
    /// How many hashes or entries it holds, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Its path below the log's address: `tile/0/x001/x234/067`, `tile/entries/000.p/17`.
    #[must_use]
    pub fn path(self) -> String {
        let mut number = format!("{:03}", self.number % 1000);
        let mut rest = self.number / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let level = match self.kind {
            Kind::Hashes(level) => level.to_string(),
            Kind::Entries => "entries".to_owned(),
        };
        if self.is_full() {
            format!("tile/{level}/{number}")
        } else {
            format!("tile/{level}/{number}.p/{}", self.width)
        }
    }

    /// Reads a path. Only the one right way to write it is read.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match level {
            "entries" => Kind::Entries,
            level => Kind::Hashes(level.parse().ok().filter(|level| *level <= 63)?),
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok().filter(|width| (1..256).contains(width))?),
            None => (rest, WIDTH as u16),
        };
        let digits: String = number.split('/').map(|group| group.trim_start_matches('x')).collect();
        let tile = Self { kind, number: digits.parse().ok()?, width };
        (tile.path() == path).then_some(tile)
    }

    /// Whether it holds all that a tile can hold.
    #[must_use]
    pub fn is_full(self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// The full tile in the same place.
    #[must_use]
    pub fn filled(self) -> Self {
        Self { width: WIDTH as u16, ..self }
    }

    /// The number of its first hash or entry among all of its level.
    #[must_use]
    pub fn first(self) -> u64 {
        self.number.saturating_mul(WIDTH)
    }

    /// Whether a log of this size has all that this tile holds.
    #[must_use]
    pub fn is_within(self, size: u64) -> bool {
        let level = match self.kind {
            Kind::Hashes(level) => u32::from(level),
            Kind::Entries => 0,
        };
        self.first().checked_add(u64::from(self.width)).is_some_and(|end| end <= count_at(level, size))
    }
}

/// How many hashes a log of this size has at a level of tiles.
#[must_use]
pub fn count_at(level: u32, size: u64) -> u64 {
    size.checked_shr(level * HEIGHT).unwrap_or(0)
}

/// Every file but the checkpoint of a log of this size: bundles, then tiles level by level, each from the left.
pub fn files_of(size: u64) -> impl Iterator<Item = Tile> {
    let levels = (0_u8..).take_while(move |level| count_at(u32::from(*level), size) > 0);
    let kinds = std::iter::once((Kind::Entries, size))
        .chain(levels.map(move |level| (Kind::Hashes(level), count_at(u32::from(level), size))));
    kinds.flat_map(|(kind, count)| {
        (0..count.div_ceil(WIDTH)).map(move |number| {
            let width = (count - number * WIDTH).min(WIDTH);
            Tile { kind, number, width: width as u16 }
        })
    })
}

/// Puts an entry at the end of a bundle.
///
/// # Errors
/// The entry is longer than [`LONGEST_ENTRY`].
pub fn put_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryTooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryTooLong(entry.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// An entry that no bundle can hold.
#[derive(Debug, thiserror::Error)]
#[error("an entry of {0} bytes is longer than a bundle of entries can hold")]
pub struct EntryTooLong(usize);

/// Takes the first entry off a bundle: the entry and the rest; none where it ends too early.
#[must_use]
pub fn take_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// The bytes of a tile of hashes.
#[must_use]
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// A log that grows leaf by leaf. It keeps one unfinished tile of each level, so that it stays small however long the log is.
#[derive(Debug, Clone, Default)]
pub struct Growth {
    levels: Vec<Vec<Hash>>,
    size: u64,
}

impl Growth {
    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Every tile that it fills is handed to `finished`, from the lowest level up.
    ///
    /// # Errors
    /// What `finished` answers; nothing may be added after that.
    pub fn push<E>(
        &mut self,
        leaf: Hash,
        mut finished: impl FnMut(Tile, &[Hash]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::with_capacity(WIDTH as usize));
            }
            let hashes = &mut self.levels[usize::from(level)];
            hashes.push(hash);
            if hashes.len() < WIDTH as usize {
                break;
            }
            let number = count_at(u32::from(level) + 1, self.size) - 1;
            finished(Tile { kind: Kind::Hashes(level), number, width: WIDTH as u16 }, hashes)?;
            hash = merkle::root_of(hashes);
            hashes.clear();
        }
        Ok(())
    }

    /// The partial tiles, from the lowest level up.
    pub fn unfinished(&self) -> impl Iterator<Item = (Tile, &[Hash])> {
        let levels = (0_u8..).zip(&self.levels).filter(|(_, hashes)| !hashes.is_empty());
        levels.map(|(level, hashes)| {
            let number = count_at(u32::from(level) + 1, self.size);
            (Tile { kind: Kind::Hashes(level), number, width: hashes.len() as u16 }, hashes.as_slice())
        })
    }

    /// The root of all leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        root_of_levels(&self.levels)
    }
}

/// The root of a log from its partial tiles, from the lowest level up; where a level has none, an empty one.
#[must_use]
pub fn root_of_levels(levels: &[Vec<Hash>]) -> Hash {
    let mut below = None;
    for hashes in levels {
        let nodes: Vec<Hash> = hashes.iter().copied().chain(below).collect();
        below = (!nodes.is_empty()).then(|| merkle::root_of(&nodes));
    }
    below.unwrap_or_else(merkle::empty_root)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::leaf_hash;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |kind, number, width| Tile { kind, number, width };
        for (tile, path) in [
            (tile(Kind::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(Kind::Hashes(63), 0, 1), "tile/63/000.p/1"),
            (tile(Kind::Entries, 273, 112), "tile/entries/273.p/112"),
            (tile(Kind::Entries, 1000, 256), "tile/entries/x001/000"),
        ] {
            assert_eq!(tile.path(), path);
            assert_eq!(Tile::parse(path), Some(tile));
        }
        for path in [
            "tile/64/000",
            "tile/00/000",
            "tile/0/00",
            "tile/0/x000/001",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/8/0/000/",
            "tile/0/x1/000",
            "tile/entries/",
            "tile/0/000/001",
            "checkpoint",
            "tile/0/99999999999999999999",
            "tile/-1/000",
            "tile/0/+01",
            "tile/0/000.p/+1",
        ] {
            assert_eq!(Tile::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_log_of_seventy_thousand_has_the_files_of_the_specification() {
        let files: Vec<_> = files_of(70_000).collect();
        let partial: Vec<_> = files.iter().filter(|tile| !tile.is_full()).map(|tile| tile.path()).collect();
        assert_eq!(
            partial,
            ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
        );
        assert_eq!(files.len(), 274 + 274 + 2 + 1);
        assert!(files.iter().all(|tile| tile.is_within(70_000)));
        assert!(!files[273].is_within(69_999) && !files[0].filled().is_within(255));
        assert!(!Tile { kind: Kind::Hashes(63), number: u64::MAX, width: 1 }.is_within(u64::MAX));
        assert_eq!(files_of(0).count(), 0);
    }

    #[test]
    fn bundles_give_back_what_was_put_into_them() {
        let mut bundle = Vec::new();
        for entry in [b"".as_slice(), b"abc", &[7; LONGEST_ENTRY]] {
            put_entry(&mut bundle, entry).unwrap();
        }
        assert!(put_entry(&mut bundle, &[7; LONGEST_ENTRY + 1]).is_err());
        let (first, rest) = take_entry(&bundle).unwrap();
        let (second, rest) = take_entry(rest).unwrap();
        let (third, rest) = take_entry(rest).unwrap();
        assert_eq!(
            (first, second, third.len(), rest.len()),
            (b"".as_slice(), b"abc".as_slice(), LONGEST_ENTRY, 0)
        );
        assert!(take_entry(&bundle[..1]).is_none() && take_entry(&[0, 2, 7]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn growth_makes_every_tile_once_and_the_root_of_all_leaves(size in 0_u64..70_000) {
            let leaves: Vec<_> = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
            let (mut growth, mut made) = (Growth::default(), Vec::new());
            for leaf in &leaves {
                growth.push(*leaf, |tile, _| { made.push(tile); Ok::<_, ()>(()) }).unwrap();
            }
            made.extend(growth.unfinished().map(|(tile, _)| tile));
            made.sort();
            let mut expected: Vec<_> = files_of(size).filter(|tile| tile.kind != Kind::Entries).collect();
            expected.sort();
            prop_assert_eq!(made, expected);
            prop_assert_eq!(growth.root(), merkle::root_of(&leaves));
            prop_assert_eq!(growth.size(), size);
        }
    }
}
