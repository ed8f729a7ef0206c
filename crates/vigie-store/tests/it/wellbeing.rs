//! What people saw, what they are spared, on what a decision without a look rests, and what is read again.

use vigie_model::access::OpenedBy;
use vigie_model::bank::{Label, Verdict};
use vigie_model::id::{BankId, IncidentId, PersonId};
use vigie_model::incident::{Decision, Finding, Item, ItemVerdict, Outcome, Precedent, RevealStep, Reversal};
use vigie_model::rereading::{Rereading, RereadingState, SecondConclusion, Settled, Settlement};
use vigie_model::{Moment, Surface};
use vigie_store::items::{self, Judged};
use vigie_store::people::{self, Session};
use vigie_store::submissions::{self, KeptMatch, KeptSignal, Submission};
use vigie_store::{decisions, queue, rereadings, reveals, spared};

use crate::house::{House, START, commit};
use crate::review::{add_item, everything, free, housekeeping, later, open, person, reveal};

fn label(text: &str) -> Label {
    text.parse().unwrap()
}

async fn label_incident(house: &House, incident: IncidentId, labels: &[&str]) {
    let mut tx = house.begin().await;
    for one in labels {
        spared::label_incident(&mut tx, incident, &label(one)).await.unwrap();
        spared::label_incident(&mut tx, incident, &label(one)).await.unwrap();
    }
    commit(tx).await;
}

async fn spare(house: &House, person: PersonId, labels: &[&str]) {
    let labels: Vec<_> = labels.iter().map(|one| label(one)).collect();
    let mut house_keeping = housekeeping(house).await;
    spared::replace(&mut house_keeping, person, &labels).await.unwrap();
    house_keeping.commit().await.unwrap();
}

pub(crate) async fn looks_are_listed_by_person_and_by_time(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let item = add_item(house, open(house, "a1", |_| ()).await.id, None).await;
    let looks = [
        reveal(house, ada, &item, RevealStep::Shielded, START),
        reveal(house, ben, &item, RevealStep::Soft, later(1)),
        reveal(house, ada, &item, RevealStep::Full, later(2)),
    ];
    let mut tx = house.begin().await;
    for look in &looks {
        reveals::insert(&mut tx, look).await.unwrap();
    }
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reveals::list_since(&mut reader, START).await.unwrap(), looks);
    assert_eq!(reveals::list_since(&mut reader, later(1)).await.unwrap(), looks[1..]);
    let own = reveals::list_of_person(&mut reader, ada, START).await.unwrap();
    assert_eq!(own, [looks[0].clone(), looks[2].clone()]);
    assert_eq!(reveals::list_of_person(&mut reader, ada, later(1)).await.unwrap(), looks[2..]);
}

pub(crate) async fn what_somebody_is_spared_is_marked_and_left_out_unless_a_child_is_at_risk(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let one = open(house, "a1", |incident| incident.opened_at = later(1)).await.id;
    let two = open(house, "a2", |incident| incident.opened_at = later(2)).await.id;
    let three = open(house, "a3", |incident| {
        incident.opened_at = later(3);
        incident.child_at_risk = true;
    });
    let three = three.await.id;
    label_incident(house, one, &["ncmec:A1", "inhope:baseline"]).await;
    label_incident(house, two, &["ncmec:B2"]).await;
    label_incident(house, three, &["ncmec:A1"]).await;
    spare(house, ada, &["ncmec:B1", "ncmec:A2"]).await;
    spare(house, ada, &["ncmec:A1", "inhope:baseline"]).await;

    let mut reader = house.store.read().await.unwrap();
    let named = spared::of_person(&mut reader, ada).await.unwrap();
    assert_eq!(named, [label("inhope:baseline"), label("ncmec:A1")]);
    let used = spared::labels_in_use(&mut reader).await.unwrap();
    assert_eq!(used, [label("inhope:baseline"), label("ncmec:A1"), label("ncmec:B2")]);
    let marked = queue::next_free(&mut reader, &everything(ada), true, 9).await.unwrap();
    let marked: Vec<_> = marked.iter().map(|free| (free.id, free.is_spared)).collect();
    assert_eq!(marked, [(three, false), (one, true), (two, false)]);
    assert_eq!(free(&mut reader, &everything(ada), false).await, [three, two]);
    assert_eq!(free(&mut reader, &everything(ben), false).await, [three, one, two]);
    drop(reader);
    spare(house, ada, &[]).await;
    let mut reader = house.store.read().await.unwrap();
    assert!(spared::of_person(&mut reader, ada).await.unwrap().is_empty());
}

