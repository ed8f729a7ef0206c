//! The one door by which heavy work leaves async code: bounded, so that a flood of it never starves the server.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::{Error, Result};

/// The bounded pool for work of more than half a millisecond, and for files.
#[derive(Debug, Clone)]
pub struct Heavy(Arc<Semaphore>);

impl Heavy {
    /// A pool that runs so many pieces at once.
    #[must_use]
    pub fn new(at_once: NonZeroUsize) -> Self {
        Self(Arc::new(Semaphore::new(at_once.get())))
    }

    /// Runs a piece of work away from async code.
    ///
    /// # Errors
    /// The work panicked.
    #[expect(clippy::disallowed_methods, reason = "this is the bounded pool that the ban points to")]
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self
            .0
            .clone()
            .acquire_owned()
            .await
            .map_err(|source| Error::internal("queue heavy work", source))?;
        let run = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        run.await.map_err(|source| Error::internal("finish heavy work", source))
    }
}
