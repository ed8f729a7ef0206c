//! Refusals in the log: who was turned away, from which door, with what. One line each, and no more than a log can bear.
//!
//! The route is the pattern, never the path: paths hold secrets. Who was let in and what they did stands in the ledger.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use vigie_app::asker::Asker;

/// So many lines are written of the refusals in one period; the rest is counted.
const MOST: u32 = 120;
const PERIOD: Duration = Duration::from_secs(60);

/// Writes the lines. Copies are handles to the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusals(Arc<Mutex<Budget>>);

impl Refusals {
    /// Notes the refusal of a request, where it is one.
    pub(super) async fn note(self, mut request: Request, next: Next) -> Response {
        let asker = Asker::default();
        request.extensions_mut().insert(asker.clone());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let method = request.method().clone();
        let response = next.run(request).await;
        if is_refusal(response.status()) {
            let budget = self.0.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
            if let Some(left_out) = budget {
                tracing::warn!(
                    %method,
                    route = route.as_ref().map_or("none", MatchedPath::as_str),
                    status = response.status().as_u16(),
                    asker = asker.name().unwrap_or("nobody"),
                    peer = peer.map(tracing::field::display),
                    left_out,
                    "refused"
                );
            }
        }
        response
    }
}

/// No credential or a false one, not permitted, a link or a question that is spent, too many.
fn is_refusal(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE | StatusCode::TOO_MANY_REQUESTS
    )
}

/// What may still be written in this period.
#[derive(Debug, Default)]
struct Budget {
    since: Option<Instant>,
    written: u32,
    left_out: u64,
}

impl Budget {
    /// Whether a line may be written now; then, how many were left out before it.
    fn take(&mut self, now: Instant) -> Option<u64> {
        let is_over = |since: Instant| now.saturating_duration_since(since) >= PERIOD;
        if self.since.is_none_or(is_over) {
            (self.since, self.written) = (Some(now), 0);
        }
        if self.written == MOST {
            self.left_out += 1;
            return None;
        }
        self.written += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_counted_and_told_later() {
        let mut budget = Budget::default();
        let start = Instant::now();
        let lines = (0..MOST + 5).filter(|_| budget.take(start).is_some()).count();
        assert_eq!(lines, MOST as usize);
        assert_eq!(budget.take(start + PERIOD / 2), None);
        assert_eq!(budget.take(start + PERIOD), Some(6));
        assert_eq!(budget.take(start + PERIOD), Some(0));
    }
}
