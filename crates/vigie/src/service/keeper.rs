//! Keeps the index small and saved. It is apart from following, because it may take seconds.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;

use super::complaint::Complaint;

/// How often there is a look.
const EVERY: Duration = Duration::from_secs(2);
/// After so many looks it is time, whether or not the changes came to rest.
const PATIENCE: u32 = 30;

/// Keeps the index until it is cancelled.
pub(super) async fn keep(app: App, cancel: CancellationToken) {
    let mut complaint = Complaint::about("keep the index");
    let (mut seen, mut kept) = (None, None);
    let mut looks = 0;
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        let version = Some(app.index_version());
        let at_rest = version == seen && version != kept;
        seen = version;
        looks += 1;
        if at_rest || looks >= PATIENCE {
            complaint.note(app.keep_index().await);
            (kept, looks) = (version, 0);
        }
    }
}
