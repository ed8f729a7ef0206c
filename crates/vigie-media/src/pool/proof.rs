//! The proof that the cage holds, made before anything is decoded.

use std::io;

use super::PoolSettings;
use super::process::Process;
use crate::confinement::Escaped;
use crate::{Escape, MediaError};

/// The ways out that stand open: for each a child confines itself and tries it, one after the other.
///
/// # Errors
/// A child could not be started, or did not say that it is ready.
pub async fn ways_out(settings: &PoolSettings) -> Result<Vec<Escape>, MediaError> {
    let mut open = Vec::new();
    for escape in Escape::ALL {
        if stands_open(settings, escape).await? {
            open.push(escape);
        }
    }
    Ok(open)
}

/// Makes sure that no way out stands open.
pub(super) async fn prove(settings: &PoolSettings) -> Result<(), MediaError> {
    for escape in Escape::ALL {
        if stands_open(settings, escape).await? {
            return Err(MediaError::Unavailable { source: io::Error::other(Escaped(escape)) });
        }
    }
    Ok(())
}

async fn stands_open(settings: &PoolSettings, escape: Escape) -> Result<bool, MediaError> {
    let process = Process::start(settings, Some(escape)).await?;
    Ok(!process.was_refused(settings.limits.time).await)
}
