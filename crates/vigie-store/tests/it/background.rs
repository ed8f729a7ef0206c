//! Actions and jobs: the order of states, claims and their fences.

use std::time::Duration;

use futures_util::future::join_all;
use vigie_model::Moment;
use vigie_model::action::{Action, ActionKind, ActionState, Receipt, Target};
use vigie_store::actions::{self, Filter, Place};
use vigie_store::jobs::{self, End, NewJob};

use crate::house::{House, START, commit};

fn action(house: &House, state: ActionState) -> Action {
    Action {
        id: house.id(),
        incident: None,
        decision: None,
        item: None,
        kind: ActionKind::RemoveMessage,
        service: "synthetic".into(),
        target: Target {
            message_id: Some("m-1".into()),
            conversation_id: Some("c-1".into()),
            ..Target::default()
        },
        restores: None,
        reason_code: "child_safety".into(),
        state,
        approval: None,
        attempts: 0,
        unanswered: 0,
        next_attempt_at: (state == ActionState::Queued).then_some(START),
        requested_by: "system".into(),
        requested_at: START,
        ended_at: None,
        receipt: None,
        preserved: None,
        not_preserved: Some("signals_only".into()),
        last_error: None,
    }
}

async fn kept(house: &House, action: &Action) {
    let mut tx = house.begin().await;
    actions::insert(&mut tx, action).await.unwrap();
    commit(tx).await;
}

async fn found(house: &House, action: &Action) -> Action {
    actions::find(&mut house.store.read().await.unwrap(), action.id).await.unwrap().unwrap()
}

async fn claim(house: &House, action: &Action, now: Moment) -> Option<actions::Claimed> {
    let mut keeping = house.store.housekeeping().await.unwrap();
    let until = now.after(Duration::from_secs(60));
    let claimed = actions::claim(&mut keeping, action.id, now, until).await.unwrap();
    keeping.commit().await.unwrap();
    claimed
}

fn receipt() -> Receipt {
    Receipt {
        receipt: "r-1".into(),
        outcome: "done".into(),
        performed_at: START,
        state: serde_json::json!({ "removed": true }),
    }
}

pub(crate) async fn an_action_comes_back_whole(house: &House) {
    let first = action(house, ActionState::Queued);
    let second = Action {
        kind: ActionKind::Restore,
        restores: Some(first.id),
        requested_at: Moment(START.0 + 1),
        ..action(house, ActionState::Waiting)
    };
    for one in [&first, &second] {
        kept(house, one).await;
        assert_eq!(found(house, one).await, *one);
    }
    let mut reader = house.store.read().await.unwrap();
    let ids = |found: Vec<Action>| found.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(actions::restoring(&mut reader, first.id).await.unwrap()), [second.id]);
    let all = Filter::default();
    let page = actions::list(&mut reader, &all, None, 1).await.unwrap();
    assert_eq!(ids(page), [second.id]);
    let rest = actions::list(&mut reader, &all, Some(Place::of(&second)), 9).await.unwrap();
    assert_eq!(ids(rest), [first.id]);
    let waiting = Filter { state: Some(ActionState::Waiting), service: Some("synthetic".into()) };
    assert_eq!(ids(actions::list(&mut reader, &waiting, None, 9).await.unwrap()), [second.id]);
    let elsewhere = Filter { state: None, service: Some("another".into()) };
    assert!(actions::list(&mut reader, &elsewhere, None, 9).await.unwrap().is_empty());
    assert_eq!(actions::count(&mut reader, ActionState::Queued).await.unwrap(), 1);
}

/// Tries a change of state on an action that stands in another one.
async fn try_change(house: &House, action: &Action, next: ActionState) -> bool {
    let (id, now) = (action.id, START);
    if next == ActionState::Sending {
        return claim(house, action, now).await.is_some();
    }
    let mut tx = house.begin().await;
    // Rows of this test carry the fence 0.
    let is_sending = action.state == ActionState::Sending;
    let changed = match next {
        ActionState::Queued if is_sending => actions::postpone(&mut tx, id, 0, "later", now).await,
        ActionState::Queued => actions::queue(&mut tx, id, now).await,
        ActionState::Done => actions::complete(&mut tx, id, 0, &receipt(), now).await,
        ActionState::Failed => actions::fail(&mut tx, id, 0, "refused", true, now).await,
        ActionState::Withdrawn => actions::withdraw(&mut tx, id, "undone", now).await,
        ActionState::Waiting | ActionState::Sending => Ok(false),
    };
    commit(tx).await;
    changed.unwrap()
}

pub(crate) async fn no_action_moves_against_the_order_of_its_states(house: &House) {
    for from in ActionState::ALL {
        for next in ActionState::ALL {
            let action = Action { next_attempt_at: Some(START), ..action(house, *from) };
            kept(house, &action).await;
            let changed = try_change(house, &action, *next).await;
            assert_eq!(changed, from.may_become(*next), "{from} to {next}");
            let stands = if changed { *next } else { *from };
            assert_eq!(found(house, &action).await.state, stands, "{from} to {next}");
        }
        // Nobody takes an attempt from its holder.
        if *from == ActionState::Sending {
            let action = action(house, *from);
            kept(house, &action).await;
            let mut tx = house.begin().await;
            assert!(!actions::queue(&mut tx, action.id, START).await.unwrap());
            commit(tx).await;
        }
    }
}

