//! Failures of what is done again and again: told when they begin, and not again until it works once more.

use vigie_app::Error;

/// The failures of one repeated act.
#[derive(Debug)]
pub(super) struct Complaint {
    attempt: &'static str,
    failing: bool,
}

impl Complaint {
    pub(super) fn about(attempt: &'static str) -> Self {
        Self { attempt, failing: false }
    }

    /// Logs the first failure of a row, and gives what was achieved.
    pub(super) fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(achieved) => {
                self.failing = false;
                Some(achieved)
            }
            Err(error) => {
                if !self.failing {
                    tracing::error!(error = crate::output::chain(&error), "cannot {}", self.attempt);
                }
                self.failing = true;
                None
            }
        }
    }
}
