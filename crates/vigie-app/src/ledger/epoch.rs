//! Opening a new epoch of the public log, after a fork.

use serde_json::json;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::{Details, Opening};
use vigie_store::NewEpoch;
use vigie_store::log::{self, Epoch};

use super::fork;
use crate::{App, Code, Error, Resource, Result, authorise};

impl App {
    /// Opens a new epoch: from its first entry on, which quotes the last checkpoint that is known, the log has a new origin.
    /// `known` is that checkpoint where somebody outside kept a later one than the high-water mark.
    ///
    /// # Errors
    /// Not permitted, no reason given, nothing was ever signed, or the checkpoint is not ours.
    pub async fn open_ledger_epoch(
        &self,
        caller: &Caller,
        reason: &str,
        known: Option<String>,
    ) -> Result<Epoch> {
        authorise(caller, Operation::ManageLedger, Resource::Any)?;
        if reason.trim().is_empty() {
            return Err(Error::new(Code::InvalidValue, "say why a new epoch is opened"));
        }
        let before = self.ledger_epoch().await?;
        let quotes = match known {
            Some(known) => known,
            None => self.latest_known(&before).await?,
        };
        let quoted = fork::read(&quotes)
            .ok_or_else(|| Error::new(Code::InvalidValue, "what is to be quoted is no signed checkpoint"))?;
        let (base, quoted_number) = epoch_of(&quoted.origin);
        let number = before.number.max(quoted_number) + 1;
        let opening = Opening { origin: format!("{base}/epoch{number}"), quotes };
        let details = json!({
            "origin": opening.origin,
            "quoted_origin": quoted.origin,
            "quoted_size": quoted.tree.size,
            "reason": reason.trim(),
        });
        let mut tx = self.store.begin().await?;
        tx.open_epoch(NewEpoch { number, opening });
        let entry = Details::new(caller, "ledger.epoch_opened", format!("epoch:{number}"), self.now());
        tx.commit(&entry.with(details)).await?;
        self.ledger_epoch().await
    }

    /// What the high-water mark says; without one, the last checkpoint of the database.
    async fn latest_known(&self, epoch: &Epoch) -> Result<String> {
        let unreadable = |source| Error::internal("read the high-water mark", source);
        if let Some(mark) = self.read_mark().await?.map_err(unreadable)? {
            return Ok(mark);
        }
        let last = log::last_signed(&mut self.store.read().await?, epoch).await?;
        let nothing =
            || Error::new(Code::WrongState, "nothing was signed yet: there is nothing to go on from");
        Ok(last.ok_or_else(nothing)?.note)
    }
}

/// An origin without its epoch, and the number of the epoch: the first has none in its name.
fn epoch_of(origin: &str) -> (&str, i64) {
    let parts = origin.rsplit_once("/epoch").and_then(|(base, number)| Some((base, number.parse().ok()?)));
    parts.unwrap_or((origin, 1))
}
