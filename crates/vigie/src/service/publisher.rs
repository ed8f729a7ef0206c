//! Publishes the ledger: a signed checkpoint soon after every commit, whichever process made it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;
use vigie_app::ledger::Published;

use super::complaint::Complaint;

/// How often it is looked whether something was committed. A checkpoint is to follow within two seconds.
const EVERY: Duration = Duration::from_millis(300);

/// Publishes until it is cancelled, and then once more what came last.
pub(super) async fn publish(app: App, cancel: CancellationToken) {
    let mut complaint = Complaint::about("publish the ledger");
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        while let Some(Published::More) = complaint.note(app.publish_ledger().await) {}
    }
    complaint.note(app.publish_ledger().await);
}
