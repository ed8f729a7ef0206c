//! Retro-hunts: asked, moved on once, counted, and marked on what they found.

use futures_util::TryStreamExt as _;
use vigie_model::Moment;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::bank::{BankEntry, EntryState};
use vigie_model::hunt::{Hunt, HuntProgress, HuntState, HuntTerms};
use vigie_model::id::{BankId, PersonId};
use vigie_model::incident::{Item, ItemKind};
use vigie_model::{IdGen as _, Operation};
use vigie_store::bank_entries::{self, StoredSignal};
use vigie_store::history::Segment;
use vigie_store::hunts::{self, Hit, HuntCount, Step};
use vigie_store::{approvals, banks, items};

use crate::banks::{bank, entry};
use crate::house::{House, START, commit};
use crate::review::{open, person};

async fn asked(house: &House, by: PersonId, bank: BankId) -> Hunt {
    let approval = Approval {
        id: house.id(),
        operation: Operation::ApproveHunts,
        subject: "hunt".into(),
        parameters: "{}".into(),
        parameters_hash: "00".into(),
        requested_by: by,
        reason: "why".into(),
        requested_at: START,
        expires_at: START,
        state: ApprovalState::Waiting,
        decided_by: None,
        decided_at: None,
    };
    let mut tx = house.begin().await;
    approvals::insert(&mut tx, &approval).await.unwrap();
    let hunt = Hunt {
        id: house.id(),
        number: tx.next_number("hunt").await.unwrap(),
        terms: HuntTerms {
            bank,
            purpose: "why".into(),
            entries_since: Some(START),
            entries_until: Moment(START.0 + 10),
            from: Moment(START.0 - 5),
            until: START,
        },
        entries: 7,
        state: HuntState::Asked,
        progress: HuntProgress::default(),
        approval: approval.id,
        asked_by: by,
        asked_at: START,
        ended_at: None,
    };
    hunts::insert(&mut tx, &hunt).await.unwrap();
    commit(tx).await;
    hunt
}

async fn advance(house: &House, hunt: &Hunt, from: HuntState, to: HuntState) -> bool {
    let mut tx = house.begin().await;
    let done = hunts::advance(&mut tx, hunt.id, from, to, START).await.unwrap();
    commit(tx).await;
    done
}

pub(crate) async fn a_hunt_comes_back_whole_and_moves_on_once(house: &House) {
    let ada = person(house, "Ada").await;
    let hunt = asked(house, ada, house.id()).await;
    let newer = asked(house, ada, house.id()).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(hunts::find(&mut reader, hunt.id).await.unwrap().as_ref(), Some(&hunt));
    assert_eq!(hunts::list(&mut reader, 10).await.unwrap(), [newer, hunt.clone()]);
    drop(reader);
    let step = Step { last: Segment(9), segments: 2, rows: 30 };
    let note = async |step: Step| {
        let mut keeping = house.store.housekeeping().await.unwrap();
        let noted = hunts::step(&mut keeping, hunt.id, &step).await.unwrap();
        keeping.commit().await.unwrap();
        noted
    };
    assert!(!note(step).await, "it has not begun");
    assert!(advance(house, &hunt, HuntState::Asked, HuntState::Running).await);
    assert!(!advance(house, &hunt, HuntState::Asked, HuntState::Refused).await);
    let mut keeping = house.store.housekeeping().await.unwrap();
    hunts::plan(&mut keeping, hunt.id, 5).await.unwrap();
    keeping.commit().await.unwrap();
    assert!(note(step).await);
    assert!(!note(step).await, "another worker was as far");
    let mut reader = house.store.read().await.unwrap();
    let progress = hunts::find(&mut reader, hunt.id).await.unwrap().unwrap().progress;
    assert_eq!(progress, HuntProgress { segments: 5, segments_done: 2, rows: 30, hits: 0 });
    assert_eq!(hunts::last_segment(&mut reader, hunt.id).await.unwrap(), Segment(9));
    drop(reader);
    assert!(advance(house, &hunt, HuntState::Running, HuntState::Done).await);
    let done = hunts::find(&mut house.store.read().await.unwrap(), hunt.id).await.unwrap().unwrap();
    assert_eq!((done.state, done.ended_at), (HuntState::Done, Some(START)));
}

