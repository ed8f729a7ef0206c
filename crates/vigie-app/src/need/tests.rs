//! Material is for who needs it: every way to it, and every reason.

use std::time::Duration;

use vigie_model::action::ActionKind;
use vigie_model::id::IncidentId;
use vigie_model::incident::{ItemVerdict, RevealStep};
use vigie_model::{Caller, Role};

use crate::Code;
use crate::hunts::tests::{hunted_incident, scene};
use crate::queue::LEASE;
use crate::tests::House;
use crate::tests::desk::{concluding, desk, posted};

struct Scene {
    house: House,
    picture: Vec<u8>,
    id: IncidentId,
    ada: Caller,
    sue: Caller,
}

/// An incident with one picture, a reviewer and a senior reviewer.
async fn one_incident() -> Scene {
    let (house, picture) = desk().await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    Scene { house, picture, id, ada, sue }
}

impl Scene {
    /// What looking at the shielded preview is refused with; the page of the incident must offer no more than that.
    async fn refusal(&self, caller: &Caller) -> Option<Code> {
        let view = self.house.app.incident(&self.ada, self.id).await.unwrap();
        let item = view.items[0].item.id;
        let done = self.house.app.reveal(caller, self.id, &[item], RevealStep::Shielded).await;
        if let Ok(view) = self.house.app.incident(caller, self.id).await {
            assert_eq!(view.items[0].may_look, done.is_ok(), "what is offered and what is permitted differ");
        }
        done.map_err(|error| error.code()).err()
    }

    /// A fresh ticket of somebody who may look.
    async fn ticket(&self, caller: &Caller) -> String {
        let item = self.house.app.incident(&self.ada, self.id).await.unwrap().items[0].item.id;
        let looks = self.house.app.reveal(caller, self.id, &[item], RevealStep::Shielded).await.unwrap();
        looks[0].url.rsplit('/').next().unwrap().to_owned()
    }

    async fn redeemed(&self, ticket: &str) -> Option<Code> {
        self.house.app.redeem_preview(ticket).await.map_err(|error| error.code()).err()
    }

    /// Ledger entries of this action.
    async fn noted(&self, action: &str) -> Vec<String> {
        let rows = self.house.rows().await;
        rows["ledger_details"].iter().filter(|row| row.contains(action)).cloned().collect()
    }

    async fn claim(&self, caller: &Caller) -> i64 {
        self.house.app.claim(caller, self.id).await.unwrap().lease.unwrap().fence
    }
}

#[tokio::test]
async fn only_who_holds_the_incident_looks_and_a_refusal_is_in_the_ledger() {
    let scene = one_incident().await;
    let ben = scene.house.person("Ben", Role::Reviewer).await;
    let eve = scene.house.person("Eve", Role::Auditor).await;
    assert_eq!(scene.refusal(&scene.ada).await, Some(Code::NoNeed), "nobody holds it");
    assert!(scene.house.rows().await["reveals"].is_empty());
    assert_eq!(scene.noted("media.revealed").await.len(), 0);
    let refusals = scene.noted("media.refused").await;
    assert!(refusals.len() == 1 && refusals[0].contains(&scene.ada.actor()), "{refusals:?}");
    assert_eq!(scene.refusal(&eve).await, Some(Code::Forbidden));
    assert_eq!(scene.refusal(&Caller::operator()).await, Some(Code::Forbidden));
    assert_eq!(scene.noted("media.refused").await.len(), 3);

    let fence = scene.claim(&scene.ada).await;
    assert_eq!(scene.refusal(&scene.ada).await, None);
    assert_eq!(scene.refusal(&ben).await, Some(Code::NoNeed), "another holds it");
    assert_eq!(scene.refusal(&scene.sue).await, Some(Code::NoNeed), "rank opens nothing");
    scene.house.app.release(&scene.ada, scene.id, fence).await.unwrap();
    assert_eq!(scene.refusal(&scene.ada).await, Some(Code::NoNeed), "it was given back");
    scene.claim(&scene.ada).await;
    scene.house.clock.advance(LEASE);
    assert_eq!(scene.refusal(&scene.ada).await, Some(Code::NoNeed), "the time is over");
}

#[tokio::test]
async fn of_several_items_none_is_shown_when_one_is_refused() {
    let scene = one_incident().await;
    let other = posted(&scene.house, "bob", "m2", &scene.picture).await;
    let item = async |id| scene.house.app.incident(&scene.ada, id).await.unwrap().items[0].item.id;
    let both = [item(scene.id).await, item(other).await];
    // Both share a wave: the senior may look at one, and the other stands elsewhere.
    let refused =
        scene.house.app.reveal(&scene.sue, scene.id, &both, RevealStep::Shielded).await.unwrap_err();
    assert_eq!(refused.code(), Code::NoNeed);
    assert!(scene.house.rows().await["reveals"].is_empty());
}

