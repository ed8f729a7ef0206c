//! What takes two people takes two, and what they agreed to is what happens.

use std::io::{Seek as _, Write as _};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use vigie_match::{Pdq, Signal};
use vigie_model::bank::{BankKind, BankOrigin, CHILD_SAFETY, EntryState, Verdict};
use vigie_model::id::BankId;
use vigie_model::{Caller, Role, Scope};

use super::{Adoption, BankEdit, Changed, NewBank};
use crate::Code;
use crate::bank_entries::{EntryEdit, EntrySignals, NewEntry};
use crate::bank_lists::{ImportSettings, ListFormat, ListedKind};
use crate::matching::{Asked, Signals, judge};
use crate::tests::{House, house};
use crate::tokens::NewToken;

struct Desk {
    house: House,
    ada: Caller,
    ben: Caller,
}

async fn desk() -> Desk {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    Desk { house, ada, ben }
}

impl Desk {
    async fn bank(&self, kind: BankKind) -> BankId {
        let new = NewBank {
            name: "LAKES".parse().unwrap(),
            purpose: CHILD_SAFETY.into(),
            overlay: None,
            source: "Synthetic hotline".into(),
            legal_ground: "DSA Article 16".into(),
            kind,
            distance: if kind == BankKind::Negative { 0 } else { 31 },
            verdict: Verdict::Allow,
            label_scheme: "inhope".into(),
        };
        let app = &self.house.app;
        let question = app.propose_bank(&self.ada, new, "a new list").await.unwrap();
        app.approve(&self.ben, question.id).await.unwrap();
        app.banks(&self.ada).await.unwrap()[0].id
    }

    async fn verdict(&self, signal: Signal) -> Verdict {
        judge(&self.house.app.find_matches(&Signals::of(&signal), &Asked::with_coin(0.5))).verdict
    }
}

fn entry(signal: Signal) -> NewEntry {
    NewEntry { signals: EntrySignals::from(vec![signal]), ..NewEntry::default() }
}

const MD5: Signal = Signal::Md5([7; 16]);

#[tokio::test]
async fn one_person_holds_and_two_block() {
    let desk = desk().await;
    let app = &desk.house.app;
    let bank = desk.bank(BankKind::Known).await;
    app.add_entries(&desk.ada, bank, vec![entry(MD5)]).await.unwrap();
    assert_eq!(desk.verdict(MD5).await, Verdict::Allow);

    let hold = BankEdit { verdict: Some(Verdict::Review), ratio: Some(0.75), ..BankEdit::default() };
    let done = app.change_bank(&desk.ada, bank, hold, "").await.unwrap();
    assert!(matches!(done, Changed::Done(bank) if bank.verdict == Verdict::Review));
    assert_eq!(desk.verdict(MD5).await, Verdict::Review);

    let arm = BankEdit { verdict: Some(Verdict::Block), ratio: Some(0.5), ..BankEdit::default() };
    let silent = app.change_bank(&desk.ada, bank, arm.clone(), " ").await.unwrap_err();
    assert_eq!(silent.code(), Code::InvalidValue, "a second person is given a reason");
    let Changed::Asked(question) = app.change_bank(&desk.ada, bank, arm, "verified").await.unwrap() else {
        panic!("arming takes two");
    };
    assert_eq!(desk.verdict(MD5).await, Verdict::Review);
    assert_eq!(app.approve(&desk.ada, question.id).await.unwrap_err().code(), Code::SamePerson);
    app.approve(&desk.ben, question.id).await.unwrap();
    assert_eq!(desk.verdict(MD5).await, Verdict::Block);
    let armed = app.bank(&desk.ada, bank).await.unwrap().bank;
    assert!((armed.ratio - 0.5).abs() < f64::EPSILON, "the whole change was agreed to");

    for edit in [
        BankEdit { distance: Some(65), ..BankEdit::default() },
        BankEdit { ratio: Some(1.5), ..BankEdit::default() },
        BankEdit { ratio: Some(f64::NAN), ..BankEdit::default() },
    ] {
        assert_eq!(app.change_bank(&desk.ada, bank, edit, "").await.unwrap_err().code(), Code::InvalidValue);
    }
}

#[tokio::test]
async fn a_negative_bank_is_filled_and_widened_by_two() {
    let desk = desk().await;
    let app = &desk.house.app;
    let bank = desk.bank(BankKind::Negative).await;
    let hash = Signal::Pdq(Pdq([0xaa; 32]));
    let alone = app.add_entries(&desk.ada, bank, vec![entry(hash)]).await.unwrap_err();
    assert_eq!(alone.code(), Code::Forbidden);
    let question = app.propose_negative_entries(&desk.ada, bank, vec![entry(hash)], "a lake").await.unwrap();
    app.approve(&desk.ben, question.id).await.unwrap();
    assert_eq!(app.bank(&desk.ada, bank).await.unwrap().entries[&EntryState::Active], 1);
    let widen = BankEdit { distance: Some(8), ..BankEdit::default() };
    assert!(matches!(
        app.change_bank(&desk.ada, bank, widen, "near copies").await.unwrap(),
        Changed::Asked(_)
    ));
    let hold = BankEdit { verdict: Some(Verdict::Review), ..BankEdit::default() };
    assert_eq!(app.change_bank(&desk.ada, bank, hold, "").await.unwrap_err().code(), Code::InvalidValue);
}

