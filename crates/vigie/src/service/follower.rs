//! Follows the changes of the banks, whichever process made them, so that matching sees them within a moment.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;

/// How often the store is asked. A change is to be seen within a second.
const EVERY: Duration = Duration::from_millis(200);
/// After how many quiet rounds the index is made small again.
const QUIET_ROUNDS: u32 = 10;

/// Follows until it is cancelled.
pub(super) async fn follow(app: App, cancel: CancellationToken) {
    let mut quiet = QUIET_ROUNDS;
    let mut failing = false;
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        let followed = app.follow_changes().await;
        if let Err(error) = &followed
            && !failing
        {
            // Once, until it works again: five lines a second help nobody.
            tracing::error!(error = crate::output::chain(error), "cannot follow the changes of the banks");
        }
        failing = followed.is_err();
        match followed {
            Ok(0) => quiet = quiet.saturating_add(1),
            _ => quiet = 0,
        }
        if quiet == QUIET_ROUNDS
            && let Err(error) = app.compact_index().await
        {
            tracing::error!(error = crate::output::chain(&error), "cannot make the index small");
        }
    }
}