#[tokio::test]
async fn an_incident_that_is_none_is_told_only_to_who_may_know() {
    let scene = one_incident().await;
    let eve = scene.house.person("Eve", Role::Auditor).await;
    let item = scene.house.app.incident(&scene.ada, scene.id).await.unwrap().items[0].item.id;
    let nowhere = IncidentId(uuid::Uuid::from_u128(404));
    for (caller, code) in [(&scene.ada, Code::NotFound), (&eve, Code::Forbidden)] {
        let refused =
            scene.house.app.reveal(caller, nowhere, &[item], RevealStep::Shielded).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
}

#[tokio::test]
async fn the_second_person_looks_at_what_they_answer_for() {
    let scene = one_incident().await;
    let tom = scene.house.person("Tom", Role::SeniorReviewer).await;
    let fence = scene.claim(&scene.sue).await;
    let kinds = [ActionKind::SuspendAccount];
    let conclusion = concluding(&scene.house, &scene.sue, scene.id, ItemVerdict::Violating, &kinds).await;
    scene.house.app.decide(&scene.sue, scene.id, fence, conclusion).await.unwrap();
    let question = scene.house.app.waiting_questions(&tom).await.unwrap()[0].id;
    assert_eq!(scene.refusal(&scene.sue).await, Some(Code::NoNeed), "who asked has decided");
    assert_eq!(scene.refusal(&scene.ada).await, Some(Code::NoNeed), "a reviewer is no second person");
    assert_eq!(scene.refusal(&tom).await, None);
    scene.house.app.approve(&tom, question).await.unwrap();
    assert_eq!(scene.refusal(&tom).await, Some(Code::NoNeed), "it is answered");
}

#[tokio::test]
async fn what_was_sent_up_is_looked_at_by_a_senior() {
    let scene = one_incident().await;
    let fence = scene.claim(&scene.ada).await;
    scene.house.app.escalate(&scene.ada, scene.id, fence, "unsure").await.unwrap();
    assert_eq!(scene.refusal(&scene.ada).await, Some(Code::NoNeed));
    assert_eq!(scene.refusal(&scene.sue).await, None);
}

#[tokio::test]
async fn who_has_an_alarm_in_hand_looks_while_it_is_under_way() {
    let scene = one_incident().await;
    let (ben, cem) =
        (scene.house.person("Ben", Role::Reviewer).await, scene.house.person("Cem", Role::Reviewer).await);
    let leo = scene.house.person("Leo", Role::LegalOfficer).await;
    let (from, until) = (scene.house.app.now(), scene.house.app.now().after(Duration::from_secs(3600)));
    scene.house.app.add_turn(&scene.sue, ben.person().unwrap(), from, until).await.unwrap();
    scene.claim(&scene.ada).await;
    let alarm = scene.house.app.raise_alarm(&cem, scene.id, "a voice").await.unwrap();
    assert_eq!(scene.refusal(&cem).await, Some(Code::NoNeed), "raising one opens nothing");
    assert_eq!(scene.refusal(&ben).await, None, "was called, whoever holds it");
    scene.house.app.acknowledge_alarm(&leo, alarm.id).await.unwrap();
    assert_eq!(scene.refusal(&leo).await, Some(Code::Forbidden), "an alarm makes nobody a reviewer");
    scene.house.app.hand_over_alarm(&leo, alarm.id, "Unit 7").await.unwrap();
    assert_eq!(scene.refusal(&ben).await, Some(Code::NoNeed), "it is over");
}

#[tokio::test]
async fn a_senior_looks_at_what_an_open_wave_shares() {
    let scene = one_incident().await;
    assert_eq!(scene.refusal(&scene.sue).await, Some(Code::NoNeed));
    posted(&scene.house, "bob", "m2", &scene.picture).await;
    assert_eq!(scene.refusal(&scene.sue).await, None);
    assert_eq!(scene.refusal(&scene.ada).await, Some(Code::NoNeed));
}

#[tokio::test]
async fn a_ticket_shows_nothing_once_the_need_is_over() {
    let scene = one_incident().await;
    let fence = scene.claim(&scene.ada).await;
    let (good, late) = (scene.ticket(&scene.ada).await, scene.ticket(&scene.ada).await);
    assert_eq!(scene.redeemed(&good).await, None);
    scene.house.app.release(&scene.ada, scene.id, fence).await.unwrap();
    assert_eq!(scene.redeemed(&late).await, Some(Code::NoNeed));
    assert_eq!(scene.redeemed(&late).await, Some(Code::LinkSpent), "and is spent");
    let refusals = scene.noted("media.refused").await;
    let named = refusals.iter().filter(|row| row.contains(&scene.ada.person().unwrap().to_string())).count();
    assert_eq!((refusals.len(), named), (1, 1), "{refusals:?}");
}

#[tokio::test]
async fn a_ticket_shows_nothing_to_who_lost_their_role_or_their_access() {
    let scene = one_incident().await;
    let person = scene.ada.person().unwrap();
    scene.claim(&scene.ada).await;
    let (first, second) = (scene.ticket(&scene.ada).await, scene.ticket(&scene.ada).await);
    let operator = Caller::operator();
    scene.house.app.change_roles(&operator, person, &[Role::LegalOfficer]).await.unwrap();
    assert_eq!(scene.redeemed(&first).await, Some(Code::Forbidden));
    scene.house.app.change_roles(&operator, person, &[Role::Reviewer]).await.unwrap();
    scene.house.app.end_person(&operator, person).await.unwrap();
    assert_eq!(scene.redeemed(&second).await, Some(Code::Forbidden));
}

#[tokio::test]
async fn what_a_hunt_found_is_for_who_holds_it() {
    let scene = scene().await;
    let id = hunted_incident(&scene).await;
    let rea = scene.house.person("Rea", Role::Reviewer).await;
    let item = scene.house.app.incident(&rea, id).await.unwrap().items[0].item.id;
    let code = async |caller: &Caller| {
        scene.house.app.reveal(caller, id, &[item], RevealStep::Shielded).await.unwrap_err().code()
    };
    assert_eq!(code(&rea).await, Code::NoNeed, "not even whether media was kept");
    assert_eq!(code(&scene.ada).await, Code::NoNeed, "nor does asking for the hunt open it");
    scene.house.app.claim(&rea, id).await.unwrap();
    assert_eq!(code(&rea).await, Code::NotPreviewable);
}
