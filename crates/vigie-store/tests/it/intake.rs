//! What messengers send.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use proptest::prelude::{Strategy as _, any};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use vigie_model::bank::Verdict;
use vigie_model::conversation::{Conversation, ConversationKind};
use vigie_model::hunt::Pass;
use vigie_model::id::IncidentId;
use vigie_model::incident::{Incident, IncidentState, Item, ItemKind, Severity, Subject, SubjectKind};
use vigie_model::{IdGen, Moment, Surface};
use vigie_store::blobs::{self, Blob, Hold};

use vigie_store::counts::{self, DayCount, Tally};
use vigie_store::history::{self, Fresh, Past, Segment};
use vigie_store::idempotency::{self, Given};
use vigie_store::submissions::{self, Gathered, KeptMatch, KeptSignal, Submission};
use vigie_store::user_reports::{self, UserReport};
use vigie_store::{Transaction, conversations, incidents, items};

use crate::house::{House, START, commit};

pub(crate) async fn counts_add_up_whatever_the_batches(house: &House) {
    let tally = (0..50i64, 0..50i64, 0..50i64, 0..50i64).prop_map(
        |(submitted, not_examined, matched, undecodable)| Tally {
            submitted,
            not_examined,
            matched,
            undecodable,
        },
    );
    let one = (any::<bool>(), 1..4u8, tally).prop_map(|(public, day, tally)| DayCount {
        surface: if public { Surface::PublicGroup } else { Surface::DirectMessage },
        day: format!("2026-11-0{day}"),
        tally,
    });
    let batches = proptest::collection::vec(proptest::collection::vec(one, 0..6), 8);
    let batches = batches.new_tree(&mut TestRunner::deterministic()).unwrap().current();

    let mut expected: BTreeMap<(String, &str), Tally> = BTreeMap::new();
    for batch in &batches {
        let mut housekeeping = house.store.housekeeping().await.unwrap();
        for count in batch {
            counts::add(&mut housekeeping, count).await.unwrap();
            *expected.entry((count.day.clone(), count.surface.name())).or_default() += count.tally;
        }
        housekeeping.commit().await.unwrap();
    }
    let mut reader = house.store.read().await.unwrap();
    let kept = counts::list(&mut reader, "2026-11-01").await.unwrap();
    let kept: BTreeMap<_, _> =
        kept.into_iter().map(|count| ((count.day, count.surface.name()), count.tally)).collect();
    assert_eq!(kept, expected);
    assert!(counts::list(&mut reader, "2026-11-04").await.unwrap().is_empty());
}

fn blob(house: &House) -> Blob {
    Blob {
        id: house.id(),
        purpose: "submission".into(),
        mime: "image/jpeg".into(),
        plain_size: 1_000,
        plain_sha256: [3; 32],
        created_at: START,
        period: "2027-03".parse().unwrap(),
        retain_until: Some(START.after(Duration::from_secs(9))),
        erased_at: None,
    }
}

fn submission(house: &House) -> Submission {
    Submission {
        id: house.id(),
        surface: Surface::PublicChannel,
        basis: house.id(),
        service: "synthetic".into(),
        context: r#"{"ip":"2001:db8::1"}"#.into(),
        account: Some("a1".into()),
        conversation: Some("c1".into()),
        message: Some("m1".into()),
        media_reference: Some("f1".into()),
        sent_at: Some(Moment(START.0 - 5)),
        received_at: START,
        mime: Some("image/png".into()),
        width: Some(512),
        height: Some(384),
        quality: Some(100),
        failure: None,
        verdict: Verdict::Block,
        blob: None,
        index_version: 9,
    }
}

