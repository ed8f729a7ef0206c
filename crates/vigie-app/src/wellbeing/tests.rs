//! Exposure: what counts, when a pause comes first, when the day is spent, and the one exception.

use std::time::Duration;

use vigie_model::id::{IncidentId, ItemId, PersonId, RevealId};
use vigie_model::incident::RevealStep::{Full, Shielded, Soft};
use vigie_model::incident::{Reveal, RevealStep};
use vigie_model::{Caller, Moment, Role};

use super::{ExposureLimits, ReviewSettings, exposure};
use crate::tests::desk::{desk, posted, posted_as_digest};
use crate::tests::{House, house};
use crate::{App, Code};

const MINUTE: Duration = Duration::from_secs(60);
const START: Moment = Moment(1_790_000_000_000_000);

/// Five items or four minutes in a row, eight items in a day.
fn limits() -> ExposureLimits {
    ExposureLimits {
        items_per_day: 8,
        time_per_day: 30 * MINUTE,
        items_in_a_row: 5,
        time_in_a_row: 4 * MINUTE,
        pause: 10 * MINUTE,
    }
}

fn at(seconds: u64) -> Moment {
    START.after(Duration::from_secs(seconds))
}

fn look(item: u128, step: RevealStep, from: u64, until: Option<u64>) -> Reveal {
    let nil = uuid::Uuid::nil();
    Reveal {
        id: RevealId(nil),
        person: PersonId(nil),
        incident: IncidentId(nil),
        item: ItemId(uuid::Uuid::from_u128(item)),
        step,
        shown_at: at(from),
        hidden_at: until.map(at),
    }
}

#[test]
fn what_is_seen_past_the_shielded_step_counts_and_looks_at_the_same_time_count_once() {
    let looks = [
        look(1, Shielded, 0, Some(100)),
        look(1, Soft, 100, Some(120)),
        look(1, Full, 120, Some(150)),
        look(2, Soft, 140, Some(160)),
        // A screen that was left open, and one that told nothing.
        look(3, Soft, 1000, Some(9000)),
        look(4, Full, 2000, None),
    ];
    let seen = exposure::seen(&looks, at(10_000));
    assert_eq!((seen.shielded, seen.soft, seen.full, seen.items), (1, 3, 2, 4));
    assert_eq!(seen.time, Duration::from_secs(60 + 300 + 60));
    let early = exposure::seen(&looks, at(2010));
    assert_eq!(early.time, Duration::from_secs(60 + 300 + 10), "what goes on counts until now");
}

#[test]
fn a_row_of_looks_is_ended_by_a_pause_and_by_nothing_shorter() {
    let pauses = |looks: &[Reveal]| {
        let runs = exposure::runs(looks, &limits(), at(100_000));
        runs.iter().map(|run| (run.items(), run.pause_until(&limits()))).collect::<Vec<_>>()
    };
    let row = |gap: u64| (0..5).map(|n| look(n.into(), Soft, n * gap, Some(n * gap + 5))).collect::<Vec<_>>();
    assert_eq!(pauses(&row(600)), [(5, Some(at(2405).after(10 * MINUTE)))]);
    assert_eq!(pauses(&row(605)).len(), 5, "so long without a look is a pause");
    assert_eq!(pauses(&row(600)[..4]), [(4, None)]);
    let long = [look(1, Full, 0, Some(130)), look(1, Full, 140, Some(250))];
    assert_eq!(pauses(&long), [(1, Some(at(250).after(10 * MINUTE)))]);
    let same = vec![look(1, Full, 0, Some(5)); 9];
    assert_eq!(pauses(&same), [(1, None)], "one item counts once");
}

async fn limited() -> (House, App, Vec<u8>) {
    let (house, picture) = desk().await;
    let app = house.process_with_review(ReviewSettings { exposure: limits(), reread_percent: 0 }).await;
    (house, app, picture)
}

