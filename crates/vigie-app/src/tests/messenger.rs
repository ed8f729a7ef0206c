//! A messenger and a pager in memory: the one performs each action once, and both misbehave as a test asks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};
use vigie_model::Moment;
use vigie_model::action::{Action, ActionKind, Receipt};
use vigie_model::id::ActionId;

use crate::ports::{Answer, DeliveryError, Messenger, Page, Pager};

/// The name of its service.
pub(crate) const SERVICE: &str = "synthetic";

/// The messenger of a [`super::House`].
#[derive(Default)]
pub(crate) struct FakeMessenger(Mutex<State>);

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    snapshot_faults: VecDeque<DeliveryError>,
    cannot: BTreeSet<ActionKind>,
    performed: BTreeMap<ActionId, Action>,
    requests: Vec<ActionId>,
    snapshots: Vec<String>,
}

/// How the next request is answered.
pub(crate) enum Fault {
    /// Nothing is performed.
    Unperformed(DeliveryError),
    /// It is performed, and the answer is lost.
    AnswerLost,
}

impl FakeMessenger {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The next requests meet these, one each.
    pub(crate) fn misbehave(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The next snapshot is not given.
    pub(crate) fn refuse_snapshot(&self, error: DeliveryError) {
        self.state().snapshot_faults.push_back(error);
    }

    /// It has no such action.
    pub(crate) fn cannot(&self, kind: ActionKind) {
        self.state().cannot.insert(kind);
    }

    /// What it performed, each once.
    pub(crate) fn performed(&self) -> Vec<ActionId> {
        self.state().performed.keys().copied().collect()
    }

    /// The action as it was ordered.
    pub(crate) fn ordered(&self, id: ActionId) -> Option<Action> {
        self.state().performed.get(&id).cloned()
    }

    /// How often it was asked to perform this.
    pub(crate) fn requests(&self, id: ActionId) -> usize {
        self.state().requests.iter().filter(|one| **one == id).count()
    }

    /// Conversations it was asked to show whole.
    pub(crate) fn snapshots(&self) -> Vec<String> {
        self.state().snapshots.clone()
    }

    fn perform_now(&self, action: &Action, now: Moment) -> Result<Receipt, DeliveryError> {
        let mut state = self.state();
        state.requests.push(action.id);
        let fault = state.faults.pop_front();
        if let Some(Fault::Unperformed(error)) = fault {
            return Err(error);
        }
        let before = state.performed.insert(action.id, action.clone());
        if fault.is_some() {
            return Err(DeliveryError::later("the answer was lost"));
        }
        Ok(Receipt {
            receipt: format!("r-{}", action.id),
            outcome: if before.is_some() { "already_done" } else { "done" }.into(),
            performed_at: now,
            state: json!({ "removed": true }),
        })
    }

    fn snapshot_now(&self, conversation: &str) -> Result<Value, DeliveryError> {
        let mut state = self.state();
        if let Some(error) = state.snapshot_faults.pop_front() {
            return Err(error);
        }
        state.snapshots.push(conversation.to_owned());
        Ok(json!({ "members": ["ann", "ben"], "administrators": ["ann"], "postings": [] }))
    }
}

impl Messenger for FakeMessenger {
    fn capabilities(&self) -> Vec<ActionKind> {
        let state = self.state();
        ActionKind::ALL.iter().copied().filter(|kind| !state.cannot.contains(kind)).collect()
    }

    fn perform<'a>(&'a self, action: &'a Action, now: Moment) -> Answer<'a, Result<Receipt, DeliveryError>> {
        Box::pin(async move { self.perform_now(action, now) })
    }

    fn snapshot<'a>(
        &'a self,
        conversation: &'a str,
        _now: Moment,
    ) -> Answer<'a, Result<Value, DeliveryError>> {
        Box::pin(async move { self.snapshot_now(conversation) })
    }
}

/// The pager of a [`super::House`].
#[derive(Default)]
pub(crate) struct FakePager(Mutex<(VecDeque<DeliveryError>, Vec<Page>)>);

impl FakePager {
    /// The next pages meet these, one each.
    pub(crate) fn misbehave(&self, errors: impl IntoIterator<Item = DeliveryError>) {
        self.0.lock().unwrap().0.extend(errors);
    }

    /// The pages that arrived.
    pub(crate) fn pages(&self) -> Vec<Page> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Pager for FakePager {
    fn way(&self) -> &'static str {
        "webhook"
    }

    fn page<'a>(&'a self, page: &'a Page, _now: Moment) -> Answer<'a, Result<(), DeliveryError>> {
        let mut state = self.0.lock().unwrap();
        let outcome = match state.0.pop_front() {
            Some(error) => Err(error),
            None => {
                state.1.push(page.clone());
                Ok(())
            }
        };
        Box::pin(std::future::ready(outcome))
    }
}
