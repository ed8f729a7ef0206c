//! vPDQ: its text form, and the rule against a slow oracle.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigie_match::vpdq::{
    CONTAINED, EXCERPT, Frame, FrameFault, InvalidVpdq, MOST_FRAMES, Owner, Share, Thresholds, compare, rows,
    search,
};
use vigie_match::{Index, Pdq, Radii, Row, Signal, Vpdq};

/// The folder of reference data, or `None` (after saying so) where it is absent and may be.
fn folder(test: &str) -> Option<std::path::PathBuf> {
    let folder = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/vpdq"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test}: ../shared is absent");
    println!("skipped: {test}: ../shared is absent");
    None
}

#[test]
fn the_reference_files_are_read_and_written_as_they_are() {
    let Some(folder) = folder("the_reference_files_are_read_and_written_as_they_are") else { return };
    for (name, frames) in [("chair-19-sd-bar.txt", 564), ("doorknob-hd-no-bar.txt", 120)] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let video: Vpdq = text.parse().unwrap();
        assert_eq!(video.frames().len(), frames);
        assert_eq!(video.to_string(), text);
        assert_eq!(video.field().parse::<Vpdq>().unwrap(), video);
        assert_eq!(Vpdq::from_bytes(&video.to_bytes()).unwrap(), video);
        let share = compare(&video, &video, 31);
        assert!(share.reaches(Thresholds { query: 100, compared: 100 }));
    }
}

/// The hash of which every byte is this one.
fn hash(byte: u8) -> Pdq {
    Pdq([byte; 32])
}

#[track_caller]
fn refused(text: &str, expected: InvalidVpdq) {
    assert_eq!(text.replace("HASH", &"5a".repeat(32)).parse::<Vpdq>(), Err(expected));
}

#[test]
fn hostile_text_is_refused_by_name_and_line() {
    let fault = |line, fault| InvalidVpdq::Line { line, fault };
    refused("", InvalidVpdq::Empty);
    refused(" \n;\n", InvalidVpdq::Empty);
    refused("0,100,HASH,0.000\n1,100,HASH", fault(2, FrameFault::Fields));
    refused("0,100,HASH,0.000,7", fault(1, FrameFault::Fields));
    refused("-1,100,HASH,0.000", fault(1, FrameFault::Number));
    refused("4294967296,100,HASH,0.000", fault(1, FrameFault::Number));
    refused("+0,100,HASH,0.000", fault(1, FrameFault::Number));
    refused(",100,HASH,0.000", fault(1, FrameFault::Number));
    refused("0,101,HASH,0.000", fault(1, FrameFault::Quality));
    refused("0,300,HASH,0.000", fault(1, FrameFault::Quality));
    refused("0,99.5,HASH,0.000", fault(1, FrameFault::Quality));
    refused("0,100,HASHa,0.000", fault(1, FrameFault::Hash));
    refused("\n0,100,ä,0.000", fault(2, FrameFault::Hash));
    refused("0,100,HASH,nan", fault(1, FrameFault::Time));
    refused("0,100,HASH,1e9", fault(1, FrameFault::Time));
    refused("0,100,HASH,1.", fault(1, FrameFault::Time));
    refused("0,100,HASH,4294968.000", fault(1, FrameFault::Time));
    refused("0,100,HASH,0;1,100,HASH,-1", fault(2, FrameFault::Time));
    refused(&"0,100,HASH,0.000\n".repeat(MOST_FRAMES + 1), InvalidVpdq::TooLong);
    let told = "0,100,secret,0.000".parse::<Vpdq>().unwrap_err().to_string();
    assert_eq!(told, "not a vPDQ signal: frame 1: its hash is not 64 hexadecimal digits");
}

#[test]
fn other_writers_of_the_text_form_are_understood() {
    let text = format!(
        " 7 , 0 , {} , 12 \r\n\n8,50,{},1.5\n9,51,{},1.23456",
        "AB".repeat(32),
        "0".repeat(64),
        "f".repeat(64)
    );
    let video: Vpdq = text.parse().unwrap();
    let times: Vec<_> = video.frames().iter().map(|frame| (frame.number, frame.milliseconds)).collect();
    assert_eq!(times, [(7, 12_000), (8, 1500), (9, 1234)]);
    assert_eq!(video.frames()[0].hash, hash(0xab));
}

