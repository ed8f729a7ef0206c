//! Sending one action: preserve, perform, keep the receipt.
//!
//! No transaction is open while the messenger is asked. Whoever lost the claim meanwhile changes nothing.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use vigie_model::action::{Action, ActionState, Receipt};
use vigie_model::alarm::NoticeKind;
use vigie_model::{Caller, Operation};
use vigie_store::Transaction;
use vigie_store::actions::{self, Claimed};

use crate::actions::{entry, standing_restoration};
use crate::notices::tell_permitted;
use crate::ports::DeliveryError;
use crate::preserve::{self, NotSealed};
use crate::{App, Error, Result};

pub(super) async fn send(app: &App, claimed: &Claimed) -> Result<()> {
    let service = &claimed.action.service;
    let Some(messenger) = app.messenger(service) else {
        return put_off(app, claimed, &format!("no messenger is connected for {service}"), None).await;
    };
    let mut action = Cow::Borrowed(&claimed.action);
    if !action.is_preserved() {
        match preserve::before_sending(app, &**messenger, claimed).await {
            Ok(blob) => action.to_mut().preserved = Some(blob),
            Err(not_sealed) => return not_preserved(app, claimed, not_sealed).await,
        }
    }
    let performed = messenger.perform(&action, app.now()).await;
    fail::fail_point!("receipt-before-keeping");
    match performed {
        Ok(receipt) => done(app, claimed, &receipt).await,
        Err(DeliveryError::Later { why, wait }) => put_off(app, claimed, &why, wait).await,
        Err(DeliveryError::Refused(why)) => failed(app, claimed, &format!("refused: {why}"), true).await,
    }
}

/// Nothing is destroyed that could not be preserved, not even where the messenger refuses for good: it is tried again,
/// and in the end a person looks.
async fn not_preserved(app: &App, claimed: &Claimed, not_sealed: NotSealed) -> Result<()> {
    let (why, wait) = match not_sealed {
        NotSealed::ClaimLost => {
            claim_lost(&claimed.action);
            return Ok(());
        }
        NotSealed::Ours(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, action.id = %claimed.action.id, "a snapshot was not kept");
            ("it could not be kept here".to_owned(), None)
        }
        NotSealed::Delivery(DeliveryError::Later { why, wait }) => (why, wait),
        NotSealed::Delivery(DeliveryError::Refused(why)) => (format!("refused: {why}"), None),
    };
    put_off(app, claimed, &format!("nothing is preserved yet: {why}"), wait).await
}

async fn done(app: &App, claimed: &Claimed, receipt: &Receipt) -> Result<()> {
    let action = &claimed.action;
    let mut tx = app.store.begin().await?;
    if !actions::complete(&mut tx, action.id, claimed.fence, receipt, app.now()).await? {
        claim_lost(action);
        return Ok(());
    }
    let text = serde_json::to_vec(receipt).map_err(|source| Error::internal("write a receipt", source))?;
    let parameters = json!({
        "kind": action.kind, "attempts": action.attempts, "receipt": receipt.receipt, "outcome": receipt.outcome,
        "performed_at": receipt.performed_at, "receipt_sha256": hex::encode(Sha256::digest(&text)),
    });
    tx.commit(&entry(&Caller::system(), "action.done", action, app.now()).with(parameters)).await?;
    Ok(())
}

/// The attempt did not succeed: there is a next one, unless the attempts are used up or the action is undone by now.
async fn put_off(app: &App, claimed: &Claimed, why: &str, wait: Option<Duration>) -> Result<()> {
    let action = &claimed.action;
    tracing::warn!(action.id = %action.id, action.kind = %action.kind, attempts = action.attempts, why, "an action was put off");
    let undone = standing_restoration(&mut app.store.read().await?, action.id).await?.is_some();
    if undone {
        return let_go(app, claimed).await;
    }
    let Some(next) = app.next_attempt(action.attempts, wait) else {
        return failed(app, claimed, why, false).await;
    };
    let mut house = app.store.housekeeping().await?;
    if !actions::postpone(&mut house, action.id, claimed.fence, why, next).await? {
        claim_lost(action);
    }
    Ok(house.commit().await?)
}

/// Somebody took the action back while it was being sent: it is not tried again.
async fn let_go(app: &App, claimed: &Claimed) -> Result<()> {
    let action = &claimed.action;
    let mut tx = app.store.begin().await?;
    if !actions::postpone(&mut tx, action.id, claimed.fence, "", app.now()).await? {
        claim_lost(action);
        return Ok(());
    }
    actions::withdraw(&mut tx, action.id, "undone", app.now()).await?;
    settle_restoration(app, &mut tx, action).await?;
    tx.commit(&entry(&Caller::system(), "action.withdrawn", action, app.now())).await?;
    Ok(())
}

async fn failed(app: &App, claimed: &Claimed, why: &str, refused: bool) -> Result<()> {
    let action = &claimed.action;
    let mut tx = app.store.begin().await?;
    if !actions::fail(&mut tx, action.id, claimed.fence, why, refused, app.now()).await? {
        claim_lost(action);
        return Ok(());
    }
    settle_restoration(app, &mut tx, action).await?;
    let subject = format!("action:{}", action.id);
    tell_permitted(app, &mut tx, Operation::ReviewEscalated, NoticeKind::ActionFailed, &subject).await?;
    let parameters =
        json!({ "kind": action.kind, "attempts": action.attempts, "why": why, "refused": refused });
    tx.commit(&entry(&Caller::system(), "action.failed", action, app.now()).with(parameters)).await?;
    Ok(())
}

/// What was to undo an action that was never performed has nothing to do.
async fn settle_restoration(app: &App, tx: &mut Transaction, action: &Action) -> Result<()> {
    let ended = actions::find(tx, action.id).await?;
    if ended.is_some_and(|ended| ended.unanswered > 0) {
        return Ok(());
    }
    if let Some(restoration) = standing_restoration(tx, action.id).await?
        && restoration.state == ActionState::Queued
    {
        actions::withdraw(tx, restoration.id, "nothing to undo", app.now()).await?;
    }
    Ok(())
}

fn claim_lost(action: &Action) {
    tracing::warn!(action.id = %action.id, "somebody else carries this action out by now");
}
