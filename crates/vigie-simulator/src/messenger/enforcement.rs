//! Obeying: each action is performed at most once, answered with a receipt, and can be undone.
//!
//! What it is: the rules of the webhook without HTTP. An action puts a hold on its target, named by the action; undoing
//! it lifts that hold alone, so two actions on one target are undone one by one. What it is not: a judgement; the
//! messenger does what a signed order says.
//!
//! To add an action: its arm in `holds`, which says where its hold lies.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_model::Moment;
use vigie_model::action::{ActionKind, Target};
use vigie_model::id::ActionId;
use vigie_synth::operation::Message;

use super::world::{Holds, Standing, World};
use crate::problem::Problem;

/// An order as Vigie sends it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Order {
    pub(super) action_id: ActionId,
    kind: ActionKind,
    /// Read so that an order without it is refused; the messenger goes by its own clock.
    #[serde(rename = "issued_at")]
    _issued_at: Moment,
    service: String,
    #[serde(default)]
    target: Target,
    restores: Option<ActionId>,
    #[serde(rename = "reason_code")]
    _reason_code: String,
}

/// The answer to an order.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Answer {
    receipt: String,
    outcome: &'static str,
    performed_at: Moment,
    state: Value,
}

/// What was performed: the memory that makes repeating an order harmless.
#[derive(Debug, Default)]
pub(super) struct Register {
    performed: BTreeMap<ActionId, Performed>,
    /// How often each action took effect; a test that finds a 2 here has found a fault.
    executions: BTreeMap<ActionId, u32>,
    requests: BTreeMap<ActionId, u32>,
}

#[derive(Debug, Clone)]
struct Performed {
    kind: ActionKind,
    on: ActionKind,
    target: Target,
    restores: Option<ActionId>,
    receipt: String,
    outcome: &'static str,
    at: Moment,
}

/// What an action changed.
struct Effect {
    /// Whether the target looks different now.
    changed: bool,
    /// The kind of action whose target it is: for a restoration, that of the action undone.
    on: ActionKind,
    /// The target, with what the order left open filled in.
    target: Target,
}

impl Register {
    /// How often an action took effect.
    pub(super) fn executions(&self, action: ActionId) -> u32 {
        self.executions.get(&action).copied().unwrap_or(0)
    }

    /// How often an action was asked for by a signed order.
    pub(super) fn requests(&self, action: ActionId) -> u32 {
        self.requests.get(&action).copied().unwrap_or(0)
    }

    /// Every action that took effect, in the order of their identifiers.
    pub(super) fn performed(&self) -> Vec<PerformedFacts> {
        let facts = |(&action_id, done): (&ActionId, &Performed)| PerformedFacts {
            action_id,
            kind: done.kind,
            target: done.target.clone(),
            restores: done.restores,
            receipt: done.receipt.clone(),
            outcome: done.outcome,
            performed_at: done.at,
            executions: self.executions(action_id),
            requests: self.requests(action_id),
        };
        self.performed.iter().map(facts).collect()
    }

    /// Performs an order, or answers a repeated one with the receipt of the first.
    pub(super) fn obey(&mut self, world: &mut World, order: &Order, now: Moment) -> Result<Answer, Problem> {
        if order.service != world.service {
            return Err(unprocessable("another_service", "this order is for another messenger"));
        }
        *self.requests.entry(order.action_id).or_default() += 1;
        if let Some(earlier) = self.performed.get(&order.action_id) {
            let same = earlier.kind == order.kind && earlier.restores == order.restores;
            if !same || !covers(&earlier.target, &order.target) {
                let detail = "this action was performed before, with another kind or target";
                return Err(Problem::new(StatusCode::CONFLICT, "action_id_reused", detail));
            }
            return Ok(answer(world, earlier, "already_done"));
        }
        let effect = match order.kind {
            ActionKind::Restore => self.restore(world, order)?,
            _ => enforce(world, order)?,
        };
        *self.executions.entry(order.action_id).or_default() += 1;
        let performed = Performed {
            kind: order.kind,
            on: effect.on,
            target: effect.target,
            restores: order.restores,
            receipt: format!("{}-{:06}", world.service, self.performed.len() + 1),
            outcome: if effect.changed { "done" } else { "already_done" },
            at: now,
        };
        let answer = answer(world, &performed, performed.outcome);
        self.performed.insert(order.action_id, performed);
        Ok(answer)
    }

    /// Lifts the hold of an earlier action; without one, publishes a message that was held back at upload.
    fn restore(&self, world: &mut World, order: &Order) -> Result<Effect, Problem> {
        let Some(id) = order.restores else { return publish(world, &order.target) };
        let earlier = self.performed.get(&id).ok_or_else(|| Problem::unknown("action"))?;
        if earlier.kind == ActionKind::Restore {
            return Err(unprocessable(
                "not_restorable",
                "what was restored is taken away again by a new action",
            ));
        }
        let changed = holds(world, earlier.kind, &earlier.target)?.remove(&id);
        Ok(Effect { changed, on: earlier.kind, target: earlier.target.clone() })
    }
}

