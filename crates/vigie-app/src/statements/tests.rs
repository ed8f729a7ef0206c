//! A statement tells what may be told, and of the rest nothing at all.

use std::time::Duration;

use proptest::prelude::*;
use vigie_model::disclosure::{Instrument, Silence};
use vigie_model::{Role, Scope};

use super::*;
use crate::requests::tests::{Desk, RECORDS, cases, desk, instrument};
use crate::tests::machine;

async fn stated(desk: &Desk, account: &str) -> AccountStatement {
    let app = &desk.house.app;
    let bytes = app.account_statement(&machine(7, &[Scope::Submit]), RECORDS, account).await.unwrap();
    let envelope = Envelope::read(&bytes).unwrap();
    let key = app.disclosure_verifier().unwrap();
    let (payload, _) = envelope.open(PAYLOAD_TYPE, std::slice::from_ref(&key)).unwrap();
    serde_json::from_slice(payload).unwrap()
}

/// A statement as text, with the account put out of it: by what else it could be told from another.
fn without_account(statement: &AccountStatement, account: &str) -> String {
    serde_json::to_string(statement).unwrap().replace(account, "ACCOUNT")
}

async fn disclosed(desk: &Desk, account: &str, number: u32, silence: bool) {
    let silence = silence.then(|| Silence { basis: "article 11".into(), until: None, text: String::new() });
    let reference = format!("PV {number}");
    let nonce = format!("nonce-{account}-{number}-0123456789");
    let asked = Instrument { silence, reference, nonce, ..instrument(&desk.house, account) };
    let id = desk.send(&asked).await;
    desk.work().await;
    desk.release(id).await;
}

#[tokio::test]
async fn what_may_be_told_is_told_with_the_size_of_the_ledger_and_a_signature() {
    let desk = desk().await;
    disclosed(&desk, "u-told", 1, false).await;
    desk.house.app.publish_ledger().await.unwrap();
    let told = stated(&desk, "u-told").await;
    assert!(told.ledger_size > 0 && !told.ledger_root.is_empty());
    assert_eq!((told.disclosures.len(), &told.nothing), (1, &None));
    assert!(told.disclosures[0].en.contains("Parquet de Synthèse"), "{}", told.disclosures[0].en);
    let other = stated(&desk, "u-other").await;
    assert!(other.disclosures.is_empty());
    let nothing = other.nothing.unwrap();
    let size = format!("Up to ledger size {} there is no disclosure", told.ledger_size);
    assert!(nothing.en.contains(&size), "{}", nothing.en);
}

#[tokio::test]
async fn a_statement_is_for_the_messenger_and_the_legal_desk() {
    let desk = desk().await;
    let app = &desk.house.app;
    for role in [Role::Reviewer, Role::SeniorReviewer, Role::Administrator, Role::Auditor] {
        let other = desk.house.person(&format!("Other {role}"), role).await;
        let refused = app.account_statement(&other, RECORDS, "u-1").await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden, "{role}");
    }
    let refused = app.account_statement(&machine(8, &[Scope::HmaMatch]), RECORDS, "u-1").await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert!(app.account_statement(&desk.officer, RECORDS, " ").await.is_err());
    assert!(app.account_statement(&desk.officer, RECORDS, "u-1").await.is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(3), max_shrink_iters: 20, ..ProptestConfig::default() })]

    /// However often data of an account was disclosed under silence, and whatever time passed: its statement is that of an account of
    /// which nobody ever asked.
    #[test]
    fn a_silenced_account_is_told_what_an_untouched_one_is(times in 1_u32..3, days in 0_u64..80, name in "[a-z]{6,12}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = desk().await;
            let silenced = format!("u-{name}-silenced");
            let untouched = format!("u-{name}-nobody-asked");
            for number in 0..times {
                disclosed(&desk, &silenced, number, true).await;
            }
            desk.house.clock.advance(Duration::from_secs(days * 24 * 60 * 60));
            desk.house.app.tend().await.unwrap();
            desk.house.app.publish_ledger().await.unwrap();
            let first = stated(&desk, &silenced).await;
            let second = stated(&desk, &untouched).await;
            assert_eq!(without_account(&first, &silenced), without_account(&second, &untouched));
        });
    }
}