#[test]
fn a_damaged_stored_form_is_refused() {
    let video = video(&[(hash(1), 100), (hash(2), 50)]);
    let bytes = video.to_bytes();
    assert_eq!(Vpdq::from_bytes(&bytes).unwrap(), video);
    let mut altered = bytes.clone();
    altered[9] = 101;
    for wrong in [&[][..], &[1], &[2], &bytes[..bytes.len() - 1], &bytes[1..], &altered] {
        assert!(Vpdq::from_bytes(wrong).is_err());
    }
}

fn video(frames: &[(Pdq, u8)]) -> Vpdq {
    let frame = |(number, (hash, quality)): (u32, &(Pdq, u8))| Frame {
        number,
        quality: *quality,
        hash: *hash,
        milliseconds: number * 33,
    };
    Vpdq::new((0..).zip(frames).map(frame).collect()).expect("there are frames")
}

#[test]
fn poor_frames_and_repetitions_do_not_count() {
    let query = video(&[(hash(0), 100), (hash(0), 90), (hash(0xf0), 50), (hash(0x0f), 49)]);
    let compared = video(&[(hash(0), 100), (hash(0x0f), 100), (hash(0x33), 100), (hash(0x55), 100)]);
    let share = compare(&query, &compared, 31);
    assert_eq!(share, Share { query: 1, of_query: 2, compared: 1, of_compared: 4 });
    assert_eq!((share.query_percent(), share.compared_percent()), (50, 25));
    let dark = video(&[(hash(0), 0)]);
    assert_eq!(compare(&dark, &query, 256), Share { query: 0, of_query: 0, compared: 0, of_compared: 2 });
}

#[test]
fn thresholds_hold_both_ways_and_are_met_by_equality() {
    let share = Share { query: 4, of_query: 5, compared: 1, of_compared: 10 };
    let reaches = |query, compared| share.reaches(Thresholds { query, compared });
    assert!(reaches(80, 0) && reaches(80, 10) && share.reaches(EXCERPT));
    assert!(!reaches(81, 0) && !reaches(80, 11) && !share.reaches(CONTAINED));
    let turned = Share { query: 1, of_query: 10, compared: 4, of_compared: 5 };
    assert!(!turned.reaches(EXCERPT) && turned.reaches(CONTAINED));
    let none = Share { query: 0, of_query: 5, compared: 0, of_compared: 10 };
    assert!(!none.reaches(Thresholds { query: 0, compared: 0 }));
}

#[test]
fn a_tolerance_of_31_takes_31() {
    let mut near = [0; 32];
    near[..3].fill(0xff);
    near[3] = 0b0111_1111;
    let (one, other) = (video(&[(hash(0), 100)]), video(&[(Pdq(near), 100)]));
    assert_eq!((compare(&one, &other, 31).query, compare(&one, &other, 30).query), (1, 0));
}

#[test]
fn an_entry_number_is_taken_apart_again() {
    let video = video(&[(hash(1), 100), (hash(2), 100), (hash(2), 100)]);
    let rows = rows((1 << 47) - 1, 3, &video);
    assert_eq!(rows.len(), 2);
    assert_eq!(Owner::of(rows[0].entry), Owner { entry: (1 << 47) - 1, frames: Some(2) });
    assert_eq!(Owner::of(77), Owner { entry: 77, frames: None });
}

/// Frames around a few centres, so that many are alike.
fn frames() -> impl Strategy<Value = Vec<(Pdq, u8)>> {
    let frame = (
        0_u8..4,
        prop::collection::vec(0_usize..256, 0..24),
        prop::sample::select(&[0, 49, 50, 51, 100][..]),
    );
    let frame = frame.prop_map(|(centre, flips, quality)| {
        let mut bytes = [centre * 0x55; 32];
        flips.into_iter().for_each(|bit| bytes[bit / 8] ^= 1 << (bit % 8));
        (Pdq(bytes), quality)
    });
    prop::collection::vec(frame, 1..40)
}

