//! What the commands share that act on the data as the local operator: beside a running service or without one.

use anyhow::Context as _;
use serde_json::Value;
use vigie_app::App;

use crate::output::Ending;
use crate::service::{Surroundings, open_app};
use crate::settings::Place;
use crate::telemetry;

/// The form of what a command tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the data lies, and in which form to tell.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// One thing that a command tells, in both forms.
pub(crate) struct Told {
    /// For people.
    pub(crate) text: String,
    /// For machines.
    pub(crate) json: Value,
}

/// Opens the data, performs an act there as the local operator, and tells what came of it.
pub(crate) fn act(
    common: &Common,
    act: impl AsyncFnOnce(&App) -> anyhow::Result<Vec<Told>>,
) -> anyhow::Result<Ending> {
    telemetry::start("warn", telemetry::LogFormat::Text)?;
    let settings = common.place.settings()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    let told = runtime.block_on(async {
        let app = open_app(&settings, &Surroundings::of_this_machine()?).await?;
        let told = act(&app).await;
        app.store.close().await;
        told
    })?;
    for Told { text, json } in told {
        match common.format {
            Format::Text => println!("{text}"),
            Format::Json => println!("{json}"),
        }
    }
    Ok(Ending::Fine)
}
