//! What happens to a request while something of it is under way.

use vigie_store::request_keys::RequestPart;
use vigie_store::{grants, packages};

use super::*;
use crate::requests::extract::staged_records;

/// Has this happen while the messenger is asked next.
fn meanwhile(happens: impl Future<Output = ()> + Send + 'static) {
    *MEANWHILE.lock().unwrap() = Some(Box::pin(happens));
}

/// A request about one category, accepted and not yet taken.
async fn accepted(desk: &Desk) -> RequestId {
    let wanted = instrument(&desk.house, "u-7").wanted;
    let wanted = wanted.into_iter().map(|one| Wanted { categories: vec![Category::Subscriber], ..one });
    let one = Instrument { wanted: wanted.collect(), ..instrument(&desk.house, "u-7") };
    let id = desk.send(&one).await;
    desk.work().await;
    desk.house.app.accept_request(&desk.officer, id).await.unwrap();
    id
}

async fn is_taken(desk: &Desk, id: RequestId) -> (bool, bool) {
    let app = &desk.house.app;
    let staged = grants::staged(&mut app.store.read().await.unwrap(), id).await.unwrap();
    let key = app.store.request_keys().existing(id, RequestPart::Staging).unwrap();
    (staged.is_some(), key.is_some())
}

#[tokio::test]
async fn what_is_taken_while_its_grant_lapses_is_not_kept() {
    let mut desk = desk().await;
    let app = desk.house.app.clone();
    let id = accepted(&desk).await;
    let (clock, life) = (desk.house.clock.clone(), app.settings.disclosure.grant_life);
    meanwhile(async move { clock.advance(life) });
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Executing);
    assert!(!is_taken(&desk, id).await.0, "nothing waits under a grant that is over");
    desk.sign_in_again().await;
    app.decide_again(&desk.officer, id, "it lapsed").await.unwrap();
    desk.work().await;
    desk.release(id).await;
}

#[tokio::test]
async fn what_is_stopped_while_it_is_taken_is_not_kept_and_is_taken_anew_by_its_new_grant() {
    let desk = desk().await;
    let app = desk.house.app.clone();
    let id = accepted(&desk).await;
    let first = grants::standing(&mut app.store.read().await.unwrap(), id).await.unwrap().unwrap();
    let (officer, other) = (desk.officer.clone(), app.clone());
    meanwhile(async move { other.suspend_request(&officer, id, "a court looks at it").await.unwrap() });
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Suspended);
    desk.house.clock.advance(std::time::Duration::from_secs(2));
    desk.work().await;
    assert_eq!(is_taken(&desk, id).await, (false, false), "neither what was taken nor its key is left");

    app.resume_request(&desk.officer, id, "it may go on").await.unwrap();
    desk.work().await;
    app.accept_request(&desk.officer, id).await.unwrap();
    // Stopped, decided and begun anew, all while the messenger answers the first time.
    let (officer, other) = (desk.officer.clone(), app.clone());
    meanwhile(async move {
        other.decide_again(&officer, id, "it was wrong").await.unwrap();
        assert!(examine(&other, id).await.is_ok());
        other.accept_request(&officer, id).await.unwrap();
        let mut tx = other.store.begin().await.unwrap();
        let request = find(&mut tx, id).await.unwrap();
        let entry =
            step(&other, &mut tx, &Caller::system(), &request, RequestState::Executing).await.unwrap();
        tx.commit(&entry).await.unwrap();
    });
    desk.work().await;
    desk.house.clock.advance(std::time::Duration::from_secs(2));
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval);
    let mut reader = app.store.read().await.unwrap();
    let staged = grants::staged(&mut reader, id).await.unwrap().unwrap();
    let standing = grants::standing(&mut reader, id).await.unwrap().unwrap();
    assert!(
        staged.granted_under == standing.id && standing.id != first.id,
        "it was taken by the grant that stands"
    );
}

#[tokio::test]
async fn an_answer_that_comes_while_the_request_is_examined_is_examined_too() {
    let desk = desk().await;
    let app = desk.house.app.clone();
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    let corrected = EnteredRequest {
        document: Bytes::from_static(b"answer"),
        mime: "text/plain".into(),
        instrument: instrument(&desk.house, "u-8"),
        diagnostics: vec![],
    };
    let (officer, other) = (desk.officer.clone(), app.clone());
    meanwhile(async move {
        let asked = Clarification { text: "Whom do you mean?".into() };
        other.ask_clarification(&officer, id, &asked).await.unwrap();
        other.take_clarification(&officer, id, ("This one", Some(corrected))).await.unwrap();
    });
    desk.work().await;
    let view = app.request(&desk.officer, id).await.unwrap();
    let open = view.tasks.iter().filter(|task| !task.state.is_over());
    let accounts: Vec<_> = open.map(|task| task.accounts.clone()).collect();
    assert_eq!(accounts, vec![Some(vec!["u-8".to_owned()]); 2], "whom it means by now is known");
    app.accept_request(&desk.officer, id).await.unwrap();
}

#[tokio::test]
async fn a_call_that_denies_a_request_is_reported_once_it_is_frozen() {
    let desk = desk().await;
    let app = &desk.house.app;
    let entered = EnteredRequest {
        document: Bytes::from_static(b"on paper"),
        mime: "text/plain".into(),
        instrument: instrument(&desk.house, "u-7"),
        diagnostics: vec![],
    };
    let id = app.enter_request(&desk.officer, entered).await.unwrap().id;
    desk.work().await;
    app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: String::new(),
        outcome: CallOutcome::Denied,
    };
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    let trail = app.request(&desk.officer, id).await.unwrap().trail;
    let place = |action: &str| trail.iter().position(|entry| entry.action == action).unwrap();
    let (frozen, reported) = (place("request.forgery_suspected"), place("request.called_back"));
    assert!(
        trail[frozen].number < trail[reported].number,
        "nobody reports a denial and ends before it is frozen"
    );
    let calls = vigie_store::request_letters::calls(&mut app.store.read().await.unwrap(), id).await.unwrap();
    assert!(calls.iter().all(|call| call.made.is_some()));
    assert!(packages::of_request(&mut app.store.read().await.unwrap(), id).await.unwrap().is_none());
}

/// Whoever holds a connection does not wait for a second one: with as many at once as there are connections, nobody would go on.
#[tokio::test]
async fn more_of_what_would_leave_is_opened_at_once_than_there_are_connections() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = accepted(&desk).await;
    desk.work().await;
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let app = app.clone();
        opening.spawn(async move {
            let mut reader = app.store.read().await.unwrap();
            staged_records(&app, &mut reader, id).await.map(drop)
        });
    }
    while let Some(opened) = opening.join_next().await {
        opened.unwrap().unwrap();
    }
}