#[tokio::test]
async fn a_bank_of_hma_notes_until_two_adopt_it() {
    let desk = desk().await;
    let app = &desk.house.app;
    let new =
        NewToken { name: "coop".into(), scopes: vec![Scope::HmaCurate], entries_per_hour: 10, life: None };
    let (_, secret) = app.add_token(&Caller::operator(), new).await.unwrap();
    let coop = app.token_caller(&secret).await.unwrap();
    let bank = app.hma_make_bank(&coop, "FROM_COOP", 1.0).await.unwrap().id;
    let content = crate::hma::NewContent { signals: vec![MD5], ..crate::hma::NewContent::default() };
    app.hma_add_content(&coop, "FROM_COOP", content).await.unwrap();
    let judged = judge(&app.find_matches(&Signals::of(&MD5), &Asked::with_coin(0.5)));
    assert_eq!((judged.verdict, judged.note), (Verdict::Allow, true));
    let hold = BankEdit { verdict: Some(Verdict::Review), ..BankEdit::default() };
    assert_eq!(app.change_bank(&desk.ada, bank, hold, "").await.unwrap_err().code(), Code::WrongState);

    let terms = Adoption {
        source: "Coop's reviewers".into(),
        legal_ground: "DSA Article 16".into(),
        verdict: Verdict::Block,
        distance: 20,
        label_scheme: "inhope".into(),
    };
    let question = app.propose_adoption(&desk.ada, bank, terms.clone(), "reviewed").await.unwrap();
    app.approve(&desk.ben, question.id).await.unwrap();
    assert_eq!(desk.verdict(MD5).await, Verdict::Block);
    assert_eq!(app.bank(&desk.ada, bank).await.unwrap().bank.origin, BankOrigin::Desk);
    assert_eq!(
        app.propose_adoption(&desk.ada, bank, terms, "again").await.unwrap_err().code(),
        Code::WrongState
    );
    assert_eq!(app.hma_delete_bank(&coop, "FROM_COOP").await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn a_bank_leaves_the_house_by_two_and_comes_in_again() {
    let desk = desk().await;
    let app = &desk.house.app;
    let bank = desk.bank(BankKind::Known).await;
    let added =
        app.add_entries(&desk.ada, bank, vec![entry(MD5), entry(Signal::Sha1([8; 20]))]).await.unwrap();
    let edit = EntryEdit { note: Some(Some("=a note".into())), ..EntryEdit::default() };
    app.change_entry(&desk.ada, bank, added.first, edit).await.unwrap();

    let question = app.propose_export(&desk.ada, bank, ListFormat::Csv, "for the hotline").await.unwrap();
    assert_eq!(app.begin_export(&desk.ada, question.id).await.unwrap_err().code(), Code::WrongState);
    app.approve(&desk.ben, question.id).await.unwrap();
    assert_eq!(app.begin_export(&desk.ben, question.id).await.unwrap_err().code(), Code::Forbidden);
    let mut export = app.begin_export(&desk.ada, question.id).await.unwrap();
    let mut list = Vec::new();
    while let Some(piece) = export.next().await.unwrap() {
        list.extend(piece);
    }
    assert_eq!((export.length, export.sha256), (list.len() as u64, Sha256::digest(&list).into()));
    let list = String::from_utf8(list).unwrap();
    assert_eq!(list.lines().count(), 3);
    assert!(list.contains("'=a note"), "no spreadsheet takes a note for a formula");

    let question = app.propose_bank_removal(&desk.ada, bank, "renewed").await.unwrap();
    app.approve(&desk.ben, question.id).await.unwrap();
    assert_eq!(desk.verdict(MD5).await, Verdict::Allow);
    assert_eq!(app.bank(&desk.ada, bank).await.unwrap_err().code(), Code::NotFound);

    let again = desk.bank(BankKind::Known).await;
    let mut file = app.scratch_file().unwrap();
    file.write_all(list.as_bytes()).unwrap();
    file.rewind().unwrap();
    let settings = ImportSettings { format: None, long: ListedKind::Pdq, source: None, dry_run: false };
    let report = app.import_list(&desk.ada, again, file, settings).await.unwrap();
    assert_eq!((report.entries, report.faulty, report.added.map(|added| added.first)), (2, 0, Some(3)));

    desk.house.clock.advance(Duration::from_secs(25 * 60 * 60));
    let late = desk.house.person("Cyd", Role::SeniorReviewer).await;
    assert_eq!(app.begin_export(&late, question.id).await.unwrap_err().code(), Code::NotFound);
}