pub(crate) async fn what_a_hunt_found_is_noted_once_and_marked(house: &House) {
    let ada = person(house, "Ada").await;
    let hunt = asked(house, ada, house.id()).await;
    let (incident, other) = (open(house, "a1", |_| {}).await, open(house, "a2", |_| {}).await);
    let item = Item {
        id: house.id(),
        incident: incident.id,
        kind: ItemKind::RetroHunt,
        submission: None,
        report: None,
        media: None,
        verdict: None,
        added_at: START,
    };
    let hit = Hit {
        bank: hunt.terms.bank,
        upload: house.ids.uuid(),
        hunt: hunt.id,
        item: item.id,
        unconfirmed: true,
    };
    let mut tx = house.begin().await;
    items::insert(&mut tx, &item).await.unwrap();
    assert!(!hunts::is_found(&mut tx, hit.bank, hit.upload).await.unwrap());
    hunts::add_hit(&mut tx, &hit).await.unwrap();
    commit(tx).await;
    let mut tx = house.begin().await;
    assert!(hunts::add_hit(&mut tx, &hit).await.unwrap_err().is_duplicate());
    drop(tx);

    let mut reader = house.store.read().await.unwrap();
    assert!(hunts::is_found(&mut reader, hit.bank, hit.upload).await.unwrap());
    assert!(!hunts::is_found(&mut reader, house.id(), hit.upload).await.unwrap());
    let [found] = hunts::incidents(&mut reader, hunt.id).await.unwrap()[..] else { panic!("one incident") };
    assert_eq!((found.incident, found.items, found.unconfirmed), (incident.id, 1, 1));
    let [mark] = hunts::marks(&mut reader, incident.id).await.unwrap()[..] else { panic!("one mark") };
    assert_eq!((mark.item, mark.number, mark.unconfirmed), (item.id, hunt.number, true));
    let marked = hunts::retrospective(&mut reader, &[incident.id, other.id]).await.unwrap();
    assert_eq!(marked.into_iter().collect::<Vec<_>>(), [incident.id]);
    assert!(hunts::retrospective(&mut reader, &[]).await.unwrap().is_empty());
    assert_eq!(hunts::find(&mut reader, hunt.id).await.unwrap().unwrap().progress.hits, 1);
}

pub(crate) async fn a_hunt_wants_what_joined_in_time_and_is_counted_by_month(house: &House) {
    let known = bank(house, "KNOWN");
    let ada = person(house, "Ada").await;
    let hunt = asked(house, ada, known.id).await;
    let signal = StoredSignal { kind: 1, value: vec![4; 32] };
    let joined =
        |id, age, state| BankEntry { created_at: Moment(START.0 + age), state, ..entry(id, known.id, "") };
    let entries = [
        joined(1, -1, EntryState::Active),
        joined(2, 0, EntryState::Active),
        joined(3, 1, EntryState::Removed),
        joined(4, 10, EntryState::Active),
        BankEntry { disabled_until: Some(Moment(START.0 + 1)), ..joined(5, 0, EntryState::Active) },
    ];
    let mut tx = house.begin().await;
    banks::insert(&mut tx, &known).await.unwrap();
    bank_entries::insert(&mut tx, &entries.map(|entry| (entry, vec![signal.clone()]))).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(hunts::count_wanted(&mut reader, &hunt.terms, START).await.unwrap(), 1);
    let wanted: Vec<_> = hunts::wanted(&mut reader, &hunt.terms, START).try_collect().await.unwrap();
    assert_eq!(wanted.iter().map(|(entry, _)| *entry).collect::<Vec<_>>(), [2]);
    assert!(wanted[0].1 == signal);
    drop(reader);

    let count = HuntCount { bank: known.id, month: "2026-11".into(), hunts: 1, rows: 30, hits: 2 };
    let mut tx = house.begin().await;
    for _ in 0..2 {
        hunts::count(&mut tx, &count).await.unwrap();
    }
    commit(tx).await;
    let counted = hunts::counts(&mut house.store.read().await.unwrap()).await.unwrap();
    assert_eq!(counted, [HuntCount { hunts: 2, rows: 60, hits: 4, ..count }]);
}
