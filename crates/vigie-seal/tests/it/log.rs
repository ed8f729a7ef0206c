//! A log in memory, what can be done to its bytes, and the same on disk.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use vigie_seal::audit::{self, AuditError, Files, Questions, Report};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::layout::Layout;
use vigie_seal::ledger::leaf_hash;
use vigie_seal::merkle::Hash;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::tile::{self, EntryTooLong, Tile};

pub(crate) const ORIGIN: &str = "vigie.example.org/desk1";

/// A log as its files.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Files for Log {
    fn read(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.get(path).cloned())
    }
}

/// Some bytes of a file, exchanged for others.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) path: String,
    pub(crate) at: usize,
    pub(crate) bytes: Vec<u8>,
}

/// The entry of this number: of the form that the ledger's entries have.
pub(crate) fn entry(number: u64) -> Vec<u8> {
    let hash: Hash = leaf_hash(&number.to_be_bytes());
    format!(r#"{{"H":"{}","v":1}}"#, hex::encode(hash)).into_bytes()
}

/// The log's key. The same for all of them.
pub(crate) fn key() -> SignerKey {
    SignerKey::from_seed(ORIGIN, Kind::Note, &[42; 32]).unwrap()
}

impl Log {
    /// A log of as many entries.
    pub(crate) fn of(size: u64) -> Self {
        Self::from_entries((0..size).map(entry))
    }

    pub(crate) fn from_entries(entries: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut files = BTreeMap::new();
        let mut layout = Layout::new(|tile: Tile, bytes: &[u8]| {
            files.insert(tile.path(), bytes.to_vec());
            Ok::<_, EntryTooLong>(())
        });
        entries.for_each(|entry| layout.push(&entry).unwrap());
        let tree = layout.finish().unwrap();
        let note = Checkpoint { origin: ORIGIN.into(), tree }.sign(&key()).unwrap();
        files.insert("checkpoint".into(), note.to_string().into_bytes());
        Self { files }
    }

    pub(crate) fn checkpoint(&self) -> String {
        String::from_utf8(self.files["checkpoint"].clone()).unwrap()
    }

    pub(crate) fn audit(&mut self) -> Result<Report, AuditError> {
        self.answer(&Questions::about(key().verifier()))
    }

    pub(crate) fn answer(&mut self, questions: &Questions) -> Result<Report, AuditError> {
        audit::audit(self, questions, &mut |_, _| {})
    }

    /// Whether our auditor accepts the log with these changes. Afterwards the log is as it was.
    pub(crate) fn accepts(&mut self, changes: &[Change]) -> bool {
        let before: Vec<_> = changes.iter().map(|change| self.exchange(change)).collect();
        let accepted = self.audit().is_ok();
        before.iter().rev().for_each(|change| drop(self.exchange(change)));
        accepted
    }

    fn exchange(&mut self, change: &Change) -> Change {
        let place = &mut self.files.get_mut(&change.path).unwrap()[change.at..][..change.bytes.len()];
        let before = place.to_vec();
        place.copy_from_slice(&change.bytes);
        Change { path: change.path.clone(), at: change.at, bytes: before }
    }

    /// Random changes of single bytes, each byte of the log as likely as any other.
    pub(crate) fn mutations(&self, count: usize, mut seed: u64) -> Vec<Vec<Change>> {
        let total: usize = self.files.values().map(Vec::len).sum();
        let mutate = |_| {
            let mut at = random(&mut seed) as usize % total;
            let file = self.files.iter().find(|(_, bytes)| {
                let here = at < bytes.len();
                if !here {
                    at -= bytes.len();
                }
                here
            });
            let (path, bytes) = file.unwrap();
            let flipped = bytes[at] ^ (1 + (random(&mut seed) % 255) as u8);
            vec![Change { path: path.clone(), at, bytes: vec![flipped] }]
        };
        (0..count).map(mutate).collect()
    }

    /// In each bundle one entry, changed together with its leaf hash: what readers accept that trust hashes from tiles.
    pub(crate) fn forgeries(&self) -> Vec<Vec<Change>> {
        let bundles: Vec<_> = self.files.keys().filter(|path| path.starts_with("tile/entries/")).collect();
        bundles.into_iter().map(|path| self.forge(path)).collect()
    }

    fn forge(&self, path: &str) -> Vec<Change> {
        let bundle = &self.files[path];
        let width = Tile::parse(path).unwrap().width;
        let (mut rest, mut changes) = (bundle.as_slice(), vec![]);
        for place in 0..usize::from(width) {
            let (entry, after) = tile::take_entry(rest).unwrap();
            if place == usize::from(width) / 2 {
                let mut forged = entry.to_vec();
                forged[10] = if forged[10] == b'0' { b'1' } else { b'0' };
                let at = bundle.len() - rest.len() + 2;
                let leaf = leaf_hash(&forged).to_vec();
                changes.push(Change { path: path.to_owned(), at, bytes: forged });
                let tile = path.replace("tile/entries/", "tile/0/");
                changes.push(Change { path: tile, at: place * 32, bytes: leaf });
            }
            rest = after;
        }
        changes
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (path, bytes) in &self.files {
            let file = folder.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
    }
}

/// SplitMix64: numbers that look random and are the same every time.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
