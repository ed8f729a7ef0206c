//! Incidents and what follows from them.

use std::time::Duration;

use serde_json::json;
use vigie_model::bank::{Label, Verdict};
use vigie_model::id::{IncidentId, PersonId, SubmissionId};
use vigie_model::incident::{
    Decision, Escalation, Finding, Incident, IncidentState, Item, ItemKind, ItemVerdict, Lease, Outcome,
    Reveal, RevealStep, Reversal, Severity, Subject, SubjectKind, Wave, WaveState,
};
use vigie_model::{Moment, Role, Surface};
use vigie_store::people::{self, Person};
use vigie_store::queue::QueueFilter;
use vigie_store::submissions::{self, KeptMatch, Submission};
use vigie_store::{Housekeeping, decisions, incidents, items, queue, reveals, waves};

use crate::house::{House, START, commit};

pub(crate) fn later(seconds: u64) -> Moment {
    START.after(Duration::from_secs(seconds))
}

pub(crate) async fn housekeeping(house: &House) -> Housekeeping {
    house.store.housekeeping().await.unwrap()
}

pub(crate) async fn person(house: &House, name: &str) -> PersonId {
    let person = Person {
        id: house.id(),
        name: name.into(),
        roles: vec![Role::Reviewer],
        language: None,
        mail: None,
        created_at: START,
        ended_at: None,
    };
    let mut tx = house.begin().await;
    people::insert(&mut tx, &person).await.unwrap();
    commit(tx).await;
    person.id
}

pub(crate) async fn open(house: &House, subject: &str, change: impl FnOnce(&mut Incident)) -> Incident {
    let mut tx = house.begin().await;
    let mut incident = Incident {
        id: house.id(),
        number: tx.next_number("incident").await.unwrap(),
        subject: Subject {
            kind: SubjectKind::Account,
            service: "synthetic".into(),
            reference: subject.into(),
            name: Some("Ann".into()),
        },
        state: IncidentState::Open,
        severity: Severity::Medium,
        reach: 12,
        items: 0,
        wave: None,
        child_at_risk: false,
        lease: None,
        opened_at: START,
        updated_at: START,
        escalation: None,
    };
    change(&mut incident);
    incidents::insert(&mut tx, &incident, incident.opened_at).await.unwrap();
    commit(tx).await;
    incident
}

pub(crate) async fn add_item(house: &House, incident: IncidentId, submission: Option<SubmissionId>) -> Item {
    let item = Item {
        id: house.id(),
        incident,
        kind: ItemKind::Submission,
        submission,
        report: None,
        media: None,
        verdict: None,
        added_at: START,
    };
    let mut tx = house.begin().await;
    items::insert(&mut tx, &item).await.unwrap();
    items::insert_pivot(&mut tx, item.id, "entry:17").await.unwrap();
    commit(tx).await;
    item
}

async fn found(house: &House, id: IncidentId) -> Incident {
    incidents::find(&mut house.store.read().await.unwrap(), id).await.unwrap().unwrap()
}

