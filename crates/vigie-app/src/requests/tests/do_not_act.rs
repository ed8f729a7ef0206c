//! Do not act: what waits, what never does, and that nobody who works on content can tell.

use std::time::Duration;

use vigie_model::action::{Action, ActionKind, ActionState, Target};
use vigie_model::alarm::NoticeKind;
use vigie_model::approval::ApprovalState;
use vigie_model::disclosure::DoNotAct;
use vigie_model::id::IncidentId;

use super::*;
use crate::actions::tests::{new, now, ordered};
use crate::tests::desk as review;
use crate::tests::messenger::SERVICE;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn asking(desk: &Desk, user: &str, days: u32) -> Instrument {
    let do_not_act = DoNotAct { until: desk.house.app.now().after(DAY * days), text: "an inquiry".into() };
    Instrument { do_not_act: Some(do_not_act), ..instrument(&desk.house, user) }
}

/// A request that asks that nothing be done to an account of the messenger that can act.
async fn held(desk: &Desk, user: &str) -> RequestId {
    let app = &desk.house.app;
    let asked = asking(desk, user, 20);
    let id = desk.send(&asked).await;
    desk.work().await;
    let mut tx = app.store.begin().await.unwrap();
    let request = find(&mut tx, id).await.unwrap();
    let accounts = [user.to_owned()];
    crate::requests::do_not_act::place(app, &mut tx, (&request, &asked), (SERVICE, &accounts)).await.unwrap();
    tx.commit(&Details::new(&Caller::system(), "test.placed", "test", app.now())).await.unwrap();
    id
}

async fn on_account(desk: &Desk, caller: &Caller, kind: ActionKind, account: &str) -> Action {
    let target =
        Target { account_id: Some(account.into()), message_id: Some("m-1".into()), ..Target::default() };
    ordered(&desk.house, caller, crate::actions::NewAction { target, ..new(kind) }, false).await.unwrap()
}

async fn reviewing() -> (Desk, Vec<u8>, Caller, Caller) {
    let (house, picture) = review::desk().await;
    let desk = desk_in(house).await;
    let ada = desk.house.person("Ada", Role::Reviewer).await;
    let ben = desk.house.person("Ben", Role::SeniorReviewer).await;
    (desk, picture, ada, ben)
}

async fn escalated(desk: &Desk, ada: &Caller, account: &str, picture: &[u8]) -> IncidentId {
    let id = review::posted(&desk.house, account, &format!("m-{account}"), picture).await;
    let held = desk.house.app.claim(ada, id).await.unwrap();
    desk.house.app.escalate(ada, id, held.lease.unwrap().fence, "look at it").await.unwrap();
    id
}

#[tokio::test]
async fn what_would_be_done_to_such_an_account_waits_as_what_waits_for_senior_review() {
    let (desk, picture, ada, ben) = reviewing().await;
    let app = &desk.house.app;
    let request = held(&desk, "officer").await;
    escalated(&desk, &ada, "ordinary", &picture).await;
    let mut answers = Vec::new();
    for account in ["officer", "ordinary"] {
        let action = on_account(&desk, &ada, ActionKind::SuspendAccount, account).await;
        let refused = app.approve(&ben, action.approval.unwrap()).await.unwrap_err();
        let question = app.question(&ben, action.approval.unwrap()).await.unwrap();
        let seen = now(&desk.house, &action).await;
        assert_eq!((question.state, seen.state), (ApprovalState::Waiting, ActionState::Waiting), "{account}");
        answers.push((refused.code(), refused.detail().to_owned()));
    }
    assert_eq!(answers[0], answers[1], "same code, same words");
    assert_eq!(answers[0].0, Code::SeniorReviewFirst);
    let told = app.notices(&desk.officer).await.unwrap();
    let told: Vec<_> = told.iter().filter(|one| one.kind == NoticeKind::DoNotActMet).collect();
    assert!(!told.is_empty() && told.iter().all(|one| one.subject == object(request)), "{told:?}");
    for reviewer in [&ada, &ben] {
        let notices = app.notices(reviewer).await.unwrap();
        assert!(
            notices.iter().all(|one| one.kind != NoticeKind::DoNotActMet && !one.subject.contains("request"))
        );
    }
    // Others are acted on as ever.
    let other = on_account(&desk, &ada, ActionKind::SuspendAccount, "other").await;
    app.approve(&ben, other.approval.unwrap()).await.unwrap();
}

