//! The ledger, people, tokens, questions to a second person, banks.

use std::collections::BTreeSet;
use std::time::Duration;

use vigie_model::access::OpenedBy;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::bank::{Bank, BankKind, BankOrigin, CHILD_SAFETY, Verdict};
use vigie_model::{Operation, Role, Scope};
use vigie_store::people::{self, Person, Session};
use vigie_store::tokens::{self, Token};
use vigie_store::{approvals, banks, tables};

use crate::house::{House, START, commit};

pub(crate) fn person(house: &House, name: &str) -> Person {
    Person {
        id: house.id(),
        name: name.into(),
        roles: vec![Role::Reviewer, Role::SeniorReviewer],
        language: Some("fr".into()),
        mail: None,
        created_at: START,
        ended_at: None,
    }
}

pub(crate) async fn the_ledger_numbers_commits_and_a_dropped_transaction_leaves_nothing(house: &House) {
    let before = tables::rows(&house.store).await.unwrap();
    let mut dropped = house.begin().await;
    people::insert(&mut dropped, &person(house, "Ada")).await.unwrap();
    assert_eq!(dropped.next_number("incident").await.unwrap(), 1);
    drop(dropped);
    assert_eq!(tables::rows(&house.store).await.unwrap(), before);

    for number in 0..3 {
        let mut tx = house.begin().await;
        assert_eq!(tx.next_number("incident").await.unwrap(), number + 1);
        assert_eq!(commit(tx).await, number);
    }
    let after = tables::rows(&house.store).await.unwrap();
    assert_eq!(after["ledger_head"], ["1 | 3"]);
    assert_eq!(after["ledger_entries"].len(), 3);
    assert_eq!(after["ledger_details"].len(), 3);
}

pub(crate) async fn commits_at_the_same_time_all_get_their_own_number(house: &House) {
    let one = async || {
        let mut tx = house.begin().await;
        people::insert(&mut tx, &person(house, &format!("{:?}", house.id::<vigie_model::id::PersonId>())))
            .await
            .unwrap();
        commit(tx).await
    };
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    assert_eq!(BTreeSet::from([a, b, c, d]), BTreeSet::from([0, 1, 2, 3]));
}