/// Takes an incident and looks at its only item, from the shielded step to this one.
async fn view(app: &App, caller: &Caller, id: IncidentId, step: RevealStep) -> Result<(), Code> {
    app.claim(caller, id).await.map_err(|error| error.code())?;
    let item = app.incident(caller, id).await.unwrap().items[0].item.id;
    for one in RevealStep::ALL.iter().filter(|one| **one <= step) {
        let looks = app.reveal(caller, id, &[item], *one).await.map_err(|error| error.code())?;
        app.hide(caller, looks[0].reveal).await.unwrap();
    }
    Ok(())
}

async fn posts(house: &House, picture: &[u8], count: usize) -> Vec<IncidentId> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(posted(house, &format!("account-{number}"), &format!("m{number}"), picture).await);
    }
    ids
}

#[tokio::test]
async fn after_enough_in_a_row_a_pause_comes_first_and_ends() {
    let (house, app, picture) = limited().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let ids = posts(&house, &picture, 9).await;
    let held = app.claim(&ada, ids[6]).await.unwrap();
    for id in &ids[..4] {
        view(&app, &ada, *id, Soft).await.unwrap();
    }
    assert_eq!(app.own_exposure(&ada).await.unwrap().standing.pause_until, None);
    view(&app, &ada, ids[4], Soft).await.unwrap();

    let until = app.own_exposure(&ada).await.unwrap().standing.pause_until;
    assert_eq!(until, Some(app.now().after(10 * MINUTE)));
    for step in [Shielded, Soft] {
        assert_eq!(view(&app, &ada, ids[4], step).await, Err(Code::OnPause), "{step}");
    }
    assert_eq!(app.claim(&ada, ids[8]).await.unwrap_err().code(), Code::OnPause);
    assert_eq!(app.claim_next(&ada).await.unwrap_err().code(), Code::OnPause);
    assert_eq!(app.claim(&ada, held.id).await.unwrap().id, held.id, "what one holds stays one's own");
    view(&app, &ben, ids[7], Full).await.unwrap();
    assert!(app.claim_next(&ben).await.unwrap().is_some());

    house.clock.advance(10 * MINUTE - Duration::from_secs(1));
    assert_eq!(app.claim(&ada, ids[8]).await.unwrap_err().code(), Code::OnPause);
    house.clock.advance(Duration::from_secs(1));
    app.claim(&ada, ids[8]).await.unwrap();
    view(&app, &ada, ids[8], Soft).await.unwrap();
    let own = app.own_exposure(&ada).await.unwrap();
    assert_eq!((own.standing.run.items(), own.standing.today.items, own.standing.items_left), (1, 6, 2));
    assert_eq!(own.days.last().unwrap().pauses, 1);
}

#[tokio::test]
async fn the_day_is_spent_and_a_new_one_begins() {
    let (house, app, picture) = limited().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let ids = posts(&house, &picture, 9).await;
    for (number, id) in ids[..8].iter().enumerate() {
        if number == 4 {
            house.clock.advance(10 * MINUTE);
        }
        view(&app, &ada, *id, Soft).await.unwrap();
    }
    house.clock.advance(10 * MINUTE);
    assert_eq!(view(&app, &ada, ids[8], Shielded).await, Err(Code::ExposureSpent));
    assert_eq!(app.claim_next(&ada).await.unwrap_err().code(), Code::ExposureSpent);
    assert!(app.own_exposure(&ada).await.unwrap().standing.is_spent());
    house.clock.advance(24 * 60 * MINUTE);
    let ada = house.again("Ada").await;
    view(&app, &ada, ids[8], Soft).await.unwrap();
    let days = app.own_exposure(&ada).await.unwrap().days;
    assert_eq!(days[5..].iter().map(|day| day.seen.items).collect::<Vec<_>>(), [8, 1]);
    assert_eq!(days.len(), 7);
}

