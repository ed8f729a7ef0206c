//! Whether the service lives, and whether it takes requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use vigie_app::App;

/// Whether requests may be sent here. Copies are handles to the same.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<AtomicBool>);

impl Health {
    pub(super) fn set_ready(&self, ready: bool) {
        self.0.store(ready, Ordering::SeqCst);
    }

    /// `/readyz`: started, not stopping, and the store answers.
    pub(super) async fn readyz(self, app: App) -> (StatusCode, &'static str) {
        if !self.0.load(Ordering::SeqCst) {
            return (StatusCode::SERVICE_UNAVAILABLE, "starting or stopping\n");
        }
        match app.store.read().await {
            Ok(_) => (StatusCode::OK, "ready\n"),
            Err(error) => {
                tracing::warn!(error = crate::output::chain(&error), "not ready");
                (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
            }
        }
    }
}