#[tokio::test]
async fn content_is_removed_and_a_child_at_risk_never_waits() {
    let (desk, picture, ada, ben) = reviewing().await;
    let app = &desk.house.app;
    held(&desk, "officer").await;
    let restricted = on_account(&desk, &ada, ActionKind::RestrictAccount, "officer").await;
    assert_eq!(restricted.state, ActionState::Waiting, "what one person does otherwise waits too");
    assert_eq!(
        app.approve(&ben, restricted.approval.unwrap()).await.unwrap_err().code(),
        Code::SeniorReviewFirst
    );
    let removed = on_account(&desk, &ada, ActionKind::RemoveMessage, "officer").await;
    assert_eq!(removed.state, ActionState::Queued);
    let incident = review::posted(&desk.house, "officer", "m-9", &picture).await;
    let alarm = app.raise_alarm(&ada, incident, "a child in the picture").await.unwrap();
    let lock = app.lock_now(&ada, alarm.id, "at once").await.unwrap();
    assert_eq!(lock.state, ActionState::Queued);
    let told = app.notices(&desk.officer).await.unwrap();
    assert!(
        told.iter().any(|one| one.kind == NoticeKind::DoNotActMet),
        "and those who may have to warn somebody hear of it"
    );
}

#[tokio::test]
async fn it_is_lifted_by_two_people_or_by_one_under_an_alarm_and_lapses_by_itself() {
    let (desk, picture, ada, ben) = reviewing().await;
    let app = &desk.house.app;
    let dpo = desk.house.person("Dpo", Role::DataProtectionOfficer).await;
    let id = held(&desk, "officer").await;
    let unreasoned = app.lift_do_not_act(&desk.officer, id, " ").await.unwrap_err();
    assert_eq!(unreasoned.code(), Code::InvalidValue);
    let question = app.lift_do_not_act(&desk.officer, id, "it is no officer").await.unwrap().unwrap();
    assert!(app.do_not_act_until(&dpo, id).await.unwrap().is_some());
    assert_eq!(app.approve(&desk.officer, question.id).await.unwrap_err().code(), Code::SamePerson);
    app.approve(&dpo, question.id).await.unwrap();
    assert!(app.do_not_act_until(&dpo, id).await.unwrap().is_none());
    let action = on_account(&desk, &ada, ActionKind::SuspendAccount, "officer").await;
    app.approve(&ben, action.approval.unwrap()).await.unwrap();

    let second = held(&desk, "another").await;
    let incident = review::posted(&desk.house, "another", "m-2", &picture).await;
    app.raise_alarm(&ada, incident, "a child in the picture").await.unwrap();
    assert!(app.lift_do_not_act(&dpo, second, "a child is at risk").await.unwrap().is_none());
    assert!(app.do_not_act_until(&dpo, second).await.unwrap().is_none());
    let letters = app.request(&desk.officer, second).await.unwrap().letters;
    assert!(letters.iter().any(|one| one.text == "a child is at risk"), "why one person did is kept");

    let third = held(&desk, "third").await;
    desk.house.clock.advance(DAY * 20);
    let (ada, ben) = (desk.house.again("Ada").await, desk.house.again("Ben").await);
    assert!(app.do_not_act_until(&desk.house.again("Dpo").await, third).await.unwrap().is_none());
    let action = on_account(&desk, &ada, ActionKind::SuspendAccount, "third").await;
    app.approve(&ben, action.approval.unwrap()).await.unwrap();
}

