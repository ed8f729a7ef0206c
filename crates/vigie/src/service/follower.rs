//! Follows the changes of the banks, whichever process made them, so that matching sees them within a moment.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;

use super::complaint::Complaint;

/// How often the store is asked. A change is to be seen within a second.
const EVERY: Duration = Duration::from_millis(200);

/// Follows until it is cancelled.
pub(super) async fn follow(app: App, cancel: CancellationToken) {
    let mut following = Complaint::about("follow the changes of the banks");
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        following.note(app.follow_changes().await);
    }
}
