//! The regular chores of the use cases: counts are written, and what is too old is forgotten.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;

use super::complaint::Complaint;

const EVERY: Duration = Duration::from_millis(500);

/// Does the chores until it is cancelled.
pub(super) async fn keep_house(app: App, cancel: CancellationToken) {
    let mut complaint = Complaint::about("keep house");
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        complaint.note(app.keep_house().await);
    }
}
