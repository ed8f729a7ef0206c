//! Follows the changes of the banks, whichever process made them, so that matching sees them within a moment.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;

use super::complaint::Complaint;

/// How often the store is asked. A change is to be seen within a second.
const EVERY: Duration = Duration::from_millis(200);
/// After how many quiet rounds the index is made small again.
const QUIET_ROUNDS: u32 = 10;

/// Follows until it is cancelled.
pub(super) async fn follow(app: App, cancel: CancellationToken) {
    let mut following = Complaint::about("follow the changes of the banks");
    let mut compacting = Complaint::about("make the index small");
    let mut quiet = QUIET_ROUNDS;
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        let followed = following.note(app.follow_changes().await);
        quiet = if followed == Some(0) { quiet.saturating_add(1) } else { 0 };
        if quiet == QUIET_ROUNDS {
            compacting.note(app.compact_index().await);
        }
    }
}
