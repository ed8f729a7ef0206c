//! `vigie bank`: which banks there are. Making, arming and exporting one takes two people at the console.

use clap::{Args, Subcommand};
use serde_json::json;
use vigie_app::App;
use vigie_model::Caller;

use super::operator::{self, Common, Told};
use crate::output::Ending;

/// Look at the banks of known signals.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every bank with its purpose, source and settings.
    #[command(after_help = "Examples:\n  vigie bank list\n  vigie bank list --format json")]
    List {
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::List { common } => operator::act(&common, list),
    }
}

async fn list(app: &App) -> anyhow::Result<Vec<Told>> {
    let banks = app.banks(&Caller::operator()).await?;
    let told = banks.into_iter().map(|bank| Told {
        text: format!(
            "{}: {}, {}, distance {}, ratio {}{}\n  purpose {}, source {}, {}",
            bank.name,
            bank.kind,
            bank.verdict,
            bank.distance,
            bank.ratio,
            if bank.enabled { "" } else { ", switched off" },
            bank.purpose,
            bank.source,
            bank.legal_ground,
        ),
        json: json!(bank),
    });
    Ok(told.collect())
}
