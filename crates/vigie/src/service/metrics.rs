//! `/metrics`: figures about requests in the text format of Prometheus. Counts and times, nothing about anybody.
//!
//! To add a figure: a field, and its lines in [`Metrics::text`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use vigie_model::Moment;

/// Upper ends of the classes of durations, in seconds.
const CLASSES: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// The figures. Copies are handles to the same.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    started_at: Moment,
    requests: Arc<Mutex<BTreeMap<Kind, Times>>>,
}

/// Requests that are counted together. The route is the pattern, never the path: paths hold secrets.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    route: String,
    method: String,
    status: u16,
}

/// How long they took.
#[derive(Debug, Default)]
struct Times {
    count: u64,
    seconds: f64,
    classes: [u64; CLASSES.len()],
}

impl Metrics {
    pub(super) fn new(started_at: Moment) -> Self {
        Self { started_at, requests: Arc::default() }
    }

    /// Counts a request on its way through.
    pub(super) async fn count(self, request: Request, next: Next) -> Response {
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let (route, method) = (route.unwrap_or("none").to_owned(), request.method().to_string());
        let begun = Instant::now();
        let response = next.run(request).await;
        self.add(Kind { route, method, status: response.status().as_u16() }, begun.elapsed());
        response
    }

    fn add(&self, kind: Kind, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let times = requests.entry(kind).or_default();
        times.count += 1;
        times.seconds += seconds;
        for (class, end) in times.classes.iter_mut().zip(CLASSES) {
            *class += u64::from(seconds <= end);
        }
    }

    /// The page.
    pub(super) fn text(&self, now: Moment) -> String {
        let mut page = String::from("# TYPE vigie_info gauge\n");
        // Writing into a string cannot fail.
        let _ = writeln!(page, "vigie_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
        let _ = writeln!(page, "# TYPE vigie_uptime_seconds gauge");
        let _ = writeln!(page, "vigie_uptime_seconds {}", now.since(self.started_at).as_secs());
        let _ = writeln!(page, "# TYPE vigie_request_seconds histogram");
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for (Kind { route, method, status }, times) in &*requests {
            let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
            for (class, end) in times.classes.iter().zip(CLASSES) {
                let _ = writeln!(page, "vigie_request_seconds_bucket{{{labels},le=\"{end}\"}} {class}");
            }
            let _ = writeln!(page, "vigie_request_seconds_bucket{{{labels},le=\"+Inf\"}} {}", times.count);
            let _ = writeln!(page, "vigie_request_seconds_sum{{{labels}}} {}", times.seconds);
            let _ = writeln!(page, "vigie_request_seconds_count{{{labels}}} {}", times.count);
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_a_kind_are_counted_together() {
        let metrics = Metrics::new(Moment::from_unix_seconds(100));
        for milliseconds in [2, 30] {
            let kind = Kind { route: "/p/{ticket}".into(), method: "GET".into(), status: 200 };
            metrics.add(kind, Duration::from_millis(milliseconds));
        }
        let page = metrics.text(Moment::from_unix_seconds(160));
        let labels = "route=\"/p/{ticket}\",method=\"GET\",status=\"200\"";
        for line in [
            "vigie_uptime_seconds 60".to_owned(),
            format!("vigie_request_seconds_bucket{{{labels},le=\"0.0025\"}} 1"),
            format!("vigie_request_seconds_bucket{{{labels},le=\"0.05\"}} 2"),
            format!("vigie_request_seconds_count{{{labels}}} 2"),
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
    }
}
