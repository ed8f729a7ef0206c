//! Hostile bytes for every parser that meets bytes from outside: the targets of `fuzz/`, over changed seeds, on the stable
//! toolchain.
//!
//! What it is: a smoke test. The same seed gives the same bytes; `VIGIE_FUZZ_RUNS` says how many for each target and
//! `VIGIE_FUZZ_SEED` which. What it is not: fuzzing, which looks where the code goes: `fuzz/Cargo.toml` says how.
//!
//! The seeds are checked in; `UPDATE_EXPECT=1` makes those of binary forms anew (`seeds.rs`).

#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "../../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the file is a library of its own beside this use")]
mod targets;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use vigie::settings::Settings;
use vigie_model::Moment;
use vigie_model::disclosure::Span;
use vigie_synth::Random;

use targets::{TARGETS, Target};

/// Inputs for each target, beside its seeds.
const RUNS: usize = 10_000;

/// Pieces that parsers look for.
const TELLING: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\n\n",
    b"\r\n",
    b",",
    b"\"",
    b"\\u0000",
    b"\xFF\xFF\xFF\xFF",
    b"\0\0\0\0",
    b"\x80",
    b"9223372036854775807",
    b"18446744073709551616",
    b"-1",
    b"1e999",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":",
    b"\xE2\x80\x94 ",
    b"\xEF\xBB\xBF",
    b"\xFF\xD8\xFF",
    b"/000",
];

fn folder(target: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds")).join(target)
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var_os(name)?;
    Some(value.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} is no number")))
}

/// Seeds, and what becomes of them by changes that chance chooses.
fn feed(name: &str, target: Target) {
    let mut files: Vec<_> =
        std::fs::read_dir(folder(name)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<_> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty(), "{name} has no seed");
    let seed = number("VIGIE_FUZZ_SEED").unwrap_or(1);
    let mut random = Random::named(seed, name);
    let runs = number("VIGIE_FUZZ_RUNS").map_or(RUNS, |runs| runs as usize);
    for run in 0..seeds.len() + runs {
        let input = match seeds.get(run) {
            Some(seed) => seed.clone(),
            None => changed(&seeds, &mut random),
        };
        if catch_unwind(|| target(&input)).is_err() {
            panic!(
                "{name} fails in run {run} of VIGIE_FUZZ_SEED={seed} with these bytes: {}",
                hex::encode(&input)
            );
        }
    }
}

fn changed(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.pick(seeds).clone();
    for _ in 0..=random.below(6) {
        // Mostly near the front, where the lengths and tables are.
        let reach = if random.chance(40) { bytes.len() } else { bytes.len().min(300) };
        let (from, other) = (random.below(reach + 1), random.below(bytes.len() + 1));
        let (from, to) = (from.min(other), from.max(other).min(from.min(other) + 64));
        match random.below(7) {
            0 if from < bytes.len() => bytes[from] = random.draw() as u8,
            1 if from < bytes.len() => bytes[from] ^= 1 << random.below(8),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let part = bytes[from..to].to_vec();
                bytes.splice(from..from, part);
            }
            4 => drop(bytes.splice(from..from, random.pick(TELLING).iter().copied())),
            5 => bytes.truncate(from.max(1)),
            _ => {
                let piece = random.pick(TELLING);
                let end = bytes.len().min(from + piece.len());
                bytes[from..end].copy_from_slice(&piece[..end - from]);
            }
        }
    }
    bytes
}

/// The targets, one test for all that are quick and one for the rest.
#[test]
fn no_bytes_of_text_forms_bring_a_parser_down() {
    for (name, target) in TARGETS.iter().filter(|(name, _)| !is_slow(name)) {
        feed(name, *target);
    }
}

#[test]
fn no_bytes_of_pictures_and_indexes_bring_a_parser_down() {
    for (name, target) in TARGETS.iter().filter(|(name, _)| is_slow(name)) {
        feed(name, *target);
    }
}

fn is_slow(name: &str) -> bool {
    matches!(name, "picture" | "saved_index")
}

/// What operators and messengers send is read in this crate and in `vigie-connect`, which cargo-fuzz need not build.
#[test]
fn no_configuration_and_no_receipt_brings_the_service_down() {
    feed("webhook_receipt", |bytes| {
        if let Ok(receipt) = vigie_connect::webhook::receipt(bytes) {
            assert!(!receipt.receipt.is_empty());
        }
    });
    let place = tempfile::tempdir().unwrap().keep();
    let file = place.join("vigie.toml");
    for run in 0..300 {
        let text = std::fs::read(folder("settings").join("vigie.toml")).unwrap();
        let mut random = Random::named(run, "settings");
        std::fs::write(&file, changed(&[text], &mut random)).unwrap();
        let read = catch_unwind(|| Settings::read(Some(&file)).map(drop));
        assert!(read.is_ok(), "run {run}: {:?}", std::fs::read_to_string(&file));
    }
    std::fs::remove_dir_all(place).unwrap();
}

/// What messengers answer about accounts: whatever it is, it is read whole or not at all.
#[test]
fn no_answer_about_accounts_brings_the_service_down() {
    use vigie_connect::records::{synapse_wire, wire};
    // October 2026.
    const SPAN: Span = Span { from: Moment(1_790_812_800_000_000), until: Moment(1_793_491_200_000_000) };
    feed("records_page", |bytes| {
        let Ok(page) = wire::page(bytes) else { return };
        assert!(page.records.len() <= wire::MOST_RECORDS_A_PAGE);
        // What was read says nothing more than its form can: written again, it is read as what it was.
        let mut again: String =
            page.records.iter().map(|record| serde_json::to_string(record).unwrap() + "\n").collect();
        let end = serde_json::json!({ "records": page.records.len(), "next": page.next });
        again.push_str(&format!("{end}\n"));
        assert_eq!(wire::page(again.as_bytes()).unwrap(), page);
    });
    feed("records_holders", |bytes| {
        let Ok(holders) = wire::holders(bytes, &SPAN, 10) else { return };
        assert!(holders.len() <= 10 && holders.iter().all(|one| !one.account.is_empty()));
    });
    feed("synapse_user", |bytes| {
        let Ok(records) =
            synapse_wire::user(bytes, "@mira:hs.test").and_then(|user| user.phones("@mira:hs.test"))
        else {
            return;
        };
        assert!(records.iter().all(|record| record.account() == "@mira:hs.test"));
    });
    feed("synapse_whois", |bytes| {
        let Ok(records) = synapse_wire::connections(bytes, "@mira:hs.test") else { return };
        assert!(
            records.iter().all(|record| record.account() == "@mira:hs.test" && record.fields().len() == 2)
        );
    });
}

#[test]
fn every_target_has_its_file_and_its_seeds() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        seeds::make(folder);
    }
    let manifest = include_str!("../../../../fuzz/Cargo.toml");
    for (name, _) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
        assert!(std::fs::read_dir(folder(name)).is_ok_and(|files| files.count() > 0), "{name} has no seed");
    }
}
