//! Logs: one event a line on standard error, as text or as JSON. What is in them is decided where they are written: no
//! secret, no hash of material, no address of a page that carries one. Moments are UTC.

use std::io::{self, IsTerminal as _, Write};

use anyhow::Context as _;
use serde::Deserialize;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::output::Hint as _;

/// The form of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// A moment, a level, words, and fields as `name=value`.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Starts logging with the directives of the configuration, such as `info` or `warn,vigie_app=debug`.
///
/// # Errors
/// The directives cannot be read.
pub(crate) fn start(directives: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(directives)
        .with_context(|| format!("cannot read the log directives `{directives}`"))
        .hint("`log` (or VIGIE_LOG) takes `error`, `warn`, `info`, `debug`, or a list like `info,vigie_app=debug`")?;
    let colours = io::stderr().is_terminal();
    let logs = subscriber(filter, format, colours, move || Line { to: io::stderr(), colours });
    // Only a test starts twice in one process, and then the first one's logs do.
    let _already = logs.try_init();
    Ok(())
}

fn subscriber<W>(
    filter: EnvFilter,
    format: LogFormat,
    colours: bool,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_target(false)
        .with_ansi(colours);
    match format {
        LogFormat::Text => Box::new(logs.finish()),
        LogFormat::Json => Box::new(logs.json().flatten_event(true).with_ansi(false).finish()),
    }
}

/// Keeps an event on its line: what comes from outside, in the text of an error say, must not look like another event.
struct Line<W> {
    to: W,
    /// Whether escape sequences are ours. In values they were made harmless before.
    colours: bool,
}

impl<W: Write> Write for Line<W> {
    /// Takes an event whole, as the layer above hands it over.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = event.strip_suffix(b"\n").unwrap_or(event);
        let mut line = Vec::with_capacity(event.len() + 1);
        for byte in text {
            match byte {
                0x1b if self.colours => line.push(*byte),
                0..0x20 | 0x7f => line.extend(byte.escape_ascii()),
                _ => line.push(*byte),
            }
        }
        line.push(b'\n');
        self.to.write_all(&line)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines of two events, one of which brings something from outside.
    fn logged(format: LogFormat) -> Vec<String> {
        let memory = Memory::default();
        let to = memory.clone();
        let writer = move || Line { to: to.clone(), colours: false };
        let logs = subscriber(EnvFilter::new("info"), format, false, writer);
        tracing::subscriber::with_default(logs, || {
            let foreign = "away\n2026-11-26T00:00:00Z  INFO nothing happened\r\x1b[2K";
            tracing::warn!(why = %foreign, "{foreign}");
            tracing::info!(number = 7, "then");
        });
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let lines = logged(LogFormat::Text);
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].contains("away\\n2026") && !lines[0].contains(['\r', '\x1b']), "{}", lines[0]);
        assert!(lines[1].contains("INFO then number=7"), "{}", lines[1]);
    }

    #[test]
    fn as_json_an_event_is_an_object_with_its_moment_in_utc() {
        let lines = logged(LogFormat::Json);
        let events: Vec<serde_json::Value> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), 2);
        assert_eq!(
            (&events[1]["level"], &events[1]["message"], &events[1]["number"]),
            (&"INFO".into(), &"then".into(), &7.into())
        );
        assert!(events[1]["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}