pub(crate) async fn an_incident_comes_back_whole(house: &House) {
    let ada = person(house, "Ada").await;
    let opened = open(house, "a1", |_| ()).await;
    assert_eq!(found(house, opened.id).await, opened);
    let wave = Wave {
        id: house.id(),
        number: 1,
        pivot: "entry:17".into(),
        state: WaveState::Open,
        opened_at: START,
        decided_at: None,
    };
    let changed = Incident {
        state: IncidentState::Escalated,
        severity: Severity::Critical,
        reach: 99,
        items: 3,
        wave: Some(wave.id),
        child_at_risk: true,
        updated_at: later(5),
        escalation: Some(Escalation { by: ada, at: later(4), reason: "unclear".into() }),
        ..opened.clone()
    };
    let mut tx = house.begin().await;
    waves::insert(&mut tx, &wave).await.unwrap();
    assert_eq!(incidents::lock(&mut tx, opened.id).await.unwrap().unwrap(), opened);
    incidents::update(&mut tx, &changed, later(1)).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(incidents::find_waiting(&mut reader, &opened.subject).await.unwrap(), Some(changed.clone()));
    assert_eq!(incidents::find_by_number(&mut reader, 1).await.unwrap(), Some(changed.clone()));
    assert_eq!(incidents::list_of_subject(&mut reader, &opened.subject).await.unwrap(), [changed]);
    assert_eq!(waves::find_open(&mut reader, "entry:17").await.unwrap(), Some(wave.clone()));
    assert_eq!(
        waves::list(&mut reader, Some(WaveState::Open), None, 9).await.unwrap(),
        std::slice::from_ref(&wave)
    );
    assert!(waves::list(&mut reader, None, Some(1), 9).await.unwrap().is_empty());

    let mut tx = house.begin().await;
    waves::set_state(&mut tx, wave.id, WaveState::Decided, Some(later(9))).await.unwrap();
    commit(tx).await;
    assert_eq!(waves::find_open(&mut reader, "entry:17").await.unwrap(), None);
    assert_eq!(waves::count(&mut reader, Some(WaveState::Decided)).await.unwrap(), 1);
    assert_eq!(waves::find(&mut reader, wave.id).await.unwrap().unwrap().decided_at, Some(later(9)));
}

pub(crate) fn everything(person: PersonId) -> QueueFilter {
    QueueFilter {
        person,
        state: None,
        severity: Severity::Low,
        service: None,
        subject: None,
        wave: None,
        mine: false,
        now: START,
    }
}

pub(crate) async fn the_queue_is_in_order_page_by_page_and_leaves_out_what_somebody_passed_on(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let mut expected = Vec::new();
    for number in 0..7u64 {
        let subject = format!("a{number}");
        let opened = open(house, &subject, |incident| {
            // Two of one rank, so that the identifier has to tell them apart.
            incident.opened_at = later(number.min(5));
            incident.child_at_risk = number == 4;
        });
        expected.push(opened.await.id);
    }
    expected[..=4].rotate_right(1);
    open(house, "decided", |incident| incident.state = IncidentState::Decided).await;

    let mut reader = house.store.read().await.unwrap();
    let filter = everything(ada);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = queue::list(&mut reader, &filter, after, 2).await.unwrap();
        let Some((_, place)) = page.last() else { break };
        after = Some(*place);
        seen.extend(page.iter().map(|(incident, _)| incident.id));
    }
    assert_eq!(seen, expected);
    assert_eq!(queue::count(&mut reader, &filter).await.unwrap(), 7);

    let mut house_keeping = housekeeping(house).await;
    queue::pass(&mut house_keeping, expected[0], ada).await.unwrap();
    queue::pass(&mut house_keeping, expected[0], ada).await.unwrap();
    queue::skip(&mut house_keeping, expected[1], ada, later(60)).await.unwrap();
    queue::skip(&mut house_keeping, expected[1], ada, later(90)).await.unwrap();
    queue::claim(&mut house_keeping, expected[2], ben, START, later(900)).await.unwrap().unwrap();
    house_keeping.commit().await.unwrap();
    assert_eq!(queue::passed_by(&mut reader, expected[0]).await.unwrap(), [ada]);
    assert_eq!(queue::count(&mut reader, &filter).await.unwrap(), 6, "what was skipped stays");
    assert_eq!(queue::count(&mut reader, &everything(ben)).await.unwrap(), 7);
    assert_eq!(free(&mut reader, &filter, true).await, expected[3..]);
    let then = QueueFilter { now: later(901), ..everything(ada) };
    assert_eq!(free(&mut reader, &then, true).await, expected[1..]);
    let mine = QueueFilter { mine: true, ..everything(ben) };
    let held = queue::list(&mut reader, &mine, None, 9).await.unwrap();
    assert_eq!(held.iter().map(|(incident, _)| incident.id).collect::<Vec<_>>(), [expected[2]]);
    for nothing in [
        QueueFilter { severity: Severity::High, ..everything(ada) },
        QueueFilter { service: Some("another".into()), ..everything(ada) },
        QueueFilter { subject: Some(SubjectKind::Conversation), ..everything(ada) },
        QueueFilter { state: Some(IncidentState::Escalated), ..everything(ada) },
        QueueFilter { wave: Some(house.id()), ..everything(ada) },
    ] {
        assert_eq!(queue::count(&mut reader, &nothing).await.unwrap(), 0, "{nothing:?}");
    }
}

