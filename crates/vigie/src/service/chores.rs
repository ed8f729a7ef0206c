//! The regular chores of the use cases: counts are written, and what is too old is forgotten.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vigie_app::App;

use super::complaint::Complaint;

const EVERY: Duration = Duration::from_millis(500);
/// Tickets that nobody used are swept once a minute.
const ROUNDS_OF_TICKETS: u32 = 120;

/// Does the chores until it is cancelled.
pub(super) async fn keep_house(app: App, cancel: CancellationToken) {
    let mut keeping = Complaint::about("keep house");
    let mut sweeping = Complaint::about("forget tickets that nobody used");
    let mut round: u32 = 0;
    while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        keeping.note(app.keep_house().await);
        if round.is_multiple_of(ROUNDS_OF_TICKETS) {
            sweeping.note(app.forget_tickets().await);
        }
        round = round.wrapping_add(1);
    }
}