/// The shares as the words of the rule say them, with sets and nothing clever.
fn oracle(query: &[(Pdq, u8)], compared: &[(Pdq, u8)], distance: u32) -> Share {
    let good = |frames: &[(Pdq, u8)]| -> BTreeSet<Pdq> {
        frames.iter().filter(|(_, quality)| *quality > 49).map(|(hash, _)| *hash).collect()
    };
    let bits = |left: &Pdq, right: &Pdq| {
        (0..256).filter(|at| (left.0[at / 8] ^ right.0[at / 8]) >> (at % 8) & 1 == 1).count()
    };
    let (query, compared) = (good(query), good(compared));
    let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
    for one in &query {
        for other in &compared {
            if bits(one, other) as u32 <= distance {
                left.insert(*one);
                right.insert(*other);
            }
        }
    }
    let count = |set: &BTreeSet<Pdq>| set.len() as u32;
    Share {
        query: count(&left),
        of_query: count(&query),
        compared: count(&right),
        of_compared: count(&compared),
    }
}

proptest! {
    #[test]
    fn comparing_equals_the_oracle(query in frames(), compared in frames(), distance in 0_u32..40) {
        prop_assert_eq!(compare(&video(&query), &video(&compared), distance), oracle(&query, &compared, distance));
    }

    #[test]
    fn searching_many_equals_comparing_each(
        query in frames(), known in prop::collection::vec(frames(), 1..6), picture in frames(), distance in 0_u32..40,
    ) {
        let asked = video(&query);
        let mut all: Vec<Row> = (1..).zip(&known).flat_map(|(entry, frames)| rows(entry, entry as u32 % 2, &video(frames))).collect();
        all.push(Row { entry: 1, bank: 0, signal: Signal::Pdq(picture[0].0) });
        let index = Index::build(all);
        let found = search(&index, &asked.kept(), &Radii::everywhere(distance).with(1, Some(distance / 2)));
        for (entry, frames) in (1_u64..).zip(&known) {
            let radius = if entry % 2 == 1 { distance / 2 } else { distance };
            let expected = oracle(&query, frames, radius);
            let hit = found.iter().find(|hit| hit.owner.frames.is_some() && hit.owner.entry == entry);
            prop_assert_eq!(hit.map(|hit| hit.share), (expected.query > 0).then_some(expected));
            let nearest = asked.kept().iter().flat_map(|one| video(frames).kept().iter().map(|other| one.hash.distance(&other.hash)).collect::<Vec<_>>()).min();
            prop_assert_eq!(hit.map(|hit| hit.distance), nearest.filter(|_| expected.query > 0));
        }
        let expected = oracle(&query, &[(picture[0].0, 100)], distance);
        let hit = found.iter().find(|hit| hit.owner == Owner { entry: 1, frames: None });
        prop_assert_eq!(hit.map(|hit| hit.share), (expected.query > 0).then_some(expected));
    }

    #[test]
    fn no_text_is_more_than_refused(text in "[0-9a-f,.;\n -]{0,200}|\\PC{0,200}") {
        if let Ok(video) = text.parse::<Vpdq>() {
            prop_assert_eq!(video.to_string().parse::<Vpdq>().unwrap(), video);
        }
    }
}

#[test]
fn more_frames_than_are_asked_at_once_are_counted_once_each() {
    let frames: Vec<_> = (0..700_u32)
        .map(|number| {
            let mut bytes = [0; 32];
            bytes[28..].copy_from_slice(&number.wrapping_mul(0x9E37_79B9).to_be_bytes());
            (Pdq(bytes), 100)
        })
        .collect();
    let known = video(&frames);
    let index = Index::build(rows(9, 0, &known));
    let found = search(&index, &known.kept(), &Radii::everywhere(0));
    assert_eq!(found[0].share, Share { query: 700, of_query: 700, compared: 700, of_compared: 700 });
}