pub(crate) async fn a_submission_comes_back_whole(house: &House) {
    let kept = blob(house);
    let given = Submission { blob: Some(kept.id), ..submission(house) };
    let signals = [(1, 32), (2, 16), (3, 20), (4, 32)];
    let signals = signals.map(|(kind, length)| KeptSignal { kind, value: vec![0xA0 | kind as u8; length] });
    let found = [0, 7].map(|distance| KeptMatch {
        kind: 1,
        bank: house.id(),
        entry: 40 + distance,
        distance,
        receipt: format!(r#"{{"distance":{distance}}}"#),
    });
    let mut tx = house.begin().await;
    blobs::insert(&mut tx, &kept).await.unwrap();
    submissions::insert(&mut tx, &given).await.unwrap();
    for signal in &signals {
        submissions::insert_signal(&mut tx, given.id, signal).await.unwrap();
    }
    for (position, found) in (0..).zip(&found) {
        submissions::insert_match(&mut tx, given.id, position, found).await.unwrap();
    }
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    assert_eq!(submissions::find(&mut reader, given.id).await.unwrap(), Some(given.clone()));
    assert_eq!(submissions::signals(&mut reader, given.id).await.unwrap(), signals);
    assert_eq!(submissions::matches(&mut reader, given.id).await.unwrap(), found);
    assert_eq!(blobs::find(&mut reader, kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(blobs::living(&mut reader).await.unwrap(), [(kept.id, kept.period)]);
}

pub(crate) async fn a_submission_of_signals_alone_comes_back_whole(house: &House) {
    let given = Submission {
        account: None,
        conversation: None,
        message: None,
        media_reference: None,
        sent_at: None,
        mime: None,
        width: None,
        height: None,
        quality: None,
        failure: Some("unknown_media_type".into()),
        verdict: Verdict::Allow,
        ..submission(house)
    };
    let mut tx = house.begin().await;
    submissions::insert(&mut tx, &given).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(submissions::find(&mut reader, given.id).await.unwrap(), Some(given));
}

/// Writes a submission that hit a bank, in an incident of its own.
async fn write_found(house: &House, tx: &mut Transaction, found: Submission) -> Gathered {
    submissions::insert(tx, &found).await.unwrap();
    let hit = KeptMatch { kind: 1, bank: house.id(), entry: 1, distance: 0, receipt: "{}".into() };
    submissions::insert_match(tx, found.id, 0, &hit).await.unwrap();
    let incident = write_item(house, tx, &found).await;
    Gathered { submission: found, incident }
}

async fn write_item(house: &House, tx: &mut Transaction, about: &Submission) -> IncidentId {
    let incident = Incident {
        id: house.id(),
        number: tx.next_number("incident").await.unwrap(),
        subject: Subject {
            kind: SubjectKind::Conversation,
            service: about.service.clone(),
            reference: "c1".into(),
            name: None,
        },
        state: IncidentState::Open,
        severity: Severity::Medium,
        reach: 0,
        items: 1,
        wave: None,
        child_at_risk: false,
        lease: None,
        opened_at: START,
        updated_at: START,
        escalation: None,
    };
    incidents::insert(tx, &incident, START).await.unwrap();
    let item = Item {
        id: house.id(),
        incident: incident.id,
        kind: ItemKind::Submission,
        submission: Some(about.id),
        report: None,
        media: None,
        verdict: None,
        added_at: START,
    };
    items::insert(tx, &item).await.unwrap();
    incident.id
}

pub(crate) async fn who_posted_what_was_found_in_a_conversation(house: &House) {
    let mut tx = house.begin().await;
    let mut expected = Vec::new();
    for (age, account) in [(3, Some("a1")), (2, Some("a2")), (1, Some("a2")), (9, None)] {
        let account = account.map(str::to_owned);
        let one = Submission { account, received_at: Moment(START.0 - age), ..submission(house) };
        expected.push(write_found(house, &mut tx, one).await);
    }
    expected.sort_by_key(|found| std::cmp::Reverse(found.submission.received_at));
    let elsewhere = Submission { conversation: Some("c2".into()), ..submission(house) };
    let other_messenger = Submission { service: "other".into(), ..submission(house) };
    for one in [elsewhere, other_messenger] {
        write_found(house, &mut tx, one).await;
    }
    let only_reported = submission(house);
    submissions::insert(&mut tx, &only_reported).await.unwrap();
    write_item(house, &mut tx, &only_reported).await;
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    let found = submissions::of_conversation(&mut reader, "synthetic", "c1", 100).await.unwrap();
    assert_eq!(found, expected, "newest first");
    assert_eq!(submissions::of_conversation(&mut reader, "synthetic", "c1", 2).await.unwrap(), expected[..2]);
    let posters = submissions::posters(&mut reader, "synthetic", "c1", 100).await.unwrap();
    assert_eq!(posters, [("a2".to_owned(), 2), ("a1".to_owned(), 1)]);
}

pub(crate) async fn holds_stand_once_for_each_reason(house: &House) {
    let kept = blob(house);
    let hold = Hold { reason: "submission:1".into(), placed_at: START, until: None };
    let prolonged = Hold { until: Some(START.after(Duration::from_secs(9))), ..hold.clone() };
    let other = Hold { reason: "user_report:1".into(), placed_at: Moment(START.0 + 1), until: None };
    let mut tx = house.begin().await;
    blobs::insert(&mut tx, &kept).await.unwrap();
    for hold in [&hold, &other, &prolonged] {
        assert!(blobs::place_hold(&mut tx, kept.id, hold).await.unwrap());
    }
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(blobs::holds(&mut reader, kept.id).await.unwrap(), [prolonged, other]);
    assert_eq!(blobs::holds(&mut reader, house.id()).await.unwrap(), []);
}

/// Rows of a segment, in the order of their identifiers.
async fn rows_of(house: &House, segment: Segment) -> Vec<Past> {
    let mut reader = house.store.read().await.unwrap();
    history::rows(&mut reader, segment).try_collect().await.unwrap()
}

pub(crate) async fn history_is_kept_once_and_vanishes_by_segment(house: &House) {
    let hour = Duration::from_secs(60 * 60);
    let past = |surface, received_at: Moment| Past {
        id: house.ids.uuid(),
        segment: Segment::of(surface, received_at),
        basis: house.id(),
        reference: vec![1, 2, 3],
        pass: Pass::Exact,
        pdq: Some(vec![4; 32]),
        md5: None,
        sha1: None,
        sha256: Some(vec![5; 32]),
        received_at,
    };
    let rows = [
        past(Surface::PublicGroup, START),
        past(Surface::PublicGroup, START),
        past(Surface::Profile, START),
        past(Surface::PublicGroup, START.after(hour)),
    ];
    let end = START.after(hour * 24);
    let mut keeping = house.store.housekeeping().await.unwrap();
    let fresh = |past: &Past, expires_at| Fresh { past: past.clone(), expires_at };
    history::append(&mut keeping, &rows.each_ref().map(|row| fresh(row, end))).await.unwrap();
    // Once more, as when an answer is repeated; and one segment has to vanish earlier now.
    history::append(&mut keeping, &[fresh(&rows[0], end.before(hour))]).await.unwrap();
    keeping.commit().await.unwrap();
    assert_eq!(rows_of(house, rows[0].segment).await, rows[..2]);

    let mut reader = house.store.read().await.unwrap();
    let all = history::segments(&mut reader, Segment(0), START, START.after(hour * 2)).await.unwrap();
    let counted: Vec<_> = all.iter().map(|state| (state.segment, state.rows)).collect();
    assert_eq!(counted, [(rows[0].segment, 2), (rows[2].segment, 1), (rows[3].segment, 1)]);
    assert_eq!(counted[2].0.surface().unwrap(), Surface::PublicGroup);
    let later = history::segments(&mut reader, rows[2].segment, START, START.after(hour * 2)).await.unwrap();
    assert_eq!(later.len(), 1);
    let until = rows[3].segment.starts_at();
    assert_eq!(history::segments(&mut reader, Segment(0), START, until).await.unwrap().len(), 2);
    let found = history::find(&mut reader, rows[2].segment, rows[2].id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&rows[2]));
    assert_eq!(history::find(&mut reader, rows[0].segment, rows[2].id).await.unwrap(), None);
    assert_eq!(history::expired(&mut reader, end.before(hour)).await.unwrap(), [rows[0].segment]);
    drop(reader);

    let mut keeping = house.store.housekeeping().await.unwrap();
    assert_eq!(history::forget(&mut keeping, rows[0].segment).await.unwrap(), 2);
    keeping.commit().await.unwrap();
    assert!(rows_of(house, rows[0].segment).await.is_empty());
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(history::segment(&mut reader, rows[0].segment).await.unwrap(), None);
    assert_eq!(history::segment(&mut reader, rows[2].segment).await.unwrap().unwrap().rows, 1);
}

pub(crate) async fn an_answer_is_given_once_under_a_key(house: &House) {
    let given = Given { request_hash: [6; 32], response: "{}".into() };
    let mut tx = house.begin().await;
    assert_eq!(idempotency::find(&mut tx, "token:1", "k").await.unwrap(), None);
    idempotency::insert(&mut tx, "token:1", "k", &given, START).await.unwrap();
    idempotency::insert(&mut tx, "token:2", "k", &given, START).await.unwrap();
    commit(tx).await;

    let mut tx = house.begin().await;
    let again = idempotency::insert(&mut tx, "token:1", "k", &given, START).await;
    assert!(again.unwrap_err().is_duplicate());
    drop(tx);
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(idempotency::find(&mut reader, "token:1", "k").await.unwrap(), Some(given));
    assert_eq!(idempotency::find(&mut reader, "token:1", "other").await.unwrap(), None);
    drop(reader);

    let mut housekeeping = house.store.housekeeping().await.unwrap();
    assert_eq!(idempotency::forget(&mut housekeeping, START).await.unwrap(), 0);
    assert_eq!(idempotency::forget(&mut housekeeping, Moment(START.0 + 1)).await.unwrap(), 2);
}

pub(crate) async fn a_report_comes_back_whole(house: &House) {
    let report = UserReport {
        id: house.id(),
        service: "synthetic".into(),
        account: Some("a1".into()),
        conversation: None,
        message: Some("m1".into()),
        reason: "child_safety".into(),
        body: Some("please look".into()),
        proof: "plain".into(),
        received_at: START,
    };
    let mut tx = house.begin().await;
    user_reports::insert(&mut tx, &report).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(user_reports::find(&mut reader, report.id).await.unwrap(), Some(report));
}

fn conversation(house: &House, reference: &str, linked: &[&str]) -> Conversation {
    Conversation {
        id: house.id(),
        service: "synthetic".into(),
        reference: reference.into(),
        kind: ConversationKind::Channel,
        title: Some("Lakes".into()),
        description: None,
        owner: Some("a1".into()),
        administrators: vec!["a1".into(), "a2".into()],
        invite_link: Some("https://messenger.example/+x".into()),
        linked: linked.iter().map(|&one| one.to_owned()).collect(),
        members: Some(900),
        first_seen: START,
        updated_at: START,
    }
}

pub(crate) async fn the_latest_word_on_a_conversation_replaces_the_earlier(house: &House) {
    let first = conversation(house, "c1", &["c2", "c3"]);
    let mut tx = house.begin().await;
    assert_eq!(conversations::upsert(&mut tx, &first).await.unwrap(), first.id);
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(conversations::find(&mut reader, first.id).await.unwrap(), Some(first.clone()));
    drop(reader);

    let later = Moment(START.0 + 7);
    let told = Conversation {
        title: None,
        description: Some("of the north".into()),
        members: Some(901),
        first_seen: later,
        updated_at: later,
        ..conversation(house, "c1", &["c3", "c4"])
    };
    let kept = blob(house);
    let mut tx = house.begin().await;
    assert_eq!(
        conversations::upsert(&mut tx, &told).await.unwrap(),
        first.id,
        "it stays the same conversation"
    );
    blobs::insert(&mut tx, &kept).await.unwrap();
    assert_eq!(conversations::snapshot(&mut tx, first.id).await.unwrap(), None);
    conversations::set_snapshot(&mut tx, first.id, kept.id).await.unwrap();
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    let found = conversations::find_by_reference(&mut reader, "synthetic", "c1").await.unwrap();
    assert_eq!(found, Some(Conversation { id: first.id, first_seen: START, ..told }));
    assert_eq!(conversations::snapshot(&mut reader, first.id).await.unwrap(), Some(kept.id));
    assert_eq!(conversations::find_by_reference(&mut reader, "other", "c1").await.unwrap(), None);
}

pub(crate) async fn links_lead_both_ways(house: &House) {
    let mut tx = house.begin().await;
    for one in [
        conversation(house, "c1", &["c3"]),
        conversation(house, "c2", &["c3"]),
        conversation(house, "c3", &[]),
    ] {
        conversations::upsert(&mut tx, &one).await.unwrap();
    }
    write_found(house, &mut tx, Submission { conversation: Some("c2".into()), ..submission(house) }).await;
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(conversations::pointing_to(&mut reader, "synthetic", "c3").await.unwrap(), ["c1", "c2"]);
    assert!(conversations::pointing_to(&mut reader, "synthetic", "c1").await.unwrap().is_empty());
    let listed = conversations::list(&mut reader, 2).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|one| (one.conversation.reference.as_str(), one.found)).collect();
    assert_eq!(listed, [("c2", 1), ("c1", 0)]);
}
