//! A report holds, and no change of it does.

use std::collections::BTreeMap;

use serde_json::json;
use vigie_model::Caller;

use super::*;
use crate::ledger::{Details, seal};
use crate::merkle::Hash;

const HOUR: i64 = 3_600_000_000;

/// The entries of a house: six requests of which one is refused and five released, a hunt, and what counts nowhere.
fn entries() -> Vec<Details> {
    let mut entries = vec![];
    let mut add = |action: &str, object: String, hour: i64, parameters: serde_json::Value| {
        let entry = Details::new(&Caller::system(), action, object, Moment(hour * HOUR));
        entries.push(entry.with(parameters));
    };
    let facts = json!({"country": "FR", "regime": "fr-77-1-1", "binding": true, "emergency": false});
    for number in 0..6 {
        add(RECEIVED, format!("request:{number}"), 10 + number, facts.clone());
    }
    let mut refused = facts.clone();
    refused["ground"] = json!("over_broad");
    add("request.refused", "request:0".into(), 30, refused);
    for number in 1..6 {
        add("package.released", format!("request:{number}"), 40, facts.clone());
    }
    add("hunt.done", "hunt:1".into(), 41, json!({}));
    add("media.revealed", "media:1".into(), 42, json!({}));
    entries
}

fn span() -> (Moment, Moment) {
    (Moment(11 * HOUR), Moment(100 * HOUR))
}

/// The report of a span over these entries, and the leaves of their log.
fn report() -> (Report, BTreeMap<u64, Hash>) {
    let entries: Vec<_> = (0_u64..).zip(entries()).collect();
    let (from, until) = span();
    let tally = tally(&entries, span());
    let counted = |entries: &Vec<u64>| Counted { salt: encode([9; 32]), entries: entries.clone() };
    let cell = |(of, entries): (&Key, &Vec<u64>)| Cell {
        of: of.clone(),
        count: Shown::of(entries.len() as u64),
        commitment: counted(entries).commitment(of),
    };
    let sealed: BTreeMap<_, _> =
        entries.iter().map(|(index, entry)| (*index, seal(entry, &[*index as u8; 32]).unwrap())).collect();
    let opened = |(index, entry): &(u64, Details)| {
        let details = &*sealed[index].details;
        key_of(entry).map(|_| Opened { index: *index, entry: Unsealed::new(details, &[*index as u8; 32]) })
    };
    let report = Report {
        form: FORM.into(),
        from,
        until,
        checkpoint: String::new(),
        cells: tally.cells.iter().map(cell).collect(),
        times: tally.times.clone(),
        oldest_silence: None,
        for_auditors: Some(ForAuditors {
            cells: tally.cells.values().map(counted).collect(),
            openings: entries.iter().filter_map(opened).collect(),
        }),
    };
    (report, sealed.into_iter().map(|(index, sealed)| (index, sealed.leaf)).collect())
}

fn judged(report: &Report, leaves: &BTreeMap<u64, Hash>) -> Judgement {
    judge(report, report.for_auditors.as_ref().unwrap(), leaves)
}

fn all(judgement: Judgement) -> Vec<Fault> {
    judgement.cells.into_iter().flat_map(|(_, faults)| faults).chain(judgement.faults).collect()
}

#[test]
fn every_entry_of_the_span_counts_once_and_the_report_holds() {
    let (report, leaves) = report();
    let shown: Vec<_> =
        report.cells.iter().map(|cell| format!("{} {}", cell.of.action, cell.count)).collect();
    assert_eq!(
        shown,
        ["hunt.done 1-4", "package.released 5", "request.received 5", "request.refused 1-4"],
        "the first request came before the span"
    );
    assert_eq!(report.cells[3].of.ground.as_deref(), Some("over_broad"));
    assert_eq!(report.times, [Time { regime: "fr-77-1-1".into(), median: Took::FiveDays }]);
    assert!(judged(&report, &leaves).holds(), "{:?}", judged(&report, &leaves));
    let text = serde_json::to_vec(&report).unwrap();
    assert_eq!(Report::read(&text).unwrap(), report);
}

#[test]
fn the_public_report_opens_nothing_and_hides_small_numbers() {
    let (report, _) = report();
    let text = serde_json::to_string(&report.public()).unwrap();
    for secret in ["request:", "openings", "salt", "entries", "for_auditors"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn each_change_of_a_report_has_its_own_answer() {
    let check = |what: &str, change: &dyn Fn(&mut Report, &mut ForAuditors), faults: &[Fault]| {
        let (mut report, leaves) = report();
        let mut opened = report.for_auditors.take().unwrap();
        change(&mut report, &mut opened);
        let found = all(judge(&report, &opened, &leaves));
        for fault in faults {
            assert!(found.contains(fault), "{what}: {found:?}");
        }
    };
    let few = Shown::Few;
    check(
        "a number",
        &|report, _| report.cells[1].count = Shown::Exactly(6),
        &[Fault::Count { published: Shown::Exactly(6), counted: 5 }],
    );
    check(
        "an opening left out",
        &|_, opened| opened.openings.retain(|one| one.index != 8),
        &[Fault::NotOpened(8)],
    );
    check(
        "an entry left out",
        &|_, opened| opened.cells[1].entries = opened.cells[1].entries[1..].to_vec(),
        &[Fault::Count { published: Shown::Exactly(5), counted: 4 }, Fault::Commitment, Fault::Uncounted(7)],
    );
    check(
        "a cell left out",
        &|report, opened| {
            report.cells.remove(0);
            opened.cells.remove(0);
        },
        &[Fault::Uncounted(12)],
    );
    check("an entry doubled", &|_, opened| opened.cells[1].entries.push(8), &[Fault::Twice(8)]);
    check(
        "an entry of another cell",
        &|_, opened| opened.cells[0].entries.push(6),
        &[Fault::Elsewhere(6), Fault::Twice(6)],
    );
    check("a receipt left out", &|_, opened| drop(opened.openings.remove(0)), &[Fault::NoReceipt(6)]);
    let alter = |_: &mut Report, opened: &mut ForAuditors| {
        let entry = &mut opened.openings[6].entry;
        entry.details = entry.details.replace("over_broad", "not_stored");
    };
    check("an opening altered", &alter, &[Fault::Altered(6), Fault::NotOpened(6)]);
    check("a time", &|report, _| report.times[0].median = Took::Hours, &[Fault::Times]);
    check(
        "a cell twice",
        &|report, opened| {
            report.cells.push(report.cells[0].clone());
            opened.cells.push(opened.cells[0].clone());
        },
        &[Fault::SameCell, Fault::Twice(12)],
    );
    check(
        "a list too many",
        &|_, opened| opened.cells.push(opened.cells[0].clone()),
        &[Fault::Lists { found: 5, cells: 4 }],
    );
    check(
        "an empty cell",
        &|_, opened| opened.cells[0].entries.clear(),
        &[Fault::Count { published: few, counted: 0 }],
    );
}

#[test]
fn what_a_document_says_of_a_state_or_a_regime_is_repeated_only_where_it_is_written_as_one() {
    let details = Details::new(&Caller::system(), RECEIVED, "request:1", Moment(0));
    let key =
        key_of(&details.with(json!({"country": "<b>", "regime": "A b", "ground": "over_broad"}))).unwrap();
    assert_eq!((key.country, key.regime, key.ground), (None, None, None));
}