/// Signs a person in; the session was last used at this moment.
async fn sign_in(house: &House, person: PersonId, last_seen_at: Moment) {
    let session = Session {
        id: house.id(),
        hash: std::array::from_fn(|place| person.0.as_bytes()[place % 16]),
        person,
        agent: "test".into(),
        opened_by: OpenedBy::Link,
        fresh_at: None,
        created_at: START,
        last_seen_at,
        expires_at: later(900),
    };
    let mut tx = house.begin().await;
    people::insert_session(&mut tx, &session).await.unwrap();
    commit(tx).await;
}

pub(crate) async fn who_takes_an_incident_is_there_did_not_pass_and_is_spared_nothing_of_it(house: &House) {
    let incident = open(house, "a1", |_| ()).await.id;
    label_incident(house, incident, &["ncmec:A1"]).await;
    let mut people = Vec::new();
    for name in ["Ada", "Ben", "Cem", "Dua", "Eli"] {
        let id = person(house, name).await;
        // The last is not signed in, the one before was not seen for a while.
        match name {
            "Eli" => {}
            "Dua" => sign_in(house, id, later(99)).await,
            _ => sign_in(house, id, later(100)).await,
        }
        people.push(id);
    }
    spare(house, people[1], &["ncmec:A1"]).await;
    let mut house_keeping = housekeeping(house).await;
    queue::pass(&mut house_keeping, incident, people[2]).await.unwrap();
    house_keeping.commit().await.unwrap();
    let mut reader = house.store.read().await.unwrap();
    let takers = spared::takers(&mut reader, incident, later(100), later(200)).await.unwrap();
    assert_eq!(takers, [people[0]]);
    assert!(spared::takers(&mut reader, incident, later(100), later(900)).await.unwrap().is_empty());
}

/// An item whose bytes have this SHA-256, in an incident of its own.
async fn item_of(house: &House, subject: &str, sha256: [u8; 32]) -> Item {
    let submission = submission(house, subject);
    let incident = open(house, subject, |_| ()).await.id;
    let mut tx = house.begin().await;
    submissions::insert(&mut tx, &submission).await.unwrap();
    let signal = KeptSignal { kind: 4, value: sha256.to_vec() };
    submissions::insert_signal(&mut tx, submission.id, &signal).await.unwrap();
    commit(tx).await;
    add_item(house, incident, Some(submission.id)).await
}

fn submission(house: &House, account: &str) -> Submission {
    Submission {
        id: house.id(),
        surface: Surface::PublicGroup,
        basis: house.id(),
        service: "synthetic".into(),
        context: "{}".into(),
        account: Some(account.into()),
        conversation: None,
        message: None,
        media_reference: None,
        sent_at: None,
        received_at: START,
        mime: None,
        width: None,
        height: None,
        quality: None,
        failure: None,
        verdict: Verdict::Review,
        blob: None,
        index_version: 1,
    }
}

/// Decides an item, after looking at it in this step.
async fn decide(
    house: &House,
    item: &Item,
    by: PersonId,
    step: Option<RevealStep>,
    verdict: ItemVerdict,
) -> Decision {
    let outcome = if verdict == ItemVerdict::Violating { Outcome::Violating } else { Outcome::Dismissed };
    let decision = Decision {
        id: house.id(),
        incident: item.incident,
        wave: None,
        decided_by: by,
        outcome,
        labels: vec![label("ncmec:A1")],
        reason: "seen".into(),
        findings: vec![Finding { item: item.id, verdict }],
        as_before: vec![],
        decided_at: later(10),
        reversal: None,
    };
    let mut tx = house.begin().await;
    if let Some(step) = step {
        reveals::insert(&mut tx, &reveal(house, by, item, step, later(5))).await.unwrap();
    }
    decisions::insert(&mut tx, &decision).await.unwrap();
    items::set_verdict(&mut tx, item.id, Some(verdict)).await.unwrap();
    commit(tx).await;
    decision
}