/// What may be handed out, with or without what the person is spared.
pub(crate) async fn free(
    reader: &mut vigie_store::Reader,
    filter: &QueueFilter,
    with_spared: bool,
) -> Vec<IncidentId> {
    let free = queue::next_free(reader, filter, with_spared, 9).await.unwrap();
    free.into_iter().map(|free| free.id).collect()
}

pub(crate) async fn of_many_who_claim_at_once_one_holds(house: &House) {
    let incident = open(house, "a1", |_| ()).await;
    let mut people = Vec::new();
    for name in ["Ada", "Ben", "Cem", "Dua", "Eli", "Fay"] {
        people.push(person(house, name).await);
    }
    for round in 0..5u64 {
        let now = later(round * 1_000);
        let claim = async |person| {
            let mut house_keeping = housekeeping(house).await;
            let until = now.after(Duration::from_secs(900));
            let claimed = queue::claim(&mut house_keeping, incident.id, person, now, until).await.unwrap();
            house_keeping.commit().await.unwrap();
            claimed.and_then(|incident| incident.lease)
        };
        let [a, b, c, d, e, f] = people[..] else { panic!("six people") };
        let leases = tokio::join!(claim(a), claim(b), claim(c), claim(d), claim(e), claim(f));
        let leases: Vec<_> =
            [leases.0, leases.1, leases.2, leases.3, leases.4, leases.5].into_iter().flatten().collect();
        let [lease] = leases[..] else { panic!("{leases:?} hold it in round {round}") };
        assert_eq!(lease.fence, i64::try_from(round).unwrap() + 1);
        assert_eq!(found(house, incident.id).await.lease, Some(lease));
    }
}

pub(crate) async fn a_lease_is_renewed_and_released_only_under_its_fence(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let incident = open(house, "a1", |_| ()).await.id;
    let mut house_keeping = housekeeping(house).await;
    queue::claim(&mut house_keeping, incident, ada, START, later(900)).await.unwrap().unwrap();
    assert_eq!(queue::claim(&mut house_keeping, incident, ben, later(899), later(999)).await.unwrap(), None);
    let renewed = |holder, fence| Lease { holder, fence, until: later(1_500) };
    for (holder, fence, now, is_good) in
        [(ben, 1, 600, false), (ada, 2, 600, false), (ada, 1, 900, false), (ada, 1, 899, true)]
    {
        let done = queue::renew(&mut house_keeping, incident, renewed(holder, fence), later(now)).await;
        assert_eq!(done.unwrap(), is_good, "{fence} at {now}");
    }
    assert!(!queue::release(&mut house_keeping, incident, ben, 1).await.unwrap());
    assert!(!queue::release(&mut house_keeping, incident, ada, 2).await.unwrap());
    assert!(queue::release(&mut house_keeping, incident, ada, 1).await.unwrap());
    house_keeping.commit().await.unwrap();
    assert_eq!(found(house, incident).await.lease, None);

    let mut house_keeping = housekeeping(house).await;
    queue::claim(&mut house_keeping, incident, ben, START, later(900)).await.unwrap().unwrap();
    house_keeping.commit().await.unwrap();
    let mut tx = house.begin().await;
    incidents::end_lease(&mut tx, incident).await.unwrap();
    commit(tx).await;
    assert_eq!(found(house, incident).await.lease, None);
}

