//! Logs: fields as text on standard error. What is in them is decided where they are written: no secret, no hash of
//! material, no address of a page that carries one.

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::output::Hint as _;

/// Starts logging with the directives of the configuration, such as `info` or `warn,vigie_app=debug`.
///
/// # Errors
/// The directives cannot be read.
pub(crate) fn start(directives: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(directives)
        .with_context(|| format!("cannot read the log directives `{directives}`"))
        .hint("`log` (or VIGIE_LOG) takes `error`, `warn`, `info`, `debug`, or a list like `info,vigie_app=debug`")?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    // Only a test starts twice in one process, and then the first one's logs do.
    let _already = logs.try_init();
    Ok(())
}