pub(crate) async fn precedents_have_the_same_bytes_and_were_looked_at_by_who_decided(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let asked = item_of(house, "asked", [7; 32]).await;
    let seen = item_of(house, "seen", [7; 32]).await;
    let other = item_of(house, "other", [8; 32]).await;
    let shielded = item_of(house, "shielded", [7; 32]).await;
    let unseen = item_of(house, "unseen", [7; 32]).await;
    let first = decide(house, &seen, ada, Some(RevealStep::Soft), ItemVerdict::Violating).await;
    decide(house, &other, ada, Some(RevealStep::Full), ItemVerdict::Violating).await;
    decide(house, &shielded, ada, Some(RevealStep::Shielded), ItemVerdict::NotViolating).await;
    decide(house, &unseen, ben, None, ItemVerdict::NotViolating).await;
    let find = async |incident| {
        decisions::precedents(&mut house.store.read().await.unwrap(), incident).await.unwrap()
    };
    let precedent = Precedent { item: asked.id, earlier: seen.id, decision: first.id };
    assert_eq!(find(asked.incident).await, [(precedent, ItemVerdict::Violating)]);

    // What rests on it alone is none itself, and comes back as what it is.
    let again = item_of(house, "again", [7; 32]).await;
    let mut tx = house.begin().await;
    let as_before = vec![Precedent { item: again.id, ..precedent }];
    let second = Decision { id: house.id(), incident: again.incident, as_before, ..first.clone() };
    decisions::insert(&mut tx, &second).await.unwrap();
    items::set_verdict(&mut tx, again.id, Some(ItemVerdict::Violating)).await.unwrap();
    reveals::insert(&mut tx, &reveal(house, ada, &again, RevealStep::Full, START)).await.unwrap();
    commit(tx).await;
    let found = decisions::find(&mut house.store.read().await.unwrap(), second.id).await.unwrap();
    assert_eq!(found, Some(second));
    assert_eq!(find(asked.incident).await.len(), 1);

    let drawn = rereading(house, &first);
    let mut tx = house.begin().await;
    rereadings::insert(&mut tx, &drawn).await.unwrap();
    commit(tx).await;
    assert_eq!(find(asked.incident).await.len(), 1, "to be read again is no doubt");
    conclude(house, &drawn, ben, RereadingState::Disputed).await;
    assert!(find(asked.incident).await.is_empty(), "it is doubted");
    let settled =
        Settled { by: ada, at: later(99), settlement: Settlement::First, reason: "it is so".into() };
    let mut tx = house.begin().await;
    assert!(rereadings::settle(&mut tx, drawn.id, &settled).await.unwrap());
    assert!(!rereadings::settle(&mut tx, drawn.id, &settled).await.unwrap());
    commit(tx).await;
    assert_eq!(find(asked.incident).await.len(), 1, "the doubt is gone");
    let mut tx = house.begin().await;
    let reversal = Reversal { by: ben, at: later(100), reason: "no".into() };
    decisions::reverse(&mut tx, first.id, &reversal).await.unwrap();
    commit(tx).await;
    assert!(find(asked.incident).await.is_empty(), "it is undone");
}

fn rereading(house: &House, decision: &Decision) -> Rereading {
    Rereading {
        id: house.id(),
        decision: decision.id,
        incident: decision.incident,
        decided_by: decision.decided_by,
        state: RereadingState::Waiting,
        drawn_at: decision.decided_at,
        reader: None,
        second: None,
        settled: None,
    }
}

/// Has a person take and conclude it.
async fn conclude(house: &House, drawn: &Rereading, reader: PersonId, state: RereadingState) {
    let mut house_keeping = housekeeping(house).await;
    assert!(rereadings::take(&mut house_keeping, drawn.id, reader, START, later(50)).await.unwrap());
    house_keeping.commit().await.unwrap();
    let second = SecondConclusion {
        outcome: Outcome::Dismissed,
        labels: vec![label("ncmec:B1")],
        findings: vec![],
        read_at: later(60),
    };
    let mut tx = house.begin().await;
    assert!(rereadings::conclude(&mut tx, drawn.id, reader, state, &second).await.unwrap());
    assert!(!rereadings::conclude(&mut tx, drawn.id, reader, state, &second).await.unwrap());
    commit(tx).await;
}

