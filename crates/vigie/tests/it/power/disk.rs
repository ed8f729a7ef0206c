//! A disk that forgets: what of a recording is there after the power was cut.
//!
//! What was synced stays. Of the rest, anything may have reached the disk or not: each write of a file for itself and down to
//! single sectors, names of a folder in their order. A new name does not become durable with the file behind it, only with its
//! folder: POSIX promises no more, and some file systems keep no more.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use vigie_synth::Random;

use super::trace::{Call, Event};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// How much of what was not synced survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Survives {
    /// Nothing: the plain power cut.
    Nothing,
    /// All of it: what a killed process leaves.
    Everything,
    /// Names, and nothing of what stands behind them: the file that is there and empty.
    NamesAlone,
    /// Content, and none of the names.
    ContentAlone,
    /// Whatever chance wants, torn writes included.
    Some(u64),
}

/// The disk at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    nodes: Vec<Node>,
}

/// A file or a folder.
#[derive(Debug, Clone)]
enum Node {
    File { kept: Vec<u8>, now: Vec<u8>, unsynced: Vec<(usize, Change)> },
    Folder { kept: Names, now: Names, unsynced: Vec<(usize, Naming)> },
}

type Names = BTreeMap<String, usize>;

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

#[derive(Debug, Clone)]
enum Naming {
    Add(String, usize),
    Remove(String),
    Rename(String, String),
}

impl Disk {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { nodes: vec![Node::folder()] }
    }

    /// Takes in the next step. Paths are below `root`.
    pub(crate) fn apply(&mut self, root: &Path, event: &Event) {
        let at = event.at;
        let split = |path: &Path| {
            let below = path.strip_prefix(root).expect("only what is ours is recorded");
            let name = below.file_name().map(|name| name.to_str().expect("our names are text").to_owned());
            (below.parent().unwrap_or(Path::new("")).to_owned(), name.unwrap_or_default())
        };
        match &event.call {
            Call::Acknowledge(_) => {}
            Call::Open { path, makes, empties } => match self.find(root, path) {
                Some(node) if *empties => self.change(at, node, Change::Cut { length: 0 }),
                Some(_) => {}
                None => {
                    assert!(*makes, "{} is opened and was never made", path.display());
                    self.add(at, &split(path), Node::file());
                }
            },
            Call::MakeFolder { path } => self.add(at, &split(path), Node::folder()),
            Call::Write { path, offset, bytes } => {
                let offset = usize::try_from(*offset).expect("offsets of a test are small");
                self.change(at, self.known(root, path), Change::Write { offset, bytes: bytes.clone() });
            }
            Call::Cut { path, length } => {
                let length = usize::try_from(*length).expect("lengths of a test are small");
                self.change(at, self.known(root, path), Change::Cut { length });
            }
            Call::Sync { path, since } => {
                let node = self.known(root, path);
                self.nodes[node].sync(*since);
            }
            Call::Rename { from, to } => {
                let ((folder, from), (other, to)) = (split(from), split(to));
                assert_eq!(folder, other, "nothing of ours moves from one folder to another");
                self.name(at, &folder, Naming::Rename(from, to));
            }
            Call::Link { from, to } => {
                let node = self.known(root, from);
                let (folder, name) = split(to);
                self.name(at, &folder, Naming::Add(name, node));
            }
            Call::Remove { path } => {
                let (folder, name) = split(path);
                self.name(at, &folder, Naming::Remove(name));
            }
        }
    }

    /// Puts down what a power cut now leaves.
    pub(crate) fn leave(&self, survives: Survives, place: &Path) {
        let mut random = match survives {
            Survives::Some(seed) => Random::new(seed),
            _ => Random::new(0),
        };
        let left: Vec<_> = self.nodes.iter().map(|node| node.after(survives, &mut random)).collect();
        put_down(&left, 0, place);
    }

    /// Whether what is there now is what lies in this folder; what is not, by name. Shared memory is nobody's to keep.
    pub(crate) fn differs_from(&self, place: &Path) -> Option<String> {
        let here = tempfile::tempdir().unwrap();
        self.leave(Survives::Everything, here.path());
        let (ours, theirs) = (content(here.path()), content(place));
        ours.keys().chain(theirs.keys()).find(|name| ours.get(*name) != theirs.get(*name)).cloned()
    }

    fn known(&self, root: &Path, path: &Path) -> usize {
        self.find(root, path).unwrap_or_else(|| panic!("{} is not on the recorded disk", path.display()))
    }

    fn find(&self, root: &Path, path: &Path) -> Option<usize> {
        self.below(path.strip_prefix(root).ok()?)
    }

    fn below(&self, path: &Path) -> Option<usize> {
        path.components().try_fold(0, |node, part| match (&self.nodes[node], part) {
            (Node::Folder { now, .. }, Component::Normal(name)) => now.get(name.to_str()?).copied(),
            _ => None,
        })
    }

    fn add(&mut self, at: usize, (folder, name): &(std::path::PathBuf, String), node: Node) {
        self.nodes.push(node);
        self.name(at, folder, Naming::Add(name.clone(), self.nodes.len() - 1));
    }

    fn name(&mut self, at: usize, folder: &Path, naming: Naming) {
        let folder = self.below(folder).expect("the folder is there");
        let Node::Folder { now, unsynced, .. } = &mut self.nodes[folder] else { panic!("it is no folder") };
        naming.apply(now);
        unsynced.push((at, naming));
    }

    fn change(&mut self, at: usize, node: usize, change: Change) {
        let Node::File { now, unsynced, .. } = &mut self.nodes[node] else { panic!("it is no file") };
        change.apply(now);
        unsynced.push((at, change));
    }
}

