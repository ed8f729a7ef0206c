//! Preserve before destroy: what an action takes away on the messenger is sealed here first.
//!
//! Messages and media: the bytes that came with the submission are in the vault already, and the action puts a hold on
//! them; where they never came, the reason stands with the action. Conversations: members, administrators and postings
//! are asked for and sealed before the conversation may be closed.

use serde_json::json;
use sha2::{Digest, Sha256};
use vigie_model::Caller;
use vigie_model::action::{Action, ActionKind, Target};
use vigie_model::id::BlobId;
use vigie_seal::ledger::Details;
use vigie_store::blobs::{self, Blob, Hold};
use vigie_store::{Transaction, actions, conversations, items, submissions};

use crate::ports::{DeliveryError, Messenger};
use crate::{App, Error, Result};

/// Why there is no sealed copy: the messenger sent signals and never the bytes.
pub const SIGNALS_ONLY: &str = "signals_only";
/// Why there is no sealed copy: it was erased when its retention ended.
pub const ERASED: &str = "erased";
/// Why there is no sealed copy: nothing of the target was ever submitted.
pub const NEVER_SUBMITTED: &str = "never_submitted";

/// Finds the item an action is about, and keeps what came in of a message or media before it is removed.
pub(crate) async fn at_order(app: &App, tx: &mut Transaction, action: &mut Action) -> Result<()> {
    let found = match action.incident {
        Some(incident) => item_of(tx, incident, &action.target).await?,
        None => None,
    };
    action.item = found.as_ref().map(|item| item.id);
    if !matches!(action.kind, ActionKind::RemoveMessage | ActionKind::RemoveMedia) {
        return Ok(());
    }
    let submitted = submissions::of_target(tx, &action.service, &action.target).await?;
    let kept = found.and_then(|item| item.media);
    let came_in: Vec<BlobId> = kept.into_iter().chain(submitted.iter().filter_map(|one| one.blob)).collect();
    let hold = Hold { reason: format!("action:{}", action.id), placed_at: app.now(), until: None };
    let mut kept = Vec::new();
    for blob in &came_in {
        if blobs::place_hold(tx, *blob, &hold).await? {
            kept.push(*blob);
        }
    }
    action.preserved = kept.first().copied();
    if kept.is_empty() {
        let reason = match (came_in.is_empty(), submitted.is_empty()) {
            (false, _) => ERASED,
            (true, true) => NEVER_SUBMITTED,
            (true, false) => SIGNALS_ONLY,
        };
        action.not_preserved = Some(reason.to_owned());
    }
    Ok(())
}

/// The first item of an incident that came from this message, or shows this media.
async fn item_of(
    tx: &mut Transaction,
    incident: vigie_model::id::IncidentId,
    target: &Target,
) -> Result<Option<vigie_model::incident::Item>> {
    let same = |named: &Option<String>, told: &Option<String>| named.is_some() && named == told;
    let elsewhere = |told: &Option<String>| {
        told.is_some() && target.conversation_id.is_some() && *told != target.conversation_id
    };
    let origins = items::origins(tx, incident).await?;
    let from = origins.iter().find(|origin| {
        same(&target.media_id, &origin.media)
            || (same(&target.message_id, &origin.message) && !elsewhere(&origin.conversation))
    });
    let Some(from) = from.map(|origin| origin.item) else { return Ok(None) };
    Ok(items::list(tx, incident).await?.into_iter().find(|item| item.id == from))
}

/// Why nothing was sealed.
pub(crate) enum NotSealed {
    /// The messenger did not give it.
    Delivery(DeliveryError),
    /// Keeping it failed here.
    Ours(Error),
    /// Somebody else holds the claim by now.
    ClaimLost,
}

impl From<Error> for NotSealed {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<vigie_store::StoreError> for NotSealed {
    fn from(error: vigie_store::StoreError) -> Self {
        Self::Ours(error.into())
    }
}

/// Seals what a claimed action will destroy: the conversation, whole, as the messenger shows it now.
///
/// The object is durable before a row speaks of it, and no transaction is open while the messenger is asked.
pub(crate) async fn before_sending(
    app: &App,
    messenger: &dyn Messenger,
    claimed: &actions::Claimed,
) -> Result<BlobId, NotSealed> {
    let conversation = claimed.action.target.conversation_id.as_deref().unwrap_or_default();
    let snapshot = messenger.snapshot(conversation, app.now()).await.map_err(NotSealed::Delivery)?;
    let plain =
        serde_json::to_vec(&snapshot).map_err(|source| Error::internal("write a snapshot", source))?;
    let sha256 = Sha256::digest(&plain).into();
    let blob = app.keep_evidence("conversation_snapshot", "application/json", plain.into(), sha256).await?;
    record(app, claimed, conversation, &blob).await?;
    Ok(blob.id)
}

async fn record(
    app: &App,
    claimed: &actions::Claimed,
    conversation: &str,
    blob: &Blob,
) -> Result<(), NotSealed> {
    let action = &claimed.action;
    let mut tx = app.store.begin().await?;
    blobs::insert(&mut tx, blob).await?;
    let hold = Hold { reason: format!("action:{}", action.id), placed_at: app.now(), until: None };
    blobs::place_hold(&mut tx, blob.id, &hold).await?;
    if !actions::set_preserved(&mut tx, action.id, claimed.fence, blob.id).await? {
        return Err(NotSealed::ClaimLost);
    }
    if let Some(known) = conversations::find_by_reference(&mut tx, &action.service, conversation).await? {
        conversations::set_snapshot(&mut tx, known.id, blob.id).await?;
    }
    let entry =
        Details::new(&Caller::system(), "action.preserved", format!("action:{}", action.id), app.now());
    let parameters = json!({
        "blob": blob.id, "size": blob.plain_size, "sha256": hex::encode(blob.plain_sha256),
    });
    tx.commit(&entry.with(parameters)).await?;
    Ok(())
}