pub(crate) async fn items_carry_where_they_come_from_and_what_they_matched(house: &House) {
    let incident = open(house, "a1", |_| ()).await.id;
    let submission = Submission {
        id: house.id(),
        surface: Surface::PublicChannel,
        basis: house.id(),
        service: "synthetic".into(),
        context: r#"{"ip":"2001:db8::1"}"#.into(),
        account: Some("a1".into()),
        conversation: Some("c1".into()),
        message: Some("m1".into()),
        media_reference: Some("f1".into()),
        sent_at: None,
        received_at: START,
        mime: None,
        width: None,
        height: None,
        quality: None,
        failure: None,
        verdict: Verdict::Block,
        blob: None,
        index_version: 9,
    };
    let bank = house.id();
    let mut tx = house.begin().await;
    submissions::insert(&mut tx, &submission).await.unwrap();
    let kept = KeptMatch { kind: 1, bank, entry: 17, distance: 6, receipt: r#"{"distance":6}"#.into() };
    submissions::insert_match(&mut tx, submission.id, 0, &kept).await.unwrap();
    commit(tx).await;
    let item = add_item(house, incident, Some(submission.id)).await;

    let mut reader = house.store.read().await.unwrap();
    let [origin] = &items::origins(&mut reader, incident).await.unwrap()[..] else { panic!("one origin") };
    assert_eq!(
        (origin.item, origin.account.as_deref(), origin.media.as_deref()),
        (item.id, Some("a1"), Some("f1"))
    );
    assert_eq!(origin.context, json!({ "ip": "2001:db8::1" }));
    let [matched] = &items::matches(&mut reader, incident).await.unwrap()[..] else { panic!("one match") };
    assert_eq!((matched.item, matched.bank, matched.entry, matched.distance), (item.id, bank, 17, 6));
    assert_eq!(matched.bank_name, None, "the bank is gone");
    assert_eq!(
        items::list_waiting_with_pivot(&mut reader, "entry:17").await.unwrap(),
        std::slice::from_ref(&item)
    );
    let sharing = incidents::list_waiting_with_pivot(&mut reader, "entry:17", 2).await.unwrap();
    assert_eq!(sharing.iter().map(|incident| incident.id).collect::<Vec<_>>(), [incident]);

    let mut tx = house.begin().await;
    items::set_verdict(&mut tx, item.id, Some(ItemVerdict::Violating)).await.unwrap();
    commit(tx).await;
    let violating = Item { verdict: Some(ItemVerdict::Violating), ..item };
    assert_eq!(items::find(&mut reader, violating.id).await.unwrap(), Some(violating.clone()));
    assert_eq!(items::list(&mut reader, incident).await.unwrap(), [violating]);
}

pub(crate) async fn decisions_are_undone_once(house: &House) {
    let ada = person(house, "Ada").await;
    let incident = open(house, "a1", |_| ()).await.id;
    let item = add_item(house, incident, None).await.id;
    let decision = Decision {
        id: house.id(),
        incident,
        wave: None,
        decided_by: ada,
        outcome: Outcome::Violating,
        labels: vec![Label { scheme: "inhope".into(), code: "A1".into() }],
        reason: "known".into(),
        findings: vec![Finding { item, verdict: ItemVerdict::Violating }],
        decided_at: START,
        as_before: vec![],
        reversal: None,
    };
    let reversal = Reversal { by: ada, at: later(60), reason: "mistaken".into() };
    let mut tx = house.begin().await;
    decisions::insert(&mut tx, &decision).await.unwrap();
    assert_eq!(decisions::find(&mut tx, decision.id).await.unwrap(), Some(decision.clone()));
    decisions::reverse(&mut tx, decision.id, &reversal).await.unwrap();
    assert!(decisions::reverse(&mut tx, decision.id, &reversal).await.is_err());
    commit(tx).await;
    let reversed = Decision { reversal: Some(reversal), ..decision };
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(decisions::list_of_incident(&mut reader, incident).await.unwrap(), [reversed]);
    assert!(decisions::list_of_wave(&mut reader, house.id()).await.unwrap().is_empty());
}

pub(crate) fn reveal(
    house: &House,
    person: PersonId,
    item: &Item,
    step: RevealStep,
    shown_at: Moment,
) -> Reveal {
    Reveal { id: house.id(), person, incident: item.incident, item: item.id, step, shown_at, hidden_at: None }
}

pub(crate) async fn a_ticket_is_used_once(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let incident = open(house, "a1", |_| ()).await.id;
    let item = add_item(house, incident, None).await;
    let look = reveal(house, ada, &item, RevealStep::Soft, START);
    let mut tx = house.begin().await;
    reveals::insert(&mut tx, &look).await.unwrap();
    reveals::insert_ticket(&mut tx, &[1; 32], look.id, later(60)).await.unwrap();
    reveals::insert_ticket(&mut tx, &[2; 32], look.id, later(60)).await.unwrap();
    commit(tx).await;
    let mut house_keeping = housekeeping(house).await;
    assert_eq!(reveals::use_ticket(&mut house_keeping, &[1; 32], later(59)).await.unwrap(), Some(look.id));
    assert_eq!(reveals::use_ticket(&mut house_keeping, &[1; 32], later(59)).await.unwrap(), None);
    assert_eq!(reveals::use_ticket(&mut house_keeping, &[2; 32], later(60)).await.unwrap(), None);
    assert!(!reveals::hide(&mut house_keeping, look.id, ben, later(9)).await.unwrap());
    assert!(reveals::hide(&mut house_keeping, look.id, ada, later(9)).await.unwrap());
    assert!(!reveals::hide(&mut house_keeping, look.id, ada, later(99)).await.unwrap());
    reveals::forget_tickets(&mut house_keeping, later(60)).await.unwrap();
    house_keeping.commit().await.unwrap();
    let hidden = Reveal { hidden_at: Some(later(9)), ..look };
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reveals::find(&mut reader, hidden.id).await.unwrap(), Some(hidden.clone()));
    assert_eq!(reveals::list_of_incident(&mut reader, incident).await.unwrap(), [hidden]);
    for (person, step, since, has) in [
        (ada, RevealStep::Soft, 0, true),
        (ada, RevealStep::Soft, 1, false),
        (ada, RevealStep::Full, 0, false),
        (ben, RevealStep::Soft, 0, false),
    ] {
        let looked = reveals::has_looked(&mut reader, person, item.id, step, later(since)).await.unwrap();
        assert_eq!(looked, has, "{step} since {since}");
    }
}

pub(crate) async fn a_sample_counts_each_item_once(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let incident = open(house, "a1", |_| ()).await.id;
    let (one, two) = (add_item(house, incident, None).await, add_item(house, incident, None).await);
    let mut tx = house.begin().await;
    for look in [
        reveal(house, ada, &one, RevealStep::Soft, START),
        reveal(house, ada, &one, RevealStep::Full, later(1)),
        reveal(house, ada, &one, RevealStep::Shielded, later(2)),
        reveal(house, ada, &two, RevealStep::Shielded, START),
        reveal(house, ben, &two, RevealStep::Full, START),
    ] {
        reveals::insert(&mut tx, &look).await.unwrap();
    }
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    let sample = reveals::sample(&mut reader, ada, "entry:17").await.unwrap();
    assert_eq!(
        sample.iter().map(|look| (look.item, look.step)).collect::<Vec<_>>(),
        [(one.id, RevealStep::Full)]
    );
    assert!(reveals::sample(&mut reader, ada, "entry:18").await.unwrap().is_empty());
}
