//! Every arrow between crates is on the map.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::{block, members};

/// For each crate, the crates it may use; in tests alone where the key says `(dev)`.
struct Map {
    /// Crates in the order of the document: from the top down.
    order: Vec<String>,
    uses: BTreeMap<String, BTreeSet<String>>,
    dev_uses: BTreeMap<String, BTreeSet<String>>,
}

fn map() -> Map {
    let mut map = Map { order: Vec::new(), uses: BTreeMap::new(), dev_uses: BTreeMap::new() };
    for line in block("arrows") {
        let (from, to) = line.split_once("->").unwrap_or((line.as_str(), ""));
        let targets = to.split_whitespace().map(str::to_owned).collect();
        match from.trim().strip_suffix("(dev)") {
            Some(name) => drop(map.dev_uses.insert(name.trim().to_owned(), targets)),
            None => {
                map.order.push(from.trim().to_owned());
                map.uses.insert(from.trim().to_owned(), targets);
            }
        }
    }
    map
}

#[test]
fn every_arrow_is_on_the_map() {
    let map = map();
    let nothing = BTreeSet::new();
    let names: BTreeSet<&str> = members().iter().map(|member| member.name.as_str()).collect();
    let mut surprises = Vec::new();
    for member in members() {
        let uses = map.uses.get(&member.name).unwrap_or(&nothing);
        let dev_uses = map.dev_uses.get(&member.name).unwrap_or(&nothing);
        for target in member.dependencies.iter().filter(|target| names.contains(target.name.as_str())) {
            let is_listed = uses.contains(&target.name) || (target.is_dev && dev_uses.contains(&target.name));
            if !is_listed {
                let dev = if target.is_dev { " (dev)" } else { "" };
                surprises.push(format!("{}{dev} -> {}", member.name, target.name));
            }
        }
    }
    assert!(surprises.is_empty(), "arrows that ARCHITECTURE.md does not have: {surprises:#?}");
}

#[test]
fn every_crate_is_on_the_map() {
    let order = map().order;
    let missing: Vec<_> = members().iter().filter(|member| !order.contains(&member.name)).collect();
    let names: Vec<_> = missing.iter().map(|member| &member.name).collect();
    assert!(names.is_empty(), "ARCHITECTURE.md has no line `NAME -> …` for {names:?}");
}

#[test]
fn arrows_point_down() {
    let map = map();
    let row = |name: &str| map.order.iter().position(|known| known == name);
    let upwards: Vec<_> = map
        .uses
        .iter()
        .flat_map(|(from, targets)| targets.iter().map(move |to| (from, to)))
        .filter(|(from, to)| row(from) >= row(to))
        .collect();
    assert!(upwards.is_empty(), "arrows that do not point to a row further down: {upwards:?}");
}
