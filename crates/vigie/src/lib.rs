//! The one binary of Vigie: its commands, its configuration, its telemetry, and how the parts are put together.
//!
//! What it is: the outermost ring, the only place that knows every other crate, the command line and the environment.
//! What it is not: it holds no rule of the trade; those stand in `vigie-app`.
//!
//! To add a command: a file under `commands/` with its `Arguments` and its `run`, and a variant in [`cli`]. To add a
//! key of the configuration: a field in `settings.rs` and a line in `docs/guide/configuration.md`.

mod authority;
pub mod cli;
pub mod clock;
mod commands;
pub mod faults;
mod files;
mod known;
mod output;
pub mod service;
pub mod settings;
mod telemetry;
mod videos;
pub mod witness;

/// The hidden first argument by which the binary becomes a decoding child.
pub const DECODE: &str = "__decode";

/// The hidden first argument by which the binary becomes the launcher of `ffmpeg`.
pub const LAUNCH: &str = "__launch";