#[tokio::test]
async fn no_request_reveals_more_than_is_left() {
    let (house, app, picture) = limited().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let mut id = None;
    for number in 0..6 {
        id = Some(posted(&house, "ann", &format!("m{number}"), &picture).await);
    }
    let id = id.unwrap();
    app.claim(&ada, id).await.unwrap();
    let items: Vec<_> = app.incident(&ada, id).await.unwrap().items.iter().map(|one| one.item.id).collect();
    app.reveal(&ada, id, &items, Shielded).await.unwrap();
    let refused = app.reveal(&ada, id, &items, Soft).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
    assert!(refused.detail().contains("at most 5"), "{}", refused.detail());
    app.reveal(&ada, id, &items[..4], Soft).await.unwrap();
    app.reveal(&ada, id, &items[..4], Full).await.unwrap();
    assert_eq!(app.reveal(&ada, id, &items[4..], Soft).await.unwrap_err().code(), Code::InvalidValue);
    app.reveal(&ada, id, &items[4..5], Soft).await.unwrap();
}

#[tokio::test]
async fn a_child_at_risk_waits_for_no_pause_and_the_ledger_says_so() {
    let (house, app, picture) = limited().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let ids = posts(&house, &picture, 7).await;
    for id in &ids[..5] {
        view(&app, &ada, *id, Soft).await.unwrap();
    }
    assert_eq!(view(&app, &ada, ids[6], Soft).await, Err(Code::OnPause));
    let alarm = app.raise_alarm(&ada, ids[6], "a voice").await.unwrap();
    assert_eq!(app.claim_next(&ada).await.unwrap().unwrap().id, ids[6]);
    view(&app, &ada, ids[6], Soft).await.unwrap();
    let despite = |rows: &vigie_store::tables::Rows| {
        rows["ledger_details"].iter().filter(|row| row.contains(r#""despite":"on_pause""#)).count()
    };
    assert_eq!(despite(&house.rows().await), 2, "the shielded look and the one after it");
    app.acknowledge_alarm(&ada, alarm.id).await.unwrap();
    app.hand_over_alarm(&ada, alarm.id, "Unit 7").await.unwrap();
    assert_eq!(view(&app, &ada, ids[6], Soft).await, Err(Code::OnPause), "the alarm has ended");
}

#[tokio::test]
async fn seniors_see_everybody_by_name_and_the_ledger_knows() {
    let (house, app, picture) = limited().await;
    let (zoe, ada) = (house.person("Zoe", Role::Reviewer).await, house.person("Ada", Role::Reviewer).await);
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    house.person("Eve", Role::Auditor).await;
    let ids = posts(&house, &picture, 2).await;
    view(&app, &zoe, ids[0], Full).await.unwrap();
    view(&app, &zoe, ids[1], Soft).await.unwrap();
    assert_eq!(app.desk_exposure(&ada).await.unwrap_err().code(), Code::Forbidden);
    let before = house.rows().await["ledger_details"].len();
    let desk = app.desk_exposure(&sue).await.unwrap();
    let rows = house.rows().await;
    assert_eq!(rows["ledger_details"].len(), before + 1);
    assert!(rows["ledger_details"].iter().any(|row| row.contains("exposure.read")));
    let seen: Vec<_> = desk.iter().map(|one| (one.name.as_str(), one.standing.today.items)).collect();
    assert_eq!(seen, [("Ada", 0), ("Sue", 0), ("Zoe", 2)]);
    let today = desk[2].days.last().unwrap().seen;
    assert_eq!((today.shielded, today.soft, today.full), (2, 2, 1));
}

#[tokio::test]
async fn nobody_without_media_has_an_exposure() {
    let house = house().await;
    let eve = house.person("Eve", Role::Auditor).await;
    assert_eq!(house.app.own_exposure(&eve).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.spared(&eve).await.unwrap_err().code(), Code::Forbidden);
}

mod spare {
    use super::*;
    use crate::matching::tests::labelled;
    use vigie_match::{Digests, Signal};
    use vigie_model::bank::{Label, Verdict};

    fn a1() -> Label {
        "ncmec:A1".parse().unwrap()
    }

    /// A house in which one incident of two carries a label, the more pressing one.
    async fn two() -> (House, IncidentId, IncidentId) {
        let (house, picture) = desk().await;
        let worse = b"another picture, known by its digest alone";
        let known = crate::matching::tests::bank(&house.app, "LABELLED", Verdict::Block);
        labelled(&house.app, &known, &[Signal::Sha256(Digests::of(worse).sha256)], &[a1()]).await;
        let first = posted_as_digest(&house, "ann", "m1", worse).await;
        house.clock.advance(MINUTE);
        let second = posted(&house, "bob", "m2", &picture).await;
        (house, first, second)
    }

    async fn next(house: &House, caller: &Caller) -> Option<IncidentId> {
        house.app.claim_next(caller).await.unwrap().map(|incident| incident.id)
    }

    #[tokio::test]
    async fn what_somebody_is_spared_goes_to_others_and_is_hidden_from_nobody() {
        let (house, first, second) = two().await;
        let (ada, ben) =
            (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
        let before = house.rows().await["ledger_entries"].len();
        house.app.spare(&ada, &[a1()]).await.unwrap();
        assert_eq!(house.rows().await["ledger_entries"].len(), before, "nothing is written of it");
        assert_eq!(house.app.spared(&ada).await.unwrap().labels, [a1()]);
        let long = Label { scheme: "x".into(), code: "y".repeat(200) };
        for many in [vec![long], vec![a1(); 101]] {
            assert_eq!(house.app.spare(&ada, &many).await.unwrap_err().code(), Code::InvalidValue);
        }
        assert!(house.app.spared(&ben).await.unwrap().labels.is_empty(), "it is theirs alone");
        assert_eq!(next(&house, &ada).await, Some(second));
        assert_eq!(next(&house, &ada).await, None);
        let queue = house.app.queue(&ada, &crate::queue::QueueQuery::default(), None, 9).await.unwrap();
        assert_eq!(queue.total, 2, "nothing is hidden");
        assert_eq!(house.app.claim(&ada, first).await.unwrap().id, first, "whoever wants to takes it");
    }

    #[tokio::test]
    async fn it_is_handed_out_when_nobody_else_is_there_to_take_it() {
        let (house, first, _) = two().await;
        let (ada, ben) =
            (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
        house.person("Eve", Role::Auditor).await;
        house.app.spare(&ada, &[a1()]).await.unwrap();
        house.app.spare(&ben, &[a1()]).await.unwrap();
        assert_eq!(next(&house, &ada).await, Some(first), "both would rather not, and somebody has to");
        house.app.skip(&ada, first).await.unwrap();
        house.app.spare(&ben, &[]).await.unwrap();
        house.clock.advance(31 * MINUTE);
        let ada = house.again("Ada").await;
        assert_eq!(next(&house, &ada).await, Some(first), "who takes it has gone home");
    }

    #[tokio::test]
    async fn who_passed_on_it_takes_it_no_more_and_a_child_at_risk_goes_to_anybody() {
        let (house, first, second) = two().await;
        let (ada, ben) =
            (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
        house.app.spare(&ada, &[a1()]).await.unwrap();
        house.app.pass(&ben, first).await.unwrap();
        assert_eq!(next(&house, &ada).await, Some(first));
        house.app.skip(&ada, first).await.unwrap();
        house.clock.advance(MINUTE);
        let cem = house.person("Cem", Role::Reviewer).await;
        house.app.spare(&cem, &[a1()]).await.unwrap();
        house.person("Dua", Role::Reviewer).await;
        assert_eq!(next(&house, &cem).await, Some(second), "Dua takes it");
        house.app.raise_alarm(&ben, first, "a voice").await.unwrap();
        assert_eq!(next(&house, &cem).await, Some(first));
    }
}
