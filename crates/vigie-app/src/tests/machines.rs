//! Every state of what moves at the desk, and everything that can be done to it: each pair is either the stated next
//! state or the stated refusal. A new state or a new event makes these tables longer, not the code that reads them.

use std::time::Duration;

use vigie_model::action::{Action, ActionKind};
use vigie_model::alarm::Alarm;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::id::IncidentId;
use vigie_model::incident::{ItemVerdict, Outcome};
use vigie_model::{Caller, Role};
use vigie_store::{actions, approvals};

use super::House;
use super::desk::{concluding, desk, posted};
use super::messenger::Fault;
use crate::Result;
use crate::actions::tests::{new, now, ordered, undone};
use crate::decisions::Measure;
use crate::outbox::tests::work;
use crate::ports::DeliveryError;

/// A row of a table: what is done, and what comes of it in each state.
type Row<const STATES: usize> = (&'static str, [&'static str; STATES]);

/// What came of it: the state that follows, or the code of the refusal in brackets.
fn outcome<T>(done: &Result<T>, state: &str) -> String {
    done.as_ref().map_or_else(|error| format!("({})", error.code()), |_| state.to_owned())
}

/// Goes through a table, and shows all of it where one pair differs.
async fn hold<const STATES: usize>(
    states: [&str; STATES],
    table: &[Row<STATES>],
    mut come_of: impl AsyncFnMut(&str, &str) -> String,
) {
    let mut differing = Vec::new();
    for (event, expected) in table {
        for (state, expected) in states.iter().zip(expected) {
            let happened = come_of(state, event).await;
            if happened != *expected {
                differing.push(format!("{event} when {state}: {happened}, not {expected}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Two people who may do everything at this desk, over an incident about an account.
struct Scene {
    house: House,
    sue: Caller,
    tom: Caller,
    incident: IncidentId,
}

async fn scene() -> Scene {
    let (house, picture) = desk().await;
    let incident = posted(&house, "ann", "m1", &picture).await;
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let tom = house.person("Tom", Role::SeniorReviewer).await;
    Scene { house, sue, tom, incident }
}

impl Scene {
    async fn alarm(&self, state: &str) -> Alarm {
        let app = &self.house.app;
        let alarm = app.raise_alarm(&self.sue, self.incident, "a voice").await.unwrap();
        match state {
            "raised" => {}
            "acknowledged" => app.acknowledge_alarm(&self.sue, alarm.id).await.unwrap(),
            "handed_over" => app.hand_over_alarm(&self.sue, alarm.id, "Unit 7").await.unwrap(),
            _ => app.stand_down_alarm(&self.sue, alarm.id, "a film").await.unwrap(),
        }
        alarm
    }

    /// Brings the incident into this state; the fence under which Sue holds it, where she can.
    async fn incident(&self, state: &str) -> i64 {
        let app = &self.house.app;
        let mut fence = self.claimed().await.unwrap();
        match state {
            "escalated" => app.escalate(&self.sue, self.incident, fence, "unsure").await.unwrap(),
            "decided" => self.decide(fence, ItemVerdict::Violating).await.unwrap(),
            "dismissed" => self.decide(fence, ItemVerdict::NotViolating).await.unwrap(),
            _ => {}
        }
        if let Ok(held) = self.claimed().await {
            fence = held;
        }
        fence
    }

    async fn claimed(&self) -> Result<i64> {
        let incident = self.house.app.claim(&self.sue, self.incident).await?;
        Ok(incident.lease.map_or(-1, |lease| lease.fence))
    }

    async fn decide(&self, fence: i64, verdict: ItemVerdict) -> Result<()> {
        let conclusion = concluding(&self.house, &self.sue, self.incident, verdict, &[]).await;
        assert_eq!(conclusion.outcome == Outcome::Violating, verdict == ItemVerdict::Violating);
        self.house.app.decide(&self.sue, self.incident, fence, conclusion).await.map(drop)
    }

    async fn reverse(&self) -> Result<()> {
        let app = &self.house.app;
        let decision = app.incident(&self.sue, self.incident).await?.decisions.into_iter().next();
        let decision = decision.ok_or_else(|| crate::Error::not_found("decision"))?;
        app.reverse_decision(&self.tom, decision.id, "look again").await
    }

    /// An action that two people are needed for, in this state.
    async fn action(&self, state: &str) -> Action {
        let app = &self.house.app;
        let action = ordered(&self.house, &self.sue, new(ActionKind::SuspendAccount), false).await.unwrap();
        let question = action.approval.unwrap();
        match state {
            "waiting" => return action,
            "withdrawn" => drop(app.withdraw_action(&self.sue, action.id, "a mistake").await.unwrap()),
            _ => app.approve(&self.tom, question).await.unwrap(),
        }
        match state {
            "sending" => drop(app.claim_due_work(1).await.unwrap()),
            "done" => drop(work(app).await),
            "failed" => {
                let refusal = DeliveryError::Refused("404".into());
                self.house.messenger.misbehave([Fault::Unperformed(refusal)]);
                work(app).await;
            }
            _ => {}
        }
        let action = now(&self.house, &action).await;
        assert_eq!(action.state.name(), state);
        action
    }

    /// A question to a second person, in this state.
    async fn question(&self, state: &str) -> Approval {
        let app = &self.house.app;
        let question = app.propose_bank(&self.sue, super::bank(), "new list").await.unwrap();
        match state {
            "approved" => app.approve(&self.tom, question.id).await.unwrap(),
            "refused" => app.refuse(&self.tom, question.id).await.unwrap(),
            "expired" | "withdrawn" => {
                let end = state.parse::<ApprovalState>().unwrap();
                let mut tx = app.store.begin().await.unwrap();
                assert!(approvals::end(&mut tx, question.id, end, app.now()).await.unwrap());
                let entry = vigie_seal::ledger::Details::new(&self.sue, "test.ended", "test", app.now());
                tx.commit(&entry).await.unwrap();
            }
            _ => {}
        }
        question
    }
}

#[tokio::test]
async fn alarms() {
    let states = ["raised", "acknowledged", "handed_over", "stood_down"];
    let wrong = "(wrong_state)";
    let table = [
        // A running alarm is given back; over an ended one a new one is raised, and that stays as it ended.
        ("raise again", ["raised", "acknowledged", "handed_over", "stood_down"]),
        ("acknowledge", ["acknowledged", wrong, wrong, wrong]),
        ("hand over", ["handed_over", "handed_over", wrong, wrong]),
        ("stand down", ["stood_down", "stood_down", wrong, wrong]),
        ("lock", ["raised", "acknowledged", wrong, wrong]),
        ("let its deadlines pass", ["raised", "acknowledged", "handed_over", "stood_down"]),
    ];
    hold(states, &table, async |state, event| {
        let scene = scene().await;
        let (app, sue) = (&scene.house.app, &scene.sue);
        let id = scene.alarm(state).await.id;
        let done = match event {
            "raise again" => app.raise_alarm(sue, scene.incident, "again").await.map(drop),
            "acknowledge" => app.acknowledge_alarm(sue, id).await,
            "hand over" => app.hand_over_alarm(sue, id, "Unit 8").await,
            "stand down" => app.stand_down_alarm(sue, id, "a film").await,
            "lock" => app.lock_now(sue, id, "now").await.map(drop),
            _ => {
                scene.house.clock.advance(Duration::from_secs(2 * 60 * 60));
                app.tend().await
            }
        };
        let eve = scene.house.person("Eve", Role::Reviewer).await;
        outcome(&done, app.alarm(&eve, id).await.unwrap().state.name())
    })
    .await;
}

#[tokio::test]
async fn incidents_and_their_decisions() {
    let states = ["open", "escalated", "decided", "dismissed"];
    let wrong = "(wrong_state)";
    let table = [
        ("claim", ["open", "escalated", wrong, wrong]),
        ("release", ["open", "escalated", "(lease_lost)", "(lease_lost)"]),
        ("skip", ["open", "escalated", "decided", "dismissed"]),
        ("pass", ["open", "escalated", "decided", "dismissed"]),
        ("escalate", ["escalated", wrong, "(lease_lost)", "(lease_lost)"]),
        ("decide", ["decided", "decided", wrong, wrong]),
        ("dismiss", ["dismissed", "dismissed", wrong, wrong]),
        ("reverse", ["(not_found)", "(not_found)", "open", "open"]),
        ("reverse twice", ["(not_found)", "(not_found)", wrong, wrong]),
        ("act once more", [wrong, wrong, "decided", wrong]),
        ("raise an alarm", ["open", "escalated", "decided", "dismissed"]),
        // What comes in about a decided subject opens an incident of its own: the decided one stays as it is.
        ("post again", ["open", "escalated", "decided", "dismissed"]),
    ];
    hold(states, &table, async |state, event| {
        let scene = scene().await;
        let (app, sue, id) = (&scene.house.app, &scene.sue, scene.incident);
        let fence = scene.incident(state).await;
        let done = match event {
            "claim" => app.claim(sue, id).await.map(drop),
            "release" => app.release(sue, id, fence).await,
            "skip" => app.skip(sue, id).await,
            "pass" => app.pass(sue, id).await,
            "escalate" => app.escalate(sue, id, fence, "unsure").await,
            "decide" => scene.decide(fence, ItemVerdict::Violating).await,
            "dismiss" => scene.decide(fence, ItemVerdict::NotViolating).await,
            "reverse" => scene.reverse().await,
            "reverse twice" => match scene.reverse().await {
                Ok(()) => scene.reverse().await,
                first => first,
            },
            "act once more" => {
                let restrict = Measure { kind: ActionKind::RestrictAccount, item: None };
                app.act_on_decided(sue, id, restrict, "posted twice").await.map(drop)
            }
            "raise an alarm" => app.raise_alarm(sue, id, "a voice").await.map(drop),
            _ => {
                let picture = crate::submissions::tests::recipe(1).render().bytes;
                posted(&scene.house, "ann", "m2", &picture).await;
                Ok(())
            }
        };
        outcome(&done, app.incident(&scene.tom, id).await.unwrap().incident.state.name())
    })
    .await;
}

#[tokio::test]
async fn actions_on_the_messenger() {
    let states = ["waiting", "queued", "sending", "done", "failed", "withdrawn"];
    let wrong = "(wrong_state)";
    let table = [
        ("approve", ["queued", wrong, wrong, wrong, wrong, wrong]),
        ("refuse", ["withdrawn", wrong, wrong, wrong, wrong, wrong]),
        ("send", ["waiting", "done", "sending", "done", "failed", "withdrawn"]),
        // A process that died while sending leaves its claim; when that has lapsed another sends under the same identifier.
        ("send after the lease", ["waiting", "done", "done", "done", "failed", "withdrawn"]),
        ("send and be refused", ["waiting", "failed", "sending", "done", "failed", "withdrawn"]),
        ("send and be put off", ["waiting", "queued", "sending", "done", "failed", "withdrawn"]),
        ("retry", [wrong, wrong, wrong, wrong, "queued", wrong]),
        ("withdraw", ["withdrawn", "withdrawn", wrong, wrong, "withdrawn", wrong]),
        // Undoing the decision takes back what was not sent; what was, or may have been, is restored besides.
        ("undo", ["withdrawn", "withdrawn", "sending", "done", "withdrawn", "withdrawn"]),
    ];
    hold(states, &table, async |state, event| {
        let scene = scene().await;
        let (app, house) = (&scene.house.app, &scene.house);
        let action = scene.action(state).await;
        let question = action.approval.unwrap();
        let done = match event {
            "approve" => app.approve(&scene.tom, question).await,
            "refuse" => app.refuse(&scene.tom, question).await,
            "retry" => app.retry_action(&scene.sue, action.id).await.map(drop),
            "withdraw" => app.withdraw_action(&scene.sue, action.id, "a mistake").await.map(drop),
            "undo" => {
                let restoration = undone(house, &scene.tom, &action).await;
                assert_eq!(restoration.is_some(), matches!(state, "sending" | "done"), "{state}");
                Ok(())
            }
            sending => {
                let faults = match sending {
                    "send and be refused" => vec![DeliveryError::Refused("404".into())],
                    "send and be put off" => vec![DeliveryError::later("503")],
                    _ => vec![],
                };
                house.messenger.misbehave(faults.into_iter().map(Fault::Unperformed));
                if sending == "send after the lease" {
                    house.clock.advance(crate::outbox::LEASE + Duration::from_secs(1));
                }
                work(app).await;
                Ok(())
            }
        };
        let mut reader = app.store.read().await.unwrap();
        let after = actions::find(&mut reader, action.id).await.unwrap().unwrap();
        outcome(&done, after.state.name())
    })
    .await;
}

#[tokio::test]
async fn questions_to_a_second_person() {
    let states = ["waiting", "approved", "refused", "expired", "withdrawn"];
    let wrong = "(wrong_state)";
    let table = [
        ("approve", ["approved", wrong, wrong, wrong, wrong]),
        ("refuse", ["refused", wrong, wrong, wrong, wrong]),
        ("approve one's own", ["(same_person)"; 5]),
        ("approve unpermitted", ["(forbidden)"; 5]),
        ("let it lapse", ["expired", "approved", "refused", "expired", "withdrawn"]),
        ("approve too late", ["(approval_expired)", wrong, wrong, wrong, wrong]),
    ];
    hold(states, &table, async |state, event| {
        let scene = scene().await;
        let (app, house) = (&scene.house.app, &scene.house);
        let id = scene.question(state).await.id;
        let done = match event {
            "approve" => app.approve(&scene.tom, id).await,
            "refuse" => app.refuse(&scene.tom, id).await,
            "approve one's own" => app.approve(&scene.sue, id).await,
            "approve unpermitted" => {
                let rea = house.person("Rea", Role::Reviewer).await;
                app.approve(&rea, id).await
            }
            "let it lapse" => {
                house.clock.advance(Duration::from_secs(73 * 60 * 60));
                app.tend().await
            }
            _ => {
                house.clock.advance(Duration::from_secs(73 * 60 * 60));
                app.approve(&scene.tom, id).await
            }
        };
        let after = approvals::find(&mut app.store.read().await.unwrap(), id).await.unwrap().unwrap();
        outcome(&done, after.state.name())
    })
    .await;
}