pub(crate) async fn only_the_latest_claim_ends_an_attempt(house: &House) {
    let action = action(house, ActionState::Queued);
    kept(house, &action).await;
    let first = claim(house, &action, START).await.unwrap();
    assert_eq!((first.action.attempts, first.action.unanswered), (1, 1));
    let lapsed = START.after(Duration::from_secs(60));
    let second = claim(house, &action, lapsed).await.unwrap();
    assert_eq!((second.action.attempts, second.fence), (2, first.fence + 1));

    let mut tx = house.begin().await;
    let (id, stale, now) = (action.id, first.fence, lapsed);
    assert!(!actions::complete(&mut tx, id, stale, &receipt(), now).await.unwrap());
    assert!(!actions::fail(&mut tx, id, stale, "no", false, now).await.unwrap());
    assert!(!actions::postpone(&mut tx, id, stale, "no", now).await.unwrap());
    assert!(actions::complete(&mut tx, id, second.fence, &receipt(), now).await.unwrap());
    commit(tx).await;
    let done = found(house, &action).await;
    assert_eq!((done.state, done.receipt, done.ended_at), (ActionState::Done, Some(receipt()), Some(now)));
}

pub(crate) async fn a_claim_is_given_once_and_again_when_it_lapses(house: &House) {
    let action = Action { next_attempt_at: Some(Moment(START.0 + 1)), ..action(house, ActionState::Queued) };
    kept(house, &action).await;
    assert!(claim(house, &action, START).await.is_none(), "it is not due");
    let due = Moment(START.0 + 1);
    let first = claim(house, &action, due).await.unwrap();
    assert!(claim(house, &action, due).await.is_none());
    let mut keeping = house.store.housekeeping().await.unwrap();
    let longer = due.after(Duration::from_secs(120));
    assert!(actions::renew(&mut keeping, action.id, first.fence, longer).await.unwrap());
    assert!(!actions::renew(&mut keeping, action.id, first.fence - 1, longer).await.unwrap());
    keeping.commit().await.unwrap();
    assert!(claim(house, &action, due.after(Duration::from_secs(119))).await.is_none());
    let mut reader = house.store.read().await.unwrap();
    assert!(actions::due(&mut reader, due, 9).await.unwrap().is_empty());
    assert_eq!(actions::due(&mut reader, longer, 9).await.unwrap(), [action.id]);
    drop(reader);
    assert!(claim(house, &action, longer).await.is_some());
}

pub(crate) async fn of_many_who_claim_an_action_at_once_one_gets_it(house: &House) {
    let action = action(house, ActionState::Queued);
    kept(house, &action).await;
    let claims = join_all((0..8).map(|_| claim(house, &action, START))).await;
    assert_eq!(claims.into_iter().flatten().count(), 1);
}

pub(crate) async fn what_undoes_an_action_waits_until_that_one_has_ended(house: &House) {
    let undone = action(house, ActionState::Queued);
    let restoration =
        Action { kind: ActionKind::Restore, restores: Some(undone.id), ..action(house, ActionState::Queued) };
    kept(house, &undone).await;
    kept(house, &restoration).await;
    assert!(claim(house, &restoration, START).await.is_none());
    let claimed = claim(house, &undone, START).await.unwrap();
    assert!(claim(house, &restoration, START).await.is_none());
    let mut tx = house.begin().await;
    assert!(actions::complete(&mut tx, undone.id, claimed.fence, &receipt(), START).await.unwrap());
    commit(tx).await;
    assert!(claim(house, &restoration, START).await.is_some());
}

fn job<'a>(house: &House, once: Option<&str>) -> NewJob<'a> {
    NewJob {
        anew: false,
        id: house.id(),
        kind: "page",
        payload: "{}".into(),
        once: once.map(str::to_owned),
        run_at: START,
        created_at: START,
    }
}

pub(crate) async fn a_job_that_is_done_once_is_under_way_once(house: &House) {
    let first = job(house, Some("page:1"));
    let mut tx = house.begin().await;
    assert!(jobs::insert(&mut tx, &first).await.unwrap());
    assert!(!jobs::insert(&mut tx, &job(house, Some("page:1"))).await.unwrap());
    assert!(jobs::insert(&mut tx, &job(house, Some("page:2"))).await.unwrap());
    assert!(jobs::insert(&mut tx, &job(house, None)).await.unwrap());
    assert!(jobs::insert(&mut tx, &job(house, None)).await.unwrap());
    commit(tx).await;
    assert_eq!(jobs::under_way(&mut house.store.read().await.unwrap()).await.unwrap().len(), 4);
    let mut keeping = house.store.housekeeping().await.unwrap();
    let claimed = jobs::claim(&mut keeping, first.id, START, START).await.unwrap().unwrap();
    assert!(jobs::end(&mut keeping, first.id, claimed.fence, &End::Done, START).await.unwrap());
    keeping.commit().await.unwrap();
    let mut tx = house.begin().await;
    assert!(jobs::insert(&mut tx, &job(house, Some("page:1"))).await.unwrap(), "the first has ended");
    commit(tx).await;
}