/// Puts a hold on the target, in the name of the action.
fn enforce(world: &mut World, order: &Order) -> Result<Effect, Problem> {
    let mut target = order.target.clone();
    if order.kind == ActionKind::RemoveMedia && target.media_id.is_none() {
        target.media_id = media_of(world, &target)?;
    }
    let holds = holds(world, order.kind, &target)?;
    let changed = holds.is_empty();
    holds.insert(order.action_id);
    Ok(Effect { changed, on: order.kind, target })
}

/// Where the hold of an action lies.
fn holds<'world>(
    world: &'world mut World,
    kind: ActionKind,
    target: &Target,
) -> Result<&'world mut Holds, Problem> {
    match kind {
        ActionKind::RemoveMessage => {
            let posting = world.messages.get_mut(named(target.message_id.as_ref(), "message_id")?);
            let there = posting.filter(|posting| is_there(&posting.message, target));
            there.map(|posting| &mut posting.removals).ok_or_else(|| Problem::unknown("message"))
        }
        ActionKind::RemoveMedia => {
            let upload = world.media.get_mut(named(target.media_id.as_ref(), "media_id")?);
            upload.map(|upload| &mut upload.removals).ok_or_else(|| Problem::unknown("media"))
        }
        ActionKind::RestrictAccount | ActionKind::SuspendAccount => {
            let member = world.accounts.get_mut(named(target.account_id.as_ref(), "account_id")?);
            let member = member.ok_or_else(|| Problem::unknown("account"))?;
            let restricts = kind == ActionKind::RestrictAccount;
            Ok(if restricts { &mut member.restrictions } else { &mut member.suspensions })
        }
        ActionKind::CloseConversation => {
            let place = world.places.get_mut(named(target.conversation_id.as_ref(), "conversation_id")?);
            place.map(|place| &mut place.closures).ok_or_else(|| Problem::unknown("conversation"))
        }
        ActionKind::Restore => {
            Err(unprocessable("not_restorable", "a restoration holds nothing that could be lifted"))
        }
    }
}

/// Whether the message stands in the conversation that the order names, if it names one.
fn is_there(message: &Message, target: &Target) -> bool {
    target.conversation_id.as_deref().is_none_or(|id| message.conversation.as_str() == id)
}

/// The picture of the message that is named, for an order that names no picture.
fn media_of(world: &World, target: &Target) -> Result<Option<String>, Problem> {
    let message = named(target.message_id.as_ref(), "media_id")?;
    let posting = world.messages.get(message).ok_or_else(|| Problem::unknown("message"))?;
    let media = posting.message.media.clone().ok_or_else(|| Problem::unknown("media"))?;
    Ok(Some(media.into()))
}

fn publish(world: &mut World, target: &Target) -> Result<Effect, Problem> {
    let id = named(target.message_id.as_ref(), "restores")?;
    let posting = world.messages.get_mut(id).ok_or_else(|| Problem::unknown("message"))?;
    let changed = posting.standing != Standing::Published;
    posting.standing = Standing::Published;
    Ok(Effect { changed, on: ActionKind::RemoveMessage, target: target.clone() })
}

fn named<'target>(id: Option<&'target String>, field: &str) -> Result<&'target str, Problem> {
    let missing = || unprocessable("target_incomplete", &format!("the order does not name its {field}"));
    id.map(String::as_str).ok_or_else(missing)
}

/// Whether what was done is what is asked for: everything the order names is the same.
fn covers(done: &Target, asked: &Target) -> bool {
    let same = |done: &Option<String>, asked: &Option<String>| asked.is_none() || done == asked;
    same(&done.message_id, &asked.message_id)
        && same(&done.media_id, &asked.media_id)
        && same(&done.account_id, &asked.account_id)
        && same(&done.conversation_id, &asked.conversation_id)
}

fn answer(world: &World, performed: &Performed, outcome: &'static str) -> Answer {
    Answer {
        receipt: performed.receipt.clone(),
        outcome,
        performed_at: performed.at,
        state: state(world, performed.on, &performed.target),
    }
}

/// What the target of a kind of action looks like now.
fn state(world: &World, on: ActionKind, target: &Target) -> Value {
    fn id(id: Option<&String>) -> &str {
        id.map_or("", String::as_str)
    }
    let facts = match on {
        ActionKind::RemoveMedia => world.media(id(target.media_id.as_ref())).map(serde_json::to_value),
        ActionKind::RestrictAccount | ActionKind::SuspendAccount => {
            world.account(id(target.account_id.as_ref())).map(serde_json::to_value)
        }
        ActionKind::CloseConversation => {
            world.conversation(id(target.conversation_id.as_ref())).map(serde_json::to_value)
        }
        ActionKind::RemoveMessage | ActionKind::Restore => {
            world.message(id(target.message_id.as_ref())).map(serde_json::to_value)
        }
    };
    facts.and_then(Result::ok).unwrap_or_default()
}

fn unprocessable(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

/// An action that took effect, for tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerformedFacts {
    /// The action.
    pub action_id: ActionId,
    /// What was done.
    pub kind: ActionKind,
    /// To what.
    pub target: Target,
    /// What it undid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restores: Option<ActionId>,
    /// The receipt.
    pub receipt: String,
    /// `done`, or `already_done` when the target already looked so.
    pub outcome: &'static str,
    /// When.
    pub performed_at: Moment,
    /// How often it took effect: once, or there is a fault.
    pub executions: u32,
    /// How often it was asked for by a signed order.
    pub requests: u32,
}
