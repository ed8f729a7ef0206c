//! The same request again.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use vigie_model::bank::Verdict;
use vigie_model::{Caller, Scope, Surface};

use super::{CLIP, changed, context, know_bytes, messenger, recipe, started, upload};
use crate::Code;
use crate::matching::Signals;
use crate::matching::tests::change;
use crate::submissions::{Answer, Submission, request_hash};
use crate::tests::machine;

#[tokio::test]
async fn a_repeated_request_has_the_same_answer_and_no_second_effect() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    let mut known = know_bytes(&house, Verdict::Block, &picture).await;
    let ask = async |caller: &Caller, bytes: &[u8], account: &str| {
        let upload = upload(&house.app, context(Surface::PublicGroup, account), bytes);
        let submission = Submission { idempotency_key: Some("k1".into()), ..upload };
        house.app.submit(caller, submission).await
    };
    let first = ask(&messenger(), &picture, "a1").await.unwrap();
    known.enabled = false;
    change(&house.app, &known).await;
    let before = house.rows().await;
    assert_eq!(ask(&messenger(), &picture, "a1").await.unwrap(), first);
    let plain = Caller { scopes: vec![Scope::Submit], ..messenger() };
    assert_eq!(ask(&plain, &picture, "a1").await.unwrap(), Answer { matches: None, ..first.clone() });
    for (bytes, account) in [(picture.as_slice(), "a2"), (CLIP, "a1")] {
        assert_eq!(ask(&messenger(), bytes, account).await.unwrap_err().code(), Code::KeyReused);
    }
    assert_eq!(changed(&before, &house.rows().await), BTreeSet::new());

    known.enabled = true;
    change(&house.app, &known).await;
    let other = machine(9, &[Scope::Submit]);
    let theirs = ask(&other, &picture, "a1").await.unwrap();
    assert_ne!(theirs.submission, first.submission, "a key belongs to who sent it");

    house.clock.advance(Duration::from_secs(25 * 60 * 60));
    house.app.keep_house().await.unwrap();
    assert!(house.rows().await["idempotency"].is_empty(), "answers are kept for a day");
}

#[tokio::test]
async fn the_same_request_twice_at_the_same_time_has_one_effect() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let ask = async || {
        let upload = upload(&house.app, context(Surface::PublicGroup, "a1"), &picture);
        let submission = Submission { idempotency_key: Some("k1".into()), ..upload };
        house.app.submit(&messenger(), submission).await.unwrap()
    };
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!(one, other);
    assert_eq!(house.rows().await["submissions"].len(), 1);
}

proptest! {
    /// The same request has the same hash, and any other has another.
    #[test]
    fn requests_are_told_apart(one in any::<[u8; 32]>(), other in any::<[u8; 32]>(), account in "[ab]") {
        let hash = |account: &str, sha256| {
            let signals = Signals { sha256: Some(sha256), ..Signals::default() };
            request_hash(&context(Surface::PublicGroup, account), &signals)
        };
        prop_assert_eq!(hash(&account, one), hash(&account, one));
        prop_assert_eq!(hash(&account, one) == hash("a", other), account == "a" && one == other);
    }
}