pub(crate) async fn only_the_latest_claim_ends_a_job(house: &House) {
    let new = job(house, None);
    let mut tx = house.begin().await;
    jobs::insert(&mut tx, &new).await.unwrap();
    commit(tx).await;
    let mut keeping = house.store.housekeeping().await.unwrap();
    let until = START.after(Duration::from_secs(60));
    let first = jobs::claim(&mut keeping, new.id, START, until).await.unwrap().unwrap();
    assert_eq!((first.kind.as_str(), first.attempts), ("page", 1));
    assert!(jobs::claim(&mut keeping, new.id, START, until).await.unwrap().is_none());
    assert_eq!(jobs::due(&mut keeping, until, 9).await.unwrap(), [new.id]);
    let second = jobs::claim(&mut keeping, new.id, until, until).await.unwrap().unwrap();
    assert!(!jobs::renew(&mut keeping, new.id, first.fence, until).await.unwrap());
    assert!(!jobs::postpone(&mut keeping, new.id, first.fence, "no", until).await.unwrap());
    assert!(!jobs::end(&mut keeping, new.id, first.fence, &End::Done, until).await.unwrap());
    assert!(jobs::postpone(&mut keeping, new.id, second.fence, "503", until).await.unwrap());
    assert!(jobs::due(&mut keeping, START, 9).await.unwrap().is_empty());
    let third = jobs::claim(&mut keeping, new.id, until, until).await.unwrap().unwrap();
    let end = End::Failed { why: "404".into() };
    assert!(jobs::end(&mut keeping, new.id, third.fence, &end, until).await.unwrap());
    assert!(jobs::claim(&mut keeping, new.id, until, until).await.unwrap().is_none());
    keeping.commit().await.unwrap();
}

pub(crate) async fn a_job_that_is_asked_for_anew_while_it_runs_is_run_once_more(house: &House) {
    let anew = || NewJob { anew: true, ..job(house, Some("examine_request:1")) };
    let first = anew();
    let until = START.after(Duration::from_secs(60));
    let ask = async |expected: bool| {
        let mut tx = house.begin().await;
        assert_eq!(jobs::insert(&mut tx, &anew()).await.unwrap(), expected);
        commit(tx).await;
    };
    let mut tx = house.begin().await;
    assert!(jobs::insert(&mut tx, &first).await.unwrap());
    commit(tx).await;
    // It waits: whoever runs it sees what it is asked for.
    ask(false).await;
    for end in [End::Done, End::Failed { why: "404".into() }] {
        let mut keeping = house.store.housekeeping().await.unwrap();
        let claimed = jobs::claim(&mut keeping, first.id, START, until).await.unwrap().unwrap();
        keeping.commit().await.unwrap();
        ask(true).await;
        ask(true).await;
        let mut keeping = house.store.housekeeping().await.unwrap();
        assert!(jobs::claim(&mut keeping, first.id, START, until).await.unwrap().is_none());
        assert!(jobs::end(&mut keeping, first.id, claimed.fence, &end, START).await.unwrap());
        keeping.commit().await.unwrap();
        let under_way = jobs::under_way(&mut house.store.read().await.unwrap()).await.unwrap();
        assert_eq!(under_way, [("page".to_owned(), 0)], "it runs again, with every attempt before it");
    }
    let mut keeping = house.store.housekeeping().await.unwrap();
    assert_eq!(jobs::due(&mut keeping, START, 9).await.unwrap(), [first.id]);
    let claimed = jobs::claim(&mut keeping, first.id, START, until).await.unwrap().unwrap();
    assert!(jobs::end(&mut keeping, first.id, claimed.fence, &End::Done, START).await.unwrap());
    keeping.commit().await.unwrap();
    assert!(jobs::under_way(&mut house.store.read().await.unwrap()).await.unwrap().is_empty());
}

pub(crate) async fn whoever_waits_for_work_hears_of_a_commit_that_brings_it(house: &House) {
    let heard = async |house: &House| {
        // A past call is remembered: what came between looking and waiting is not missed.
        tokio::select! {
            biased;
            () = house.store.work_arrived() => true,
            () = std::future::ready(()) => false,
        }
    };
    assert!(!heard(house).await);
    let mut dropped = house.begin().await;
    actions::insert(&mut dropped, &action(house, ActionState::Queued)).await.unwrap();
    drop(dropped);
    assert!(!heard(house).await, "it was not committed");
    kept(house, &action(house, ActionState::Queued)).await;
    assert!(heard(house).await);
    assert!(!heard(house).await);
}
