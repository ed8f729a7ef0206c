//! The people: two of them make the bank, then one decides incidents and the other agrees to what needs two.

use std::collections::BTreeSet;

use vigie_app::bank_entries::{EntrySignals, NewEntry};
use vigie_app::banks::NewBank;
use vigie_app::decisions::{Conclusion, Measure};
use vigie_app::{App, Code};
use vigie_match::{Digests, Signal};
use vigie_media::{Limits, examine};
use vigie_model::action::ActionKind;
use vigie_model::bank::{BankKind, CHILD_SAFETY, Label, Verdict};
use vigie_model::id::ActionId;
use vigie_model::incident::{Finding, Incident, ItemVerdict, Outcome, SubjectKind};
use vigie_model::{Caller, Role};
use vigie_store::{actions, items};
use vigie_synth::landscape::landscape;
use vigie_synth::{Encoding, Random, Size};

use super::rig::Rig;

/// How many pictures the bank knows.
const KNOWN: u64 = 6;

/// How many incidents are decided at a time, and of how many items of each the messages are removed.
const DECIDED: usize = 2;
const REMOVED: usize = 3;

pub(super) struct People {
    ada: Caller,
    ben: Caller,
    /// Small pictures that the bank knows.
    pub(super) known: Vec<Vec<u8>>,
    /// Every action that was ordered.
    pub(super) ordered: BTreeSet<ActionId>,
}

impl People {
    pub(super) async fn meet(rig: &Rig) -> Self {
        let (ada, ben) = (person(&rig.app, "Ada").await, person(&rig.app, "Ben").await);
        let known: Vec<_> = (0..KNOWN)
            .map(|seed| landscape(seed, Size::clamped(96, 96)).encode(Encoding::Jpeg(85)))
            .collect();
        let question = rig.app.propose_bank(&ada, bank(), "new list").await.unwrap();
        rig.app.approve(&ben, question.id).await.unwrap();
        let bank = rig.app.banks(&ada).await.unwrap()[0].id;
        let entries = known.iter().map(|picture| entry(picture)).collect();
        rig.app.add_entries(&ada, bank, entries).await.unwrap();
        Self { ada, ben, known, ordered: BTreeSet::new() }
    }

    /// Decides some incidents, and agrees to what that asks of a second person.
    pub(super) async fn decide(&mut self, rig: &Rig, random: &mut Random) {
        for _ in 0..DECIDED {
            let Some(incident) = rig.app.claim_next(&self.ada).await.unwrap() else { break };
            self.decide_one(rig, &incident, random.chance(20)).await;
        }
        for question in rig.app.waiting_questions(&self.ben).await.unwrap() {
            rig.app.approve(&self.ben, question.id).await.unwrap();
        }
    }

    async fn decide_one(&mut self, rig: &Rig, incident: &Incident, close: bool) {
        let app = &rig.app;
        let all = items::list(&mut app.store.read().await.unwrap(), incident.id).await.unwrap();
        let findings =
            all.iter().map(|item| Finding { item: item.id, verdict: ItemVerdict::Violating }).collect();
        let removals = all.iter().take(REMOVED);
        let removals = removals.map(|item| Measure { kind: ActionKind::RemoveMessage, item: Some(item.id) });
        let of_subject = match incident.subject.kind {
            SubjectKind::Account => Some(ActionKind::RestrictAccount),
            SubjectKind::Conversation => close.then_some(ActionKind::CloseConversation),
        };
        let of_subject = of_subject.map(|kind| Measure { kind, item: None });
        let conclusion = Conclusion {
            outcome: Outcome::Violating,
            labels: vec![Label { scheme: "inhope".into(), code: "baseline".into() }],
            reason: "known".into(),
            findings,
            actions: removals.chain(of_subject).collect(),
        };
        let fence = incident.lease.unwrap().fence;
        match app.decide(&self.ada, incident.id, fence, conclusion).await {
            Ok(decision) => {
                let mut reader = app.store.read().await.unwrap();
                let followed = actions::of_decision(&mut reader, decision.id).await.unwrap();
                self.ordered.extend(followed.iter().map(|action| action.id));
            }
            // An item came in meanwhile: the incident is decided another time.
            Err(error) if error.code() == Code::WrongState => {
                app.release(&self.ada, incident.id, fence).await.unwrap();
            }
            Err(error) => panic!("the incident cannot be decided: {error:?}"),
        }
    }
}

pub(crate) async fn person(app: &App, name: &str) -> Caller {
    person_with(app, name, Role::SeniorReviewer).await
}

pub(crate) async fn person_with(app: &App, name: &str, role: Role) -> Caller {
    let person = app.add_person(&Caller::operator(), name, &[role]).await.unwrap();
    let link = app.make_sign_in_link(&Caller::operator(), person.id).await.unwrap();
    let session = app.sign_in(link.rsplit('/').next().unwrap(), "test").await.unwrap();
    app.signed_in(&session).await.unwrap().caller
}

pub(crate) fn bank() -> NewBank {
    NewBank {
        name: "KNOWN_LANDSCAPES".parse().unwrap(),
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: "Synthetic hotline".into(),
        legal_ground: "Regulation (EU) 2022/2065, Article 16".into(),
        kind: BankKind::Known,
        distance: 31,
        verdict: Verdict::Block,
        label_scheme: "inhope".into(),
    }
}

pub(crate) fn entry(picture: &[u8]) -> NewEntry {
    // Ours, so it may be decoded here.
    let pdq = examine::examine(picture, &Limits::default()).unwrap().pdq.unwrap();
    let signals = vec![Signal::Pdq(pdq), Signal::Sha256(Digests::of(picture).sha256)];
    NewEntry { signals: EntrySignals::from(signals), ..NewEntry::default() }
}
