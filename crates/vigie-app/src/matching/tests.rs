//! Matching through the store: what is committed is found, by every process, and nothing else.

mod receipts;
mod saved;

use std::time::Duration;

use vigie_match::{Pdq, Signal};
use vigie_model::bank::{Bank, BankEntry, BankKind, BankOrigin, CHILD_SAFETY, EntryState, Label, Verdict};
use vigie_model::id::BankId;
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_store::{BankChange, bank_entries, banks};

use super::{Asked, Effect, Signals, coin, effect, judge, stored_signal};
use crate::App;
use crate::tests::{House, house};

pub(crate) fn bank(app: &App, name: &str, verdict: Verdict) -> Bank {
    Bank {
        id: BankId::fresh(&*app.ids),
        name: name.parse().unwrap(),
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: "Synthetic hotline".into(),
        legal_ground: "DSA Article 16".into(),
        kind: BankKind::Known,
        origin: BankOrigin::Desk,
        distance: 31,
        verdict,
        label_scheme: "inhope".into(),
        ratio: 1.0,
        enabled: true,
        created_at: app.now(),
    }
}

pub(crate) async fn keep(app: &App, bank: &Bank, known: &[Signal]) -> Vec<i64> {
    labelled(app, bank, known, &[]).await
}

/// Keeps signals that are about these labels.
pub(crate) async fn labelled(app: &App, bank: &Bank, known: &[Signal], labels: &[Label]) -> Vec<i64> {
    let mut tx = app.store.begin().await.unwrap();
    if banks::find(&mut tx, bank.id).await.unwrap().is_none() {
        banks::insert(&mut tx, bank).await.unwrap();
        tx.announce(BankChange::of_bank(bank.id));
    }
    let mut numbers = vec![];
    for signal in known {
        let id = tx.next_number("bank_entry").await.unwrap();
        let entry = BankEntry {
            id,
            bank: bank.id,
            source: "Synthetic hotline".into(),
            labels: labels.to_vec(),
            note: None,
            original_reference: None,
            metadata: None,
            disabled_until: None,
            state: EntryState::Active,
            created_at: app.now(),
        };
        bank_entries::insert(&mut tx, &[(entry, vec![stored_signal(signal)])]).await.unwrap();
        tx.announce(BankChange::of_entry(bank.id, id));
        numbers.push(id);
    }
    tx.commit(&trace(app)).await.unwrap();
    app.follow_changes().await.unwrap();
    numbers
}

pub(crate) async fn change(app: &App, bank: &Bank) {
    let mut tx = app.store.begin().await.unwrap();
    banks::update(&mut tx, bank).await.unwrap();
    tx.announce(BankChange::of_bank(bank.id));
    tx.commit(&trace(app)).await.unwrap();
    app.follow_changes().await.unwrap();
}

async fn change_entry(app: &App, entry: i64, change: impl FnOnce(&mut BankEntry)) {
    let mut tx = app.store.begin().await.unwrap();
    let mut entry = bank_entries::find(&mut tx, entry).await.unwrap().unwrap();
    change(&mut entry);
    bank_entries::update(&mut tx, &entry).await.unwrap();
    tx.announce(BankChange::of_entry(entry.bank, entry.id));
    tx.commit(&trace(app)).await.unwrap();
    app.follow_changes().await.unwrap();
}

fn trace(app: &App) -> Details {
    Details::new(&Caller::operator(), "bank.changed", "bank", app.now())
}

/// A hash with so many of its last bits set.
pub(crate) fn pdq(bits: usize) -> Pdq {
    let mut hash = [0; 32];
    (0..bits).for_each(|bit| hash[31 - bit / 8] |= 1 << (bit % 8));
    Pdq(hash)
}

fn found(house: &House, signals: &Signals) -> Vec<(i64, u32)> {
    let matches = house.app.find_matches(signals, &Asked::with_coin(0.5));
    matches.iter().map(|found| (found.entry, found.distance)).collect()
}

#[tokio::test]
async fn the_first_entry_of_an_empty_bank_is_found_at_once_and_after_a_fresh_start() {
    let house = house().await;
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Pdq(pdq(0))]).await;
    for distance in [0, 1, 30, 31] {
        let signals = Signals { pdq: Some(pdq(distance)), ..Signals::default() };
        assert_eq!(found(&house, &signals), [(1, distance as u32)]);
    }
    let far = Signals { pdq: Some(pdq(32)), ..Signals::default() };
    assert!(found(&house, &far).is_empty());

    house.app.load_banks().await.unwrap();
    let near = Signals { pdq: Some(pdq(31)), ..Signals::default() };
    assert_eq!(found(&house, &near), [(1, 31)]);
}

