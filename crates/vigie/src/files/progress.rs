//! The progress bar: on a terminal only, on standard error, out of the way of what is printed.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over files. Where nobody watches, it is nothing.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar, shown when standard error is a terminal.
    pub(crate) fn new() -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(
            "{bar:32} {human_pos} of {human_len} files, {per_sec}, {eta} left{msg}",
        );
        bar.set_style(style.expect("the template is fixed and well formed"));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    pub(super) fn found_one(&self) {
        self.0.inc_length(1);
    }

    pub(super) fn did_one(&self) {
        self.0.inc(1);
    }

    /// Tells how far a long video has been watched.
    pub(super) fn watching(&self, path: &Path, watched: vigie_media::video::Progress) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let seconds = |time: Duration| format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60);
        let length = watched.duration.map(|length| format!(" of {}", seconds(length))).unwrap_or_default();
        self.0.set_message(format!(", {name} {}{length}", seconds(watched.position)));
    }

    /// Prints with the bar out of the way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

/// A bar over so many things of one kind. Where nobody watches, it is nothing.
pub(crate) fn bar(length: u64, things: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(&format!(
        "{{bar:32}} {{human_pos}} of {{human_len}} {things}, {{eta}} left"
    ));
    bar.set_style(style.expect("the template is fixed and well formed"));
    bar
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