pub(crate) async fn a_reading_again_comes_back_whole_and_is_in_one_hand(house: &House) {
    let (ada, ben, cem) =
        (person(house, "Ada").await, person(house, "Ben").await, person(house, "Cem").await);
    let item = item_of(house, "a1", [7; 32]).await;
    let decision = decide(house, &item, ada, None, ItemVerdict::Violating).await;
    let drawn = rereading(house, &decision);
    let mut tx = house.begin().await;
    rereadings::insert(&mut tx, &drawn).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(rereadings::find(&mut reader, drawn.id).await.unwrap(), Some(drawn.clone()));
    for (who, waits) in [(ada, 0), (ben, 1), (cem, 1)] {
        assert_eq!(rereadings::count_for(&mut reader, who, START).await.unwrap(), waits);
    }
    drop(reader);
    let mut house_keeping = housekeeping(house).await;
    assert!(rereadings::take(&mut house_keeping, drawn.id, ben, START, later(1)).await.unwrap());
    assert!(!rereadings::take(&mut house_keeping, drawn.id, cem, START, later(1)).await.unwrap());
    house_keeping.commit().await.unwrap();
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(rereadings::next_for(&mut reader, cem, START).await.unwrap(), None);
    assert!(rereadings::next_for(&mut reader, ben, START).await.unwrap().is_some());
    assert!(rereadings::is_read_by(&mut reader, item.incident, ben, START).await.unwrap());
    assert!(!rereadings::is_read_by(&mut reader, item.incident, cem, START).await.unwrap());
    assert!(!rereadings::is_read_by(&mut reader, item.incident, ben, later(1)).await.unwrap());
    drop(reader);
    let mut house_keeping = housekeeping(house).await;
    rereadings::give_back(&mut house_keeping, drawn.id, cem).await.unwrap();
    assert!(!rereadings::take(&mut house_keeping, drawn.id, cem, START, later(1)).await.unwrap());
    rereadings::give_back(&mut house_keeping, drawn.id, ben).await.unwrap();
    house_keeping.commit().await.unwrap();

    conclude(house, &drawn, cem, RereadingState::Disputed).await;
    let mut reader = house.store.read().await.unwrap();
    let disputed = rereadings::list(&mut reader, RereadingState::Disputed, 9).await.unwrap();
    assert_eq!(disputed[0].reader, Some((cem, later(50))));
    assert_eq!(disputed[0].second.as_ref().unwrap().labels, [label("ncmec:B1")]);
    let compared = rereadings::compared(&mut reader, later(60)).await.unwrap();
    assert_eq!(compared[0].outcomes, (Outcome::Violating, Outcome::Dismissed));
    assert_eq!(compared[0].labels, (vec![label("ncmec:A1")], vec![label("ncmec:B1")]));
    assert!(rereadings::compared(&mut reader, later(61)).await.unwrap().is_empty());
    drop(reader);
    let mut tx = house.begin().await;
    rereadings::withdraw(&mut tx, decision.id).await.unwrap();
    let kept = rereadings::find(&mut tx, drawn.id).await.unwrap().unwrap();
    assert_eq!(kept.state, RereadingState::Disputed, "what was concluded stays");
}

pub(crate) async fn judged_items_are_counted_once_for_each_bank_they_matched(house: &House) {
    let ada = person(house, "Ada").await;
    let (one, two): (BankId, BankId) = (house.id(), house.id());
    let verdicts = [
        (Some(ItemVerdict::Violating), vec![one, one, two]),
        (Some(ItemVerdict::NotViolating), vec![one]),
        (Some(ItemVerdict::Unclear), vec![two]),
        (None, vec![one]),
    ];
    for (number, (verdict, banks)) in (0..).zip(verdicts) {
        let item = item_of(house, &format!("a{number}"), [number; 32]).await;
        let mut tx = house.begin().await;
        for (position, bank) in (0..).zip(banks) {
            let found = KeptMatch { kind: 1, bank, entry: 1, distance: 3, receipt: "{}".into() };
            submissions::insert_match(&mut tx, item.submission.unwrap(), position, &found).await.unwrap();
        }
        commit(tx).await;
        if let Some(verdict) = verdict {
            decide(house, &item, ada, None, verdict).await;
        }
    }
    let judged = items::judged_by_bank(&mut house.store.read().await.unwrap()).await.unwrap();
    let of = |violating, not_violating, unclear| Judged { violating, not_violating, unclear };
    assert_eq!(judged, [(one, of(1, 1, 0)), (two, of(1, 0, 1))]);
}