pub(crate) async fn every_table_can_be_shown(house: &House) {
    let rows = tables::rows(&house.store).await.unwrap();
    assert_eq!(rows.keys().cloned().collect::<Vec<_>>(), tables::names(&house.store).await.unwrap());
    let filled: Vec<_> = rows.iter().filter(|(_, rows)| !rows.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(filled, ["ledger_head", "log_signer"], "a fresh database holds nothing else");
}

pub(crate) async fn people_have_one_name_and_sign_in_once_by_a_link(house: &House) {
    let ada = person(house, "Ada");
    let mut tx = house.begin().await;
    people::insert(&mut tx, &ada).await.unwrap();
    people::insert_link(&mut tx, &[7; 32], ada.id, START, START.after(Duration::from_secs(60)))
        .await
        .unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(people::find_by_name(&mut reader, "Ada").await.unwrap(), Some(ada.clone()));
    drop(reader);

    let mut tx = house.begin().await;
    assert!(people::insert(&mut tx, &person(house, "Ada")).await.unwrap_err().is_duplicate());
    drop(tx);

    let session = Session {
        id: house.id(),
        hash: [8; 32],
        person: ada.id,
        agent: "test".into(),
        opened_by: OpenedBy::Link,
        created_at: START,
        last_seen_at: START,
        expires_at: START.after(Duration::from_secs(3_600)),
        fresh_at: None,
    };
    let mut tx = house.begin().await;
    assert_eq!(people::use_link(&mut tx, &[7; 32], START).await.unwrap(), Some(ada.id));
    assert_eq!(people::use_link(&mut tx, &[7; 32], START).await.unwrap(), None, "a link opens once");
    people::insert_session(&mut tx, &session).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(people::find_session(&mut reader, &[8; 32], START).await.unwrap(), Some(session.clone()));
    drop(reader);

    let mut tx = house.begin().await;
    people::end_sessions(&mut tx, ada.id, START).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(people::find_session(&mut reader, &[8; 32], START).await.unwrap(), None);
}

pub(crate) async fn tokens_end_and_are_revoked_at_once(house: &House) {
    let end = START.after(Duration::from_secs(60));
    let token = Token {
        id: house.id(),
        name: "messenger".into(),
        hash: [1; 32],
        scopes: vec![Scope::Submit, Scope::Receipts],
        entries_per_hour: 100,
        created_at: START,
        expires_at: Some(end),
        revoked_at: None,
    };
    let lasting = Token { id: house.id(), hash: [2; 32], expires_at: None, ..token.clone() };
    let mut tx = house.begin().await;
    tokens::insert(&mut tx, &token).await.unwrap();
    tokens::insert(&mut tx, &lasting).await.unwrap();
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    assert_eq!(tokens::find(&mut reader, &[1; 32], START).await.unwrap(), Some(token.clone()));
    assert_eq!(tokens::find(&mut reader, &[1; 32], end).await.unwrap(), None);
    assert_eq!(tokens::find(&mut reader, &[2; 32], end).await.unwrap(), Some(lasting.clone()));
    drop(reader);

    let mut tx = house.begin().await;
    tokens::revoke(&mut tx, lasting.id, START).await.unwrap();
    assert!(
        tokens::revoke(&mut tx, lasting.id, START).await.is_err(),
        "a revoked token cannot be revoked again"
    );
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(tokens::find(&mut reader, &[2; 32], START).await.unwrap(), None);
    assert_eq!(tokens::list(&mut reader).await.unwrap().len(), 2);
}

pub(crate) async fn a_question_is_answered_once(house: &House) {
    let (ada, ben) = (person(house, "Ada"), person(house, "Ben"));
    let question = Approval {
        id: house.id(),
        operation: Operation::ApproveBanks,
        subject: "bank:LAKES".into(),
        parameters: "{}".into(),
        parameters_hash: "00".into(),
        requested_by: ada.id,
        reason: "a new list".into(),
        requested_at: START,
        expires_at: START.after(Duration::from_secs(60)),
        state: ApprovalState::Waiting,
        decided_by: None,
        decided_at: None,
    };
    let mut tx = house.begin().await;
    people::insert(&mut tx, &ada).await.unwrap();
    people::insert(&mut tx, &ben).await.unwrap();
    approvals::insert(&mut tx, &question).await.unwrap();
    assert_eq!(approvals::list_waiting(&mut tx, START).await.unwrap(), std::slice::from_ref(&question));
    assert_eq!(approvals::list_waiting(&mut tx, question.expires_at).await.unwrap(), []);
    approvals::decide(&mut tx, question.id, ApprovalState::Approved, ben.id, START).await.unwrap();
    assert!(approvals::decide(&mut tx, question.id, ApprovalState::Refused, ben.id, START).await.is_err());
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    let found = approvals::find(&mut reader, question.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.decided_by), (ApprovalState::Approved, Some(ben.id)));
}

pub(crate) async fn banks_are_found_by_name_and_named_once(house: &House) {
    let bank = Bank {
        id: house.id(),
        name: "LAKES".parse().unwrap(),
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: "a synthetic hotline".into(),
        legal_ground: "Regulation (EU) 2022/2065, Article 16".into(),
        kind: BankKind::Known,
        origin: BankOrigin::Desk,
        distance: 31,
        verdict: Verdict::Review,
        label_scheme: "inhope".into(),
        ratio: 0.25,
        enabled: true,
        created_at: START,
    };
    let mut tx = house.begin().await;
    banks::insert(&mut tx, &bank).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(banks::find(&mut reader, bank.id).await.unwrap(), Some(bank.clone()));
    assert_eq!(banks::find_by_name(&mut reader, &bank.name).await.unwrap(), Some(bank.clone()));
    drop(reader);
    let mut tx = house.begin().await;
    let twice = Bank { id: house.id(), ..bank };
    assert!(banks::insert(&mut tx, &twice).await.unwrap_err().is_duplicate());
}