#[tokio::test]
async fn another_process_sees_what_was_committed() {
    let house = house().await;
    let other = house.second_process().await;
    other.load_banks().await.unwrap();
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    let numbers = keep(&house.app, &known, &[Signal::Md5([7; 16]), Signal::Sha1([7; 20])]).await;

    let asked = Asked::with_coin(0.0);
    let signals = Signals { md5: Some([7; 16]), sha1: Some([7; 20]), ..Signals::default() };
    assert!(other.find_matches(&signals, &asked).is_empty());
    assert_eq!(other.follow_changes().await.unwrap(), 3);
    assert_eq!(other.find_matches(&signals, &asked).len(), 2);
    assert_eq!(other.follow_changes().await.unwrap(), 0);

    change_entry(&house.app, numbers[0], |entry| entry.state = EntryState::Removed).await;
    other.follow_changes().await.unwrap();
    let left = other.find_matches(&signals, &asked);
    assert_eq!(left.iter().map(|found| found.entry).collect::<Vec<_>>(), [numbers[1]]);
}

#[tokio::test]
async fn nothing_matches_that_is_off_quarantined_disabled_or_removed() {
    let house = house().await;
    let mut known = bank(&house.app, "KNOWN", Verdict::Review);
    let numbers = keep(&house.app, &known, &[Signal::Md5([1; 16]), Signal::Md5([2; 16])]).await;
    let one = Signals { md5: Some([1; 16]), ..Signals::default() };
    let is_found = |house: &House| !found(house, &one).is_empty();
    assert!(is_found(&house));

    known.ratio = 0.4;
    change(&house.app, &known).await;
    assert!(!is_found(&house), "the coin is above the ratio");
    known.ratio = 0.5;
    change(&house.app, &known).await;
    assert!(is_found(&house));
    known.ratio = 0.0;
    change(&house.app, &known).await;
    assert!(house.app.find_matches(&one, &Asked::with_coin(0.0)).is_empty(), "ratio 0 takes no part");
    let curator = Asked { every_ratio: true, ..Asked::with_coin(0.0) };
    assert_eq!(house.app.find_matches(&one, &curator).len(), 1);
    known.ratio = 1.0;
    known.enabled = false;
    change(&house.app, &known).await;
    assert!(house.app.find_matches(&one, &curator).is_empty(), "a bank that is off answers nobody");
    known.enabled = true;
    change(&house.app, &known).await;
    assert!(is_found(&house));

    let later = house.app.now().after(Duration::from_secs(60));
    change_entry(&house.app, numbers[0], |entry| entry.disabled_until = Some(later)).await;
    assert!(!is_found(&house));
    house.app.load_banks().await.unwrap();
    assert!(!is_found(&house), "disabled after a fresh start, too");
    house.clock.advance(Duration::from_secs(60));
    assert!(is_found(&house), "it comes back by itself");

    change_entry(&house.app, numbers[0], |entry| entry.state = EntryState::Quarantined).await;
    assert!(!is_found(&house));
    change_entry(&house.app, numbers[0], |entry| entry.state = EntryState::Active).await;
    assert!(is_found(&house));

    let mut tx = house.app.store.begin().await.unwrap();
    banks::remove(&mut tx, known.id, Moment(1)).await.unwrap();
    tx.announce(BankChange::of_bank(known.id));
    tx.commit(&trace(&house.app)).await.unwrap();
    house.app.follow_changes().await.unwrap();
    assert!(!is_found(&house));
    house.app.load_banks().await.unwrap();
    assert!(!is_found(&house));

    let again = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &again, &[Signal::Md5([1; 16])]).await;
    assert!(is_found(&house), "the name of a removed bank is free");
}

