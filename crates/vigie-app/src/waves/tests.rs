//! Waves: a sample first, two people, content only.

use vigie_model::action::{ActionKind, ActionState};
use vigie_model::bank::Label;
use vigie_model::id::{IncidentId, WaveId};
use vigie_model::incident::{IncidentState, Outcome, RevealStep, WaveState};
use vigie_model::{Caller, Role};

use super::{WaveConclusion, sample_size};
use crate::Code;
use crate::decisions::Measure;
use crate::outbox::tests::work;
use crate::tests::House;
use crate::tests::desk::{desk, posted, posted_as_digest};

struct Flood {
    house: House,
    incidents: Vec<IncidentId>,
    wave: WaveId,
    sue: Caller,
    tom: Caller,
}

/// Seven accounts post the same picture.
async fn flood() -> Flood {
    let (house, picture) = desk().await;
    let mut incidents = Vec::new();
    for number in 0..7 {
        incidents.push(posted(&house, &format!("account-{number}"), &format!("m{number}"), &picture).await);
    }
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let tom = house.person("Tom", Role::SeniorReviewer).await;
    let wave = house.app.waves(&sue, None, None, 9).await.unwrap().waves[0].id;
    Flood { house, incidents, wave, sue, tom }
}

impl Flood {
    async fn look(&self, caller: &Caller, count: usize, steps: &[RevealStep]) {
        for item in self.house.app.wave(caller, self.wave).await.unwrap().items.iter().take(count) {
            for step in steps {
                self.house.app.reveal(caller, item.incident, &[item.id], *step).await.unwrap();
            }
        }
    }

    async fn state(&self, incident: IncidentId) -> IncidentState {
        self.house.app.incident(&self.sue, incident).await.unwrap().incident.state
    }
}

const LOOK: &[RevealStep] = &[RevealStep::Shielded, RevealStep::Soft];

fn violating(actions: &[ActionKind]) -> WaveConclusion {
    WaveConclusion {
        outcome: Outcome::Violating,
        labels: vec![Label { scheme: "inhope".into(), code: "A1".into() }],
        reason: "one picture".into(),
        actions: actions.to_vec(),
    }
}

#[test]
fn a_sample_grows_with_the_root_and_stays_bearable() {
    let sizes = [(0, 0), (1, 1), (5, 5), (6, 5), (25, 5), (26, 6), (100, 10), (101, 11), (10_000, 50)];
    for (items, size) in sizes {
        assert_eq!(sample_size(items), size, "{items}");
    }
}

#[tokio::test]
async fn a_wave_is_decided_after_its_sample_by_two_people() {
    let flood = flood().await;
    let app = &flood.house.app;
    let view = app.wave(&flood.sue, flood.wave).await.unwrap();
    assert_eq!((view.incidents.len(), view.items.len(), view.sample_size), (7, 7, 5));
    let propose = async |caller, conclusion| app.propose_wave_decision(caller, flood.wave, conclusion).await;
    let content = violating(&[ActionKind::RemoveMessage]);

    flood.look(&flood.sue, 7, &[RevealStep::Shielded]).await;
    flood.look(&flood.sue, 4, LOOK).await;
    flood.look(&flood.tom, 7, LOOK).await;
    let refused = propose(&flood.sue, content.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::SampleTooSmall, "shielded looks and those of others do not count");
    flood.look(&flood.sue, 5, LOOK).await;
    for penalty in [ActionKind::SuspendAccount, ActionKind::RestrictAccount, ActionKind::CloseConversation] {
        let refused = propose(&flood.sue, violating(&[penalty])).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidValue, "{penalty}");
    }
    let ada = flood.house.person("Ada", Role::Reviewer).await;
    assert_eq!(propose(&ada, content.clone()).await.unwrap_err().code(), Code::Forbidden);

    let question = propose(&flood.sue, content).await.unwrap();
    assert_eq!(app.wave(&flood.tom, flood.wave).await.unwrap().questions.len(), 1);
    assert_eq!(app.approve(&flood.sue, question.id).await.unwrap_err().code(), Code::SamePerson);
    app.approve(&flood.tom, question.id).await.unwrap();
    work(app).await;
    let view = app.wave(&flood.sue, flood.wave).await.unwrap();
    assert_eq!((view.wave.state, view.decisions.len(), view.actions.len()), (WaveState::Decided, 7, 7));
    assert!(view.actions.iter().all(|action| action.state == ActionState::Done && action.receipt.is_some()));
    for incident in &flood.incidents {
        assert_eq!(flood.state(*incident).await, IncidentState::Decided);
    }
    let added = Measure { kind: ActionKind::RestrictAccount, item: None };
    let penalty = app.act_on_decided(&ada, flood.incidents[0], added, "posted twice").await.unwrap();
    assert_eq!(penalty.target.account_id.as_deref(), Some("account-0"), "penalties are individual");

    app.reverse_wave(&flood.tom, flood.wave, "a painting").await.unwrap();
    work(app).await;
    let view = app.wave(&flood.sue, flood.wave).await.unwrap();
    assert_eq!((view.wave.state, view.incidents.len()), (WaveState::Open, 7));
    assert!(view.decisions.iter().all(|decision| decision.reversal.is_some()));
    let restored = view.actions.iter().filter(|action| action.kind == ActionKind::Restore);
    assert_eq!(restored.filter(|action| action.state == ActionState::Done).count(), 7);
    let penalty = app.action(&flood.sue, penalty.id).await.unwrap();
    assert_eq!(penalty.state, ActionState::Withdrawn, "it was not sent yet");
}

