//! `vigie bank`: looking at banks and filling them. Making, arming and exporting one takes two people at the console.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use vigie_app::App;
use vigie_app::bank_lists::{ImportReport, ImportSettings};
use vigie_app::banks::BankOverview;
use vigie_formats::bank_list::{ListFormat, ListedKind};
use vigie_model::Caller;

use super::operator::{self, Common, Told};
use crate::output::{Ending, Hint as _};

/// Look at the banks of known signals, and import lists into them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vigie bank list
  vigie bank import HOTLINE_A list.csv --dry-run   what an import would do, line by line
  vigie bank import HOTLINE_A list.csv

A bank is made, armed with `block` and exported by two people on the console, so there is no command for it here. To
compare files with a list without any bank: vigie match --bank list.csv FOLDER")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every bank with its purpose, source, settings and counts.
    #[command(after_help = "Examples:\n  vigie bank list\n  vigie bank list --format json")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Import a list into a bank: all of it, or, where a line is faulty, nothing.
    #[command(after_help = "\
Examples:
  vigie bank import HOTLINE_A list.csv --dry-run
  vigie bank import HOTLINE_A list.csv --source \"Hotline A, week 47\"
  vigie bank import HOTLINE_A digests.txt --list plain --long sha256")]
    Import(Import),
}

#[derive(Debug, Args)]
struct Import {
    /// The name of the bank.
    bank: String,
    /// The list: CSV, JSON lines, or one hash a line.
    file: PathBuf,
    /// How it is written: csv, jsonl, plain. Guessed from its beginning unless it is said.
    #[arg(long, value_name = "FORM")]
    list: Option<ListFormat>,
    /// What 64 digits are where the list does not say it: pdq or sha256.
    #[arg(long, value_name = "KIND", default_value = "pdq")]
    long: ListedKind,
    /// Who vouches for the entries, where the list does not say it; the source of the bank by default.
    #[arg(long)]
    source: Option<String>,
    /// Only tell what would happen.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::List { common } => operator::act(&common, list),
        Command::Import(import) => {
            let mut faulty = 0;
            let ending = operator::act(&import.common, async |app| {
                let report = import.perform(app).await?;
                faulty = report.faulty;
                Ok(vec![told(&report, &import.file, import.dry_run)])
            })?;
            Ok(if faulty > 0 { Ending::Faulty } else { ending })
        }
    }
}

async fn list(app: &App) -> anyhow::Result<Vec<Told>> {
    let banks = app.bank_overviews(&Caller::operator()).await?;
    Ok(banks.iter().map(shown).collect())
}

fn shown(BankOverview { bank, entries }: &BankOverview) -> Told {
    let counts: Vec<_> = entries.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    let state = if bank.enabled { "" } else { ", switched off" };
    let counted: Map<String, Value> =
        entries.iter().map(|(state, count)| (state.name().to_owned(), json!(count))).collect();
    Told {
        text: format!(
            "{}: {}, {}, distance {}, ratio {}{state}\n  entries: {counts}\n  purpose {}, source {}, {}",
            bank.name,
            bank.kind,
            bank.verdict,
            bank.distance,
            bank.ratio,
            bank.purpose,
            bank.source,
            bank.legal_ground,
        ),
        json: json!({ "bank": bank, "entries": counted }),
    }
}

impl Import {
    async fn perform(&self, app: &App) -> anyhow::Result<ImportReport> {
        let operator = Caller::operator();
        let banks = app.banks(&operator).await?;
        let bank = banks.iter().find(|bank| bank.name.as_str() == self.bank);
        let bank = bank
            .with_context(|| format!("no bank is named {}", self.bank))
            .hint("`vigie bank list` shows the names; two people make a bank at the console")?;
        let file = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let settings = ImportSettings {
            format: self.list,
            long: self.long,
            source: self.source.clone(),
            dry_run: self.dry_run,
        };
        Ok(app.import_list(&operator, bank.id, file, settings).await?)
    }
}

fn told(report: &ImportReport, file: &Path, dry_run: bool) -> Told {
    let faults = report.faults.iter().map(|fault| format!("\n  line {}: {}", fault.line, fault.problem));
    let faults: String = faults.collect();
    let entries = report.entries;
    let text = match &report.added {
        Some(added) if added.quarantined > 0 => {
            format!("{entries} entries were added; {} of them wait in quarantine.", added.quarantined)
        }
        Some(_) => format!("{entries} entries were added."),
        None if report.faulty > 0 => {
            format!("Nothing was added: {} lines of {} are faulty.{faults}", report.faulty, file.display())
        }
        None if dry_run => format!("{entries} entries would be added."),
        None => format!("{} holds no entry.", file.display()),
    };
    Told { text, json: json!(report) }
}