#[tokio::test]
async fn a_perceptual_match_holds_for_review_and_a_digest_blocks() {
    let house = house().await;
    let armed = bank(&house.app, "ARMED", Verdict::Block);
    keep(&house.app, &armed, &[Signal::Pdq(pdq(0)), Signal::Sha256([3; 32])]).await;
    let mut noted = bank(&house.app, "FROM_HMA", Verdict::Block);
    noted.origin = BankOrigin::Hma;
    keep(&house.app, &noted, &[Signal::Sha1([4; 20])]).await;
    let judged = |signals: Signals| judge(&house.app.find_matches(&signals, &Asked::with_coin(0.0)));

    let near = judged(Signals { pdq: Some(pdq(3)), ..Signals::default() });
    assert_eq!((near.verdict, near.exact, near.note), (Verdict::Review, false, false));
    let same = judged(Signals { pdq: Some(pdq(3)), sha256: Some([3; 32]), ..Signals::default() });
    assert_eq!((same.verdict, same.exact), (Verdict::Block, true));
    let hma = judged(Signals { sha1: Some([4; 20]), ..Signals::default() });
    assert_eq!((hma.verdict, hma.exact, hma.note), (Verdict::Allow, false, true));
    let nothing = judged(Signals::default());
    assert_eq!((nothing.verdict, nothing.note), (Verdict::Allow, false));
}

#[tokio::test]
async fn a_negative_bank_takes_the_force_from_perceptual_matches_and_never_from_a_digest() {
    let house = house().await;
    let armed = bank(&house.app, "ARMED", Verdict::Block);
    keep(&house.app, &armed, &[Signal::Pdq(pdq(0)), Signal::Sha256([3; 32])]).await;
    let negative =
        Bank { kind: BankKind::Negative, distance: 0, ..bank(&house.app, "NOT_ILLEGAL", Verdict::Allow) };
    let numbers = keep(&house.app, &negative, &[Signal::Pdq(pdq(10))]).await;

    let signals = Signals { pdq: Some(pdq(10)), ..Signals::default() };
    let matches = house.app.find_matches(&signals, &Asked::with_coin(0.0));
    let judgement = judge(&matches);
    assert_eq!((judgement.verdict, judgement.note), (Verdict::Allow, false));
    assert_eq!(judgement.negative.map(|found| found.entry), Some(numbers[0]));
    let receipts = house
        .app
        .match_receipts(
            &mut house.app.store.read().await.unwrap(),
            &signals,
            &Asked::with_coin(0.0),
            &matches,
        )
        .await
        .unwrap();
    let effects: Vec<_> =
        receipts.iter().map(|receipt| (receipt.bank_name.as_str(), receipt.effect)).collect();
    assert_eq!(effects, [("NOT_ILLEGAL", Effect::Suppresses), ("ARMED", Effect::Suppressed)]);
    assert_eq!((receipts[1].distance, receipts[1].threshold, receipts[1].asked.len()), (10, 31, 64));
    assert_eq!(receipts[1].index_version, 2, "two transactions changed the banks");

    let off_by_one = Signals { pdq: Some(pdq(11)), ..Signals::default() };
    let judgement = judge(&house.app.find_matches(&off_by_one, &Asked::with_coin(0.0)));
    assert_eq!(judgement.verdict, Verdict::Review, "a negative bank has distance 0 by default");

    let same = Signals { sha256: Some([3; 32]), ..signals };
    let matches = house.app.find_matches(&same, &Asked::with_coin(0.0));
    let judgement = judge(&matches);
    assert_eq!((judgement.verdict, judgement.exact), (Verdict::Block, true));
    assert!(matches.iter().any(|found| effect(found, true) == Effect::Suppresses));
}

#[tokio::test]
async fn mirrored_copies_are_found_where_they_are_asked_for() {
    let house = house().await;
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Pdq(pdq(0))]).await;
    let mut positions = [pdq(128); 8];
    positions[5] = pdq(2);
    let signals = Signals { pdq: Some(positions[0]), dihedral: Some(positions), ..Signals::default() };
    let matches = house.app.find_matches(&signals, &Asked::with_coin(0.0));
    assert_eq!((matches[0].variant, matches[0].distance), (Some(5), 2));
    let upright = Asked { dihedral: false, ..Asked::with_coin(0.0) };
    assert!(house.app.find_matches(&signals, &upright).is_empty());
    let exact = Asked { perceptual: false, ..Asked::with_coin(0.0) };
    assert!(house.app.find_matches(&signals, &exact).is_empty());
}

#[test]
fn a_coin_hangs_on_its_seed_and_is_a_share() {
    assert!((coin(b"one") - coin(b"one")).abs() < f64::EPSILON);
    let coins: Vec<_> = (0..1000_u32).map(|seed| coin(&seed.to_be_bytes())).collect();
    assert!(coins.iter().all(|coin| (0.0..1.0).contains(coin)));
    let low = coins.iter().filter(|coin| **coin < 0.3).count();
    assert!((250..350).contains(&low), "{low} of 1000 lie under 0.3");
}