/// A file or folder as it is found afterwards.
enum Left {
    File(Vec<u8>),
    Folder(Names),
}

impl Node {
    fn file() -> Self {
        Self::File { kept: Vec::new(), now: Vec::new(), unsynced: Vec::new() }
    }

    fn folder() -> Self {
        Self::Folder { kept: Names::new(), now: Names::new(), unsynced: Vec::new() }
    }

    /// What had ended by then is durable.
    fn sync(&mut self, since: usize) {
        match self {
            Self::File { kept, unsynced, .. } => {
                let covered = unsynced.iter().filter(|(at, _)| *at < since);
                covered.for_each(|(_, change)| change.apply(kept));
                unsynced.retain(|(at, _)| *at >= since);
            }
            Self::Folder { kept, unsynced, .. } => {
                let covered = unsynced.iter().filter(|(at, _)| *at < since);
                covered.for_each(|(_, naming)| naming.apply(kept));
                unsynced.retain(|(at, _)| *at >= since);
            }
        }
    }

    fn after(&self, survives: Survives, random: &mut Random) -> Left {
        match self {
            Self::File { kept, unsynced, .. } => {
                let mut left = kept.clone();
                for (_, change) in unsynced {
                    match survives {
                        Survives::Nothing | Survives::NamesAlone => {}
                        Survives::Everything | Survives::ContentAlone => change.apply(&mut left),
                        Survives::Some(_) => change.apply_in_part(&mut left, random),
                    }
                }
                Left::File(left)
            }
            Self::Folder { kept, unsynced, .. } => {
                let mut left = kept.clone();
                let count = match survives {
                    Survives::Nothing | Survives::ContentAlone => 0,
                    Survives::Everything | Survives::NamesAlone => unsynced.len(),
                    Survives::Some(_) => random.below(unsynced.len() + 1),
                };
                unsynced[..count].iter().for_each(|(_, naming)| naming.apply(&mut left));
                Left::Folder(left)
            }
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Cut { length } => content.resize(*length, 0),
            Self::Write { offset, bytes } => {
                content.resize(content.len().max(offset + bytes.len()), 0);
                content[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// All of it, nothing, or some sectors; where the file grew and its content did not come, there are zeros.
    fn apply_in_part(&self, content: &mut Vec<u8>, random: &mut Random) {
        match (random.below(3), self) {
            (0, _) => {}
            (1, _) | (_, Self::Cut { .. }) => self.apply(content),
            (_, Self::Write { offset, bytes }) => {
                content.resize(content.len().max(offset + bytes.len()), 0);
                let mut at = 0;
                while at < bytes.len() {
                    let end = ((offset + at) / SECTOR + 1) * SECTOR - offset;
                    let end = end.min(bytes.len());
                    if random.chance(50) {
                        content[offset + at..offset + end].copy_from_slice(&bytes[at..end]);
                    }
                    at = end;
                }
            }
        }
    }
}

impl Naming {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Add(name, node) => drop(names.insert(name.clone(), *node)),
            Self::Remove(name) => drop(names.remove(name)),
            Self::Rename(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
    }
}

fn put_down(left: &[Left], node: usize, place: &Path) {
    match &left[node] {
        Left::File(bytes) => fs::write(place, bytes).unwrap(),
        Left::Folder(names) => {
            fs::create_dir_all(place).unwrap();
            names.iter().for_each(|(name, node)| put_down(left, *node, &place.join(name)));
        }
    }
}

/// Every file below a folder with its content, and every folder.
fn content(place: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![place.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(place).unwrap().display().to_string();
            if path.is_dir() {
                found.insert(name, None);
                waiting.push(path);
            } else if !name.ends_with("-shm") {
                found.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn only_what_was_synced_is_sure_to_be_there() {
    let root = Path::new("/d");
    let mut disk = Disk::empty();
    let path = |name: &str| root.join(name);
    let steps = [
        Call::Open { path: path("a"), makes: true, empties: false },
        Call::Write { path: path("a"), offset: 0, bytes: b"one".to_vec() },
        Call::Sync { path: path("a"), since: 2 },
        Call::Sync { path: root.into(), since: 3 },
        Call::Write { path: path("a"), offset: 3, bytes: b"two".to_vec() },
        Call::Rename { from: path("a"), to: path("b") },
    ];
    for (at, call) in steps.into_iter().enumerate() {
        disk.apply(root, &Event { at, call });
    }
    let left = |survives| {
        let place = tempfile::tempdir().unwrap();
        disk.leave(survives, place.path());
        let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap()).unwrap();
        content(place.path()).into_iter().map(|(name, bytes)| (name, text(bytes))).collect::<Vec<_>>()
    };
    let one = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    assert_eq!(left(Survives::Nothing), one("a", "one"));
    assert_eq!(left(Survives::Everything), one("b", "onetwo"));
    assert_eq!(left(Survives::NamesAlone), one("b", "one"));
    assert_eq!(left(Survives::ContentAlone), one("a", "onetwo"));
    let torn: std::collections::BTreeSet<_> = (0..50).map(|seed| left(Survives::Some(seed))).collect();
    assert!(torn.len() >= 4, "chance leaves one or the other: {torn:?}");
}
