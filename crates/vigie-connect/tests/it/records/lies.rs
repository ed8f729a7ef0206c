//! A messenger that misbehaves: each time an error that names it, and nothing kept.

use super::*;

/// What becomes of a pull that the messenger answers so.
async fn lied(lie: Lie) -> PullError {
    let desk = Desk::open().await;
    desk.rig.messenger.lie(Some(lie));
    let mut grant = desk.grant(&[desk.account(1)], desk.span());
    grant.tasks[1].fields = vec![Field::Address, Field::At];
    let outcome = desk.pull(&grant, CONNECTIONS).await;
    desk.rig.stop().await;
    outcome.expect_err("a lie is found out")
}

#[tokio::test]
async fn one_record_outside_the_grant_is_named_and_nothing_is_kept() {
    for (lie, why) in [
        (Lie::OtherTime, Refused::Span.into()),
        (Lie::OtherAccount, Refused::Subject.into()),
        (Lie::OtherField, Refused::Field(Field::Port).into()),
        (Lie::Words, Outside::NoValue(Field::Address)),
    ] {
        match lied(lie).await {
            PullError::Outside(outside) => {
                assert_eq!(outside.why, why, "{lie:?}");
                assert!(outside.position > 0, "the honest ones came first, and are not kept either");
            }
            other => panic!("{lie:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_not_as_agreed_is_named() {
    for (lie, told) in [
        (Lie::UnknownField, "line 1 of a page is no record"),
        (Lie::UnknownRecord, "is no record"),
        (Lie::CutShort, "the last line of the page is missing"),
        (Lie::Miscounted, "records and says"),
    ] {
        match lied(lie).await {
            PullError::Records(RecordsError::Malformed(why)) => assert!(why.contains(told), "{lie:?}: {why}"),
            other => panic!("{lie:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn more_than_was_agreed_ends_the_pull() {
    for (lie, told) in [(Lie::HugePage, "a page of more than 10000 records"), (Lie::EndlessPages, "pages")] {
        match lied(lie).await {
            PullError::Records(RecordsError::TooMuch(why)) => assert!(why.contains(told), "{lie:?}: {why}"),
            other => panic!("{lie:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_messenger_in_trouble_is_asked_again_later() {
    let desk = Desk::open().await;
    let grant = desk.grant(&[desk.account(1)], desk.span());
    let faults =
        [Fault::ServerError, Fault::TooManyRequests(Duration::from_secs(7)), Fault::DropAfterPerforming];
    desk.rig.messenger.inject(Door::Records, &faults);
    let later = async || match failed(desk.pull(&grant, CONNECTIONS).await) {
        RecordsError::Later { why, wait } => (why, wait),
        other => panic!("not for later: {other:?}"),
    };
    assert_eq!(later().await, ("500 injected_fault".into(), None));
    assert_eq!(later().await, ("429 injected_fault".into(), Some(Duration::from_secs(7))));
    assert_eq!(later().await.0, "the connection broke");
    assert!(!desk.pull(&grant, CONNECTIONS).await.unwrap().is_empty());

    desk.rig.messenger.inject(Door::Records, &[Fault::Delay(Duration::from_secs(3600))]);
    let impatient = SignedPull::with_patience(&desk.rig.base, SECRET, Duration::from_millis(50)).unwrap();
    let outcome = impatient.pull(&signed(&grant), CONNECTIONS, None, desk.rig.clock.now()).await;
    assert!(matches!(outcome, Err(RecordsError::Later { why, .. }) if why == "no answer in time"));

    let stranger = SignedPull::new(&desk.rig.base, b"another secret").unwrap();
    let outcome = stranger.pull(&signed(&grant), CONNECTIONS, None, desk.rig.clock.now()).await;
    assert_eq!(refused(outcome), "401 signature_invalid");
    desk.rig.stop().await;
}