#[tokio::test]
async fn what_somebody_holds_or_a_child_at_risk_stands_on_is_left_out() {
    let flood = flood().await;
    let app = &flood.house.app;
    flood.look(&flood.sue, 7, LOOK).await;
    let question = app.propose_wave_decision(&flood.sue, flood.wave, violating(&[])).await.unwrap();
    let ada = flood.house.person("Ada", Role::Reviewer).await;
    app.claim(&ada, flood.incidents[0]).await.unwrap();
    app.raise_alarm(&ada, flood.incidents[1], "a voice").await.unwrap();
    let late = {
        let picture = crate::submissions::tests::recipe(1).render().bytes;
        posted(&flood.house, "late", "m9", &picture).await
    };
    app.approve(&flood.tom, question.id).await.unwrap();
    let mut open = Vec::new();
    for incident in flood.incidents.iter().chain([&late]) {
        open.extend((flood.state(*incident).await == IncidentState::Open).then_some(*incident));
    }
    assert_eq!(open, [flood.incidents[0], flood.incidents[1], late], "and what came after the proposal");

    let waves = app.waves(&flood.sue, None, None, 9).await.unwrap().waves;
    let states: Vec<_> = waves.iter().map(|wave| (wave.number, wave.state)).collect();
    assert_eq!(states, [(2, WaveState::Open), (1, WaveState::Decided)], "what is left is a wave of its own");
    let left = app.wave(&flood.sue, waves[0].id).await.unwrap();
    assert_eq!(left.incidents.len(), 3);
    assert!(left.incidents.iter().all(|incident| incident.wave == Some(waves[0].id)));
    app.reverse_wave(&flood.tom, flood.wave, "a painting").await.unwrap();
    let all = app.wave(&flood.sue, waves[0].id).await.unwrap().incidents;
    assert_eq!(all.len(), 8);
    assert!(all.iter().all(|incident| incident.wave == Some(waves[0].id)), "one open wave for one pivot");
}

#[tokio::test]
async fn a_wave_found_harmless_releases_what_was_held_back() {
    let flood = flood().await;
    let app = &flood.house.app;
    flood.look(&flood.sue, 7, LOOK).await;
    let harmless = WaveConclusion {
        outcome: Outcome::Dismissed,
        labels: vec![],
        reason: "a lake".into(),
        actions: vec![],
    };
    let question = app.propose_wave_decision(&flood.sue, flood.wave, harmless).await.unwrap();
    app.approve(&flood.tom, question.id).await.unwrap();
    work(app).await;
    let view = app.wave(&flood.sue, flood.wave).await.unwrap();
    assert_eq!(view.actions.len(), 7);
    assert!(view.actions.iter().all(|one| one.kind == ActionKind::Restore && one.state == ActionState::Done));
    assert_eq!(flood.state(flood.incidents[0]).await, IncidentState::Dismissed);
}

#[tokio::test]
async fn a_wave_of_signals_alone_is_decided_by_what_matched() {
    let (house, picture) = desk().await;
    let mut incidents = Vec::new();
    for number in 0..3 {
        let (account, message) = (format!("account-{number}"), format!("m{number}"));
        incidents.push(posted_as_digest(&house, &account, &message, &picture).await);
    }
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let tom = house.person("Tom", Role::SeniorReviewer).await;
    let wave = house.app.waves(&sue, None, None, 9).await.unwrap().waves[0].id;
    let flood = Flood { house, incidents, wave, sue, tom };
    let app = &flood.house.app;
    let view = app.wave(&flood.sue, wave).await.unwrap();
    assert_eq!((view.incidents.len(), view.items.len(), view.sample_size), (3, 3, 0));

    let content = violating(&[ActionKind::RemoveMessage]);
    let question = app.propose_wave_decision(&flood.sue, wave, content.clone()).await.unwrap();
    app.approve(&flood.tom, question.id).await.unwrap();
    work(app).await;
    let view = app.wave(&flood.sue, wave).await.unwrap();
    assert_eq!((view.wave.state, view.actions.len()), (WaveState::Decided, 3));
    for incident in &flood.incidents {
        assert_eq!(flood.state(*incident).await, IncidentState::Decided);
    }
    let again = app.propose_wave_decision(&flood.sue, wave, content).await.unwrap_err();
    assert_eq!(again.code(), Code::WrongState);
}

#[tokio::test]
async fn signals_beside_pictures_do_not_shrink_the_sample_of_the_pictures() {
    let flood = flood().await;
    let picture = crate::submissions::tests::recipe(1).render().bytes;
    posted_as_digest(&flood.house, "account-digest", "m8", &picture).await;
    let app = &flood.house.app;
    let view = app.wave(&flood.sue, flood.wave).await.unwrap();
    assert_eq!((view.items.len(), view.sample_size), (8, 5));
    let unseen = app.propose_wave_decision(&flood.sue, flood.wave, violating(&[])).await.unwrap_err();
    assert_eq!(unseen.code(), Code::SampleTooSmall);
}
