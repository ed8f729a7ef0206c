//! The key by which the disclosure desk signs its grants, and whom messengers know it by.

use std::path::Path;

use anyhow::Context as _;
use vigie_seal::note::{Kind, SignerKey};

use super::instance;

/// The key of the desk. Its secret lies in the keyring, made at first; its name is this instance's.
///
/// # Errors
/// The data folder cannot be used.
pub(crate) fn key(data: &Path) -> anyhow::Result<SignerKey> {
    let seed = vigie_store::signing_seed(&data.join("keyring"), "grants");
    let seed = seed.context("cannot read the key that signs grants")?;
    let name = format!("vigie-{}/grants", instance::read_or_make(data)?);
    SignerKey::from_seed(&name, Kind::Note, &seed).context("cannot use the key that signs grants")
}