#[tokio::test]
async fn only_who_is_known_asks_for_it_and_for_thirty_days_at_most() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&asking(&desk, "u-7", 400)).await;
    desk.work().await;
    assert_eq!(app.do_not_act_until(&desk.officer, id).await.unwrap(), Some(app.now().after(DAY * 30)));
    for (role, places) in [(IssuerRole::JudicialPoliceOfficer, false), (IssuerRole::Prosecutor, true)] {
        let issuer = Office { role: Some(role), ..instrument(&desk.house, "u-8").issuer };
        let entered = EnteredRequest {
            document: Bytes::from(format!("paper of {role}")),
            mime: "application/pdf".into(),
            instrument: Instrument { issuer, reference: role.name().into(), ..asking(&desk, "u-8", 10) },
            diagnostics: vec![],
        };
        let id = app.enter_request(&desk.officer, entered).await.unwrap().id;
        desk.work().await;
        assert!(app.do_not_act_until(&desk.officer, id).await.unwrap().is_none(), "nobody called back yet");
        let call = app.ask_call_back(&desk.officer, id).await.unwrap();
        let report = CallReport {
            authority: desk.authority.id,
            spoke_with: "the duty officer".into(),
            read_back: call.nonce,
            outcome: CallOutcome::Confirmed,
        };
        app.report_call_back(&desk.releaser, id, &report).await.unwrap();
        desk.work().await;
        assert_eq!(app.do_not_act_until(&desk.officer, id).await.unwrap().is_some(), places, "{role}");
    }
    let silent = app.suspect_forgery(&desk.officer, id, "it looks forged").await;
    silent.unwrap();
    let hash = app.blinded("do_not_act", RECORDS, "u-7").unwrap();
    let mut reader = app.store.read().await.unwrap();
    let standing = vigie_store::do_not_act::standing_on(&mut reader, hash, app.now()).await.unwrap();
    assert!(standing.is_empty(), "what may be forged keeps nothing from being done");
    assert_eq!(app.do_not_act_until(&desk.officer, id).await.unwrap(), None, "and no page says that it does");
}

/// Whoever works on content, whatever they look at: an account to which nothing is done looks like any other.
#[tokio::test]
async fn nothing_that_moderation_can_call_tells_such_an_account_from_another() {
    let (desk, picture, ada, ben) = reviewing().await;
    let app = &desk.house.app;
    let request = held(&desk, "officer").await;
    let admin = desk.house.person("Adm", Role::Administrator).await;
    for caller in [&ada, &ben, &admin] {
        let answers = [
            app.do_not_act_until(caller, request).await.map(drop),
            app.lift_do_not_act(caller, request, "why").await.map(drop),
            app.request(caller, request).await.map(drop),
            app.requests(caller, Listed::Open, 0).await.map(drop),
            app.request_board(caller, 0).await.map(drop),
            app.account_statement(caller, SERVICE, "officer").await.map(drop),
        ];
        for answer in answers {
            assert_eq!(answer.unwrap_err().code(), Code::Forbidden, "{}", caller.name);
        }
    }
    let mut seen = Vec::new();
    for account in ["officer", "ordinary"] {
        let incident = review::posted(&desk.house, account, &format!("m-{account}"), &picture).await;
        let view = app.incident(&ben, incident).await.unwrap();
        let action = on_account(&desk, &ada, ActionKind::SuspendAccount, account).await;
        let question = app.question(&ben, action.approval.unwrap()).await.unwrap();
        let action = app.action(&ben, action.id).await.unwrap();
        seen.push((
            (view.incident.state, view.incident.severity, view.items.len()),
            (action.state, action.kind, action.last_error, action.not_preserved),
            (
                question.state,
                question.operation,
                question.reason,
                question.expires_at.since(question.requested_at),
            ),
            app.capabilities(&ben, SERVICE).unwrap(),
        ));
    }
    assert_eq!(format!("{:?}", seen[0]), format!("{:?}", seen[1]));
    // The table itself names nobody.
    let rows = desk.house.rows().await;
    assert!(
        rows["do_not_act"]
            .iter()
            .all(|row| !row.contains("officer") && !row.contains(&hex::encode("officer")))
    );
}
