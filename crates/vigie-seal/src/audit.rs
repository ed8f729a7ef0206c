//! Verifying a whole log from its files: the tree is rebuilt from the entries, and everything else is held to that.
//!
//! What it is: the judgement of somebody who trusts one key and nothing else. Every entry, every tile of every level, the
//! root, the signature, growth from an earlier checkpoint, a proof of one entry. Readers that fetch hashes from tiles and
//! check those they happen to need have accepted forgeries (an entry changed together with its leaf hash); nothing here is
//! believed because a tile says so. What it is not: it cannot see a log that was rewritten and signed again by the same key,
//! unless an earlier checkpoint or a witness's cosignature is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::checkpoint::{Checkpoint, hash_text};
use crate::ledger::leaf_hash;
use crate::merkle::Hash;
use crate::note::{Note, NoteError, VerifierKey};
use crate::proof::{EntryProof, ProofError};
use crate::tile::{self, Growth, Kind, Tile, WIDTH};

/// Where the files of a log are read.
pub trait Files {
    /// The bytes of a file; none where it does not exist.
    ///
    /// # Errors
    /// It could not be read.
    fn read(&mut self, path: &str) -> io::Result<Option<Vec<u8>>>;
}

/// What is believed, and what is asked.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The log's key.
    pub key: VerifierKey,
    /// The log's origin.
    pub origin: String,
    /// Witnesses whose cosignatures count.
    pub witnesses: Vec<VerifierKey>,
    /// An earlier checkpoint of the same log, signed: the present one must extend it.
    pub old: Option<Vec<u8>>,
    /// A proof of an entry of this log.
    pub proof: Option<EntryProof>,
    /// Entries whose leaves are wanted, by their number.
    pub leaves: BTreeSet<u64>,
}

impl Questions {
    /// Whether the log is what its key signed, and nothing else.
    #[must_use]
    pub fn about(key: VerifierKey) -> Self {
        Self {
            origin: key.name().to_owned(),
            key,
            witnesses: vec![],
            old: None,
            proof: None,
            leaves: BTreeSet::new(),
        }
    }
}

/// What was found to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint that the entries add up to.
    pub checkpoint: Checkpoint,
    /// How many tiles of hashes were compared.
    pub tiles: u64,
    /// Which of the witnesses cosigned it.
    pub cosigned_by: Vec<String>,
    /// The size of the earlier checkpoint that it extends, where one was given.
    pub extends: Option<u64>,
    /// The number and leaf of the entry whose proof holds, where one was given.
    pub proven: Option<(u64, Hash)>,
    /// The leaves that were wanted, where the log is that long.
    pub leaves: BTreeMap<u64, Hash>,
}

