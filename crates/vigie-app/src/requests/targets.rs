//! About how many different people a sender asked lately.
//!
//! What it is: a keyed hash of each identifier, made for each sender apart, counted over thirty days. A sender is the authority as
//! its document names it, and beside it the official: whoever writes in the name of many offices is counted over all of them. What
//! it is not: an index of who was asked about. The key lies outside the database, and what is noted goes with its request.

use std::collections::BTreeSet;
use std::time::Duration;

use vigie_model::disclosure::{Identifier, Instrument, IntakeDoor, Request};
use vigie_store::{Read, Transaction, request_targets};

use crate::{App, Result};

/// What counts as lately.
const LATELY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Notes whom a document names, for each of its senders.
pub(super) async fn note(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
) -> Result<()> {
    for sender in senders(request, instrument) {
        let targets = instrument.wanted.iter().map(|wanted| blinded(app, &sender, &wanted.identifier));
        let targets: BTreeSet<_> = targets.collect::<Result<_>>()?;
        let targets: Vec<_> = targets.into_iter().collect();
        let whose = (app.blinded("sender", "", &sender)?, request.id);
        request_targets::note(tx, whose, &targets, app.now()).await?;
    }
    Ok(())
}

/// About how many different people its sender asked lately, those of this document among them. Of two senders the one who asked
/// about more.
pub(super) async fn distinct(
    app: &App,
    read: &mut impl Read,
    request: &Request,
    instrument: &Instrument,
) -> Result<u32> {
    let mut most = 0;
    for sender in senders(request, instrument) {
        let sender = app.blinded("sender", "", &sender)?;
        most = most.max(request_targets::distinct(read, sender, app.now().before(LATELY)).await?);
    }
    Ok(u32::try_from(most).unwrap_or(u32::MAX))
}

/// Who sent it: the authority; and the official, by what the house knows of them at the portal, else by the mail address that the
/// document gives. A clerk who enters what others wrote is no sender.
fn senders(request: &Request, instrument: &Instrument) -> Vec<String> {
    let authority = format!("authority:{}:{}", request.country, request.authority_name.to_lowercase());
    let mail = instrument.issuer.mail.trim().to_lowercase();
    let official = match request.door {
        IntakeDoor::Portal => Some(format!("official:{}", request.brought_by)),
        _ if mail.is_empty() => None,
        _ => Some(format!("mail:{mail}")),
    };
    std::iter::once(authority).chain(official).collect()
}

/// An identifier as it is known of one sender alone.
fn blinded(app: &App, sender: &str, identifier: &Identifier) -> Result<[u8; 32]> {
    let named = app.blinded_identifier("target", identifier)?;
    app.blinded("target_of", sender, &hex::encode(named))
}