/// Why a log is not accepted, or could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file could not be read: nothing is known.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file that the log must have is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// The checkpoint is not accepted.
    #[error("the checkpoint is not accepted")]
    Checkpoint(#[source] NoteError),
    /// The earlier checkpoint is not accepted.
    #[error("the earlier checkpoint is not accepted")]
    Old(#[source] NoteError),
    /// A bundle does not hold its entries.
    #[error("{path} does not hold entry {entry} as it should")]
    Bundle {
        /// The bundle.
        path: String,
        /// The entry.
        entry: u64,
    },
    /// A bundle goes on after its last entry.
    #[error("{0} goes on after its last entry")]
    BundleTooLong(String),
    /// A tile does not follow from the entries.
    #[error("{path} does not follow from the entries{}", entry.map_or(String::new(), |entry| format!(": entry {entry} differs")))]
    Tile {
        /// The tile.
        path: String,
        /// The first entry that differs, where the tile holds leaves.
        entry: Option<u64>,
    },
    /// The entries do not add up to the root.
    #[error("the entries add up to the root {found}, the checkpoint says {signed}")]
    Root {
        /// The root that the entries have.
        found: String,
        /// The root that was signed.
        signed: String,
    },
    /// The log is shorter than it was.
    #[error("the log went back: it had {was} entries and has {is}")]
    WentBack {
        /// Its size then.
        was: u64,
        /// Its size now.
        is: u64,
    },
    /// The log was another one.
    #[error("the log was rewritten: at {0} entries it had another root")]
    Rewritten(u64),
    /// The proof does not hold.
    #[error("the proof does not hold")]
    Proof(#[source] ProofError),
    /// The proof is of another log than this one.
    #[error("the proof is for another log: at {0} entries this one has another root, or never got there")]
    ProofElsewhere(u64),
}

impl AuditError {
    /// Whether nothing is known because something could not be read, as against a log that is wrong.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

/// Verifies a log. `progress` is told how many of how many entries have been hashed.
///
/// # Errors
/// The first thing that is wrong, or that could not be read.
pub fn audit(
    files: &mut impl Files,
    questions: &Questions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, AuditError> {
    let (checkpoint, cosigned_by) = head(files, questions)?;
    let old = questions.old.as_ref().map(|old| Checkpoint::open(old, &questions.key, &questions.origin));
    let old = old.transpose().map_err(AuditError::Old)?;
    let size = checkpoint.tree.size;
    if let Some(old) = old.as_ref().filter(|old| old.tree.size > size) {
        return Err(AuditError::WentBack { was: old.tree.size, is: size });
    }
    let mut wanted = Wanted::new(old.as_ref(), questions)?;
    let tiles = rebuild(files, &checkpoint, &mut wanted, progress)?;
    if let Some(old) = old.as_ref().filter(|old| wanted.root_at(old.tree.size) != Some(old.tree.root)) {
        return Err(AuditError::Rewritten(old.tree.size));
    }
    let proven = questions.proof.as_ref().map(|proof| prove(proof, questions, &wanted)).transpose()?;
    let (extends, leaves) = (old.map(|old| old.tree.size), wanted.found);
    Ok(Report { checkpoint, tiles, cosigned_by, extends, proven, leaves })
}

/// The checkpoint, and who cosigned it.
fn head(files: &mut impl Files, questions: &Questions) -> Result<(Checkpoint, Vec<String>), AuditError> {
    let signed = demand(files, "checkpoint")?;
    let checkpoint =
        Checkpoint::open(&signed, &questions.key, &questions.origin).map_err(AuditError::Checkpoint)?;
    let cosigned = match Note::read(&signed).and_then(|note| {
        note.verify(&questions.witnesses).map(|keys| keys.iter().map(|key| key.name().to_owned()).collect())
    }) {
        Err(NoteError::NotSigned) => vec![],
        cosigned => cosigned.map_err(AuditError::Checkpoint)?,
    };
    Ok((checkpoint, cosigned))
}

fn prove(proof: &EntryProof, questions: &Questions, wanted: &Wanted<'_>) -> Result<(u64, Hash), AuditError> {
    let elsewhere = || AuditError::ProofElsewhere(wanted.proof_size);
    let leaf = wanted.leaf.ok_or_else(elsewhere)?;
    let checkpoint = proof.verify(&leaf, &questions.key, &questions.origin).map_err(AuditError::Proof)?;
    if wanted.root_at(checkpoint.tree.size) != Some(checkpoint.tree.root) {
        return Err(elsewhere());
    }
    Ok((proof.index, leaf))
}

/// What is to be noted on the way through the entries.
struct Wanted<'a> {
    leaves: &'a BTreeSet<u64>,
    found: BTreeMap<u64, Hash>,
    roots: Vec<(u64, Option<Hash>)>,
    leaf_at: Option<u64>,
    leaf: Option<Hash>,
    proof_size: u64,
}

impl<'a> Wanted<'a> {
    fn new(old: Option<&Checkpoint>, questions: &'a Questions) -> Result<Self, AuditError> {
        let proof = questions.proof.as_ref();
        let proof_size = proof.map(|proof| {
            let note = Note::read(proof.checkpoint.as_bytes())?;
            Ok(Checkpoint::read(note.text())?.tree.size)
        });
        let proof_size =
            proof_size.transpose().map_err(|error| AuditError::Proof(ProofError::Checkpoint(error)))?;
        let roots =
            old.map(|old| old.tree.size).into_iter().chain(proof_size).map(|size| (size, None)).collect();
        let leaf_at = proof.map(|proof| proof.index);
        let (leaves, proof_size) = (&questions.leaves, proof_size.unwrap_or_default());
        let mut wanted = Self { leaves, found: BTreeMap::new(), roots, leaf_at, leaf: None, proof_size };
        wanted.look(&Growth::default());
        Ok(wanted)
    }

    fn look(&mut self, growth: &Growth) {
        for (_, root) in self.roots.iter_mut().filter(|(size, _)| *size == growth.size()) {
            *root = Some(growth.root());
        }
    }

    fn root_at(&self, size: u64) -> Option<Hash> {
        self.roots.iter().find(|(at, _)| *at == size)?.1
    }
}

/// Builds the tree from the entries, comparing each tile as soon as it is known. How many tiles were compared comes back.
fn rebuild(
    files: &mut impl Files,
    checkpoint: &Checkpoint,
    wanted: &mut Wanted<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, AuditError> {
    let size = checkpoint.tree.size;
    let mut growth = Growth::default();
    let mut tiles = 0;
    for number in 0..size.div_ceil(WIDTH) {
        let width = (size - number * WIDTH).min(WIDTH);
        for leaf in leaves(files, Tile { kind: Kind::Entries, number, width: width as u16 })? {
            if wanted.leaf_at == Some(growth.size()) {
                wanted.leaf = Some(leaf);
            }
            if wanted.leaves.contains(&growth.size()) {
                wanted.found.insert(growth.size(), leaf);
            }
            growth.push(leaf, |tile, hashes| {
                tiles += 1;
                compare(files, tile, hashes)
            })?;
            wanted.look(&growth);
        }
        progress(growth.size(), size);
    }
    for (tile, hashes) in growth.unfinished() {
        tiles += 1;
        compare(files, tile, hashes)?;
    }
    let root = growth.root();
    if root == checkpoint.tree.root {
        return Ok(tiles);
    }
    Err(AuditError::Root { found: hash_text(&root), signed: hash_text(&checkpoint.tree.root) })
}

/// The leaf hashes of a bundle's entries.
fn leaves(files: &mut impl Files, bundle: Tile) -> Result<Vec<Hash>, AuditError> {
    let (bytes, is_whole) = read_tile(files, bundle)?;
    let mut rest = bytes.as_slice();
    let mut leaves = Vec::with_capacity(usize::from(bundle.width));
    for entry in (bundle.first()..).take(usize::from(bundle.width)) {
        let taken =
            tile::take_entry(rest).ok_or_else(|| AuditError::Bundle { path: bundle.path(), entry })?;
        leaves.push(leaf_hash(taken.0));
        rest = taken.1;
    }
    if is_whole && !rest.is_empty() {
        return Err(AuditError::BundleTooLong(bundle.path()));
    }
    Ok(leaves)
}

fn compare(files: &mut impl Files, tile: Tile, hashes: &[Hash]) -> Result<(), AuditError> {
    let (mut bytes, is_whole) = read_tile(files, tile)?;
    let expected = tile::tile_bytes(hashes);
    if !is_whole {
        bytes.truncate(expected.len());
    }
    if bytes == expected {
        return Ok(());
    }
    let differs = bytes.iter().zip(&expected).position(|(found, made)| found != made).unwrap_or(bytes.len());
    let leaf = (differs / size_of::<Hash>()).min(hashes.len() - 1) as u64;
    let entry = (tile.kind == Kind::Hashes(0)).then_some(tile.first() + leaf);
    Err(AuditError::Tile { path: tile.path(), entry })
}

/// The bytes of a tile, and whether they are all of its file: a log may drop a partial tile once the full one exists.
fn read_tile(files: &mut impl Files, tile: Tile) -> Result<(Vec<u8>, bool), AuditError> {
    match demand(files, &tile.path()) {
        Err(AuditError::Missing(path)) if !tile.is_full() => match demand(files, &tile.filled().path()) {
            Err(AuditError::Missing(_)) => Err(AuditError::Missing(path)),
            full => full.map(|bytes| (bytes, false)),
        },
        bytes => bytes.map(|bytes| (bytes, true)),
    }
}

fn demand(files: &mut impl Files, path: &str) -> Result<Vec<u8>, AuditError> {
    let read = files.read(path).map_err(|source| AuditError::Unreadable { path: path.to_owned(), source })?;
    read.ok_or_else(|| AuditError::Missing(path.to_owned()))
}
