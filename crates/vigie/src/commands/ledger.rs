//! `vigie ledger`: verifying the public log, proving entries, exporting it, counting it, witnessing it, and a new epoch
//! after a fork.
//!
//! What verifies needs no data and trusts one key; the other commands act on the data as the local operator.

mod files;
mod offline;
mod report;
mod verify;
mod witness;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use vigie_app::App;
use vigie_app::ledger::LogFile;
use vigie_model::Caller;
use vigie_seal::checkpoint::hash_text;
use vigie_seal::merkle::Hash;

use super::operator::{self, Common, Told};
use crate::files::bar as progress_bar;
use crate::output::Ending;

/// Verify the public log of the ledger, prove its entries, watch over it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify a whole log from its files: every entry, every tile, the root and the signature.
    #[command(after_help = "\
Examples:
  vigie ledger verify http://localhost:8420/log --vkey vigie.example.org/desk1+33d7b496+AeHT…
  vigie ledger verify exported/ --vkey @desk1.vkey --old last-year.checkpoint
  vigie ledger verify exported/ --vkey @desk1.vkey --proof package.tlog-proof --format json
  vigie ledger verify --vkey @desk1.vkey --proof export-1234.tlog-proof --file KNOWN.csv
  vigie ledger verify exported/ --vkey @desk1.vkey --report 2026-H1.json

Exit code 1: the log, the earlier checkpoint, the proof or the report does not hold, or the file is not the one.")]
    Verify(verify::Arguments),
    /// Prove that an entry stands in the published log: a file that anybody can verify without us.
    #[command(after_help = "\
Examples:
  vigie ledger prove 1234
  vigie ledger prove 1234 --out entry-1234.tlog-proof")]
    Prove {
        /// The number of the entry.
        entry: i64,
        /// Where to write the proof; by default it is printed.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Write the public log to a folder, or bring a folder up to date.
    #[command(after_help = "Examples:\n  vigie ledger export /mnt/elsewhere/ledger")]
    Export {
        /// The folder.
        folder: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Tell how the ledger stands: its origin, its size, its key, and whether it is a fork.
    #[command(after_help = "Examples:\n  vigie ledger status\n  vigie ledger status --format json")]
    Status {
        #[command(flatten)]
        common: Common,
    },
    /// Count the acts of each month, for the public: only classes that may be opened, and small numbers as a range.
    #[command(after_help = "Examples:\n  vigie ledger figures\n  vigie ledger figures --format json")]
    Figures {
        #[command(flatten)]
        common: Common,
    },
    /// Account to the public for requests of authorities: numbers that the log proves.
    #[command(after_help = "\
Examples:
  vigie ledger report --from 2026-01-01 --until 2026-07-01 --out 2026-H1.json
  vigie ledger report --from 2026-01-01 --until 2026-07-01 --out auditors.json --for-auditors
  vigie ledger report --from 2026-01-01 --until 2026-07-01 --out 2026-H1.json --orders tables/")]
    Report(report::Arguments),
    /// After a backup was restored: open a new epoch, whose first entry quotes what was signed before.
    #[command(after_help = "\
Examples:
  vigie ledger epoch --reason \"the disk failed, Friday's backup was restored\"
  vigie ledger epoch --reason \"…\" --checkpoint kept-by-the-auditor.checkpoint")]
    Epoch {
        /// Why; it is kept in the ledger.
        #[arg(long)]
        reason: String,
        /// The latest signed checkpoint that anybody kept, where it is later than the high-water mark.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
    /// Run a witness: it cosigns the growth of logs, and sees when one is taken back.
    #[command(after_help = "\
Examples:
  vigie ledger witness --name witness.example.net --folder /srv/witness --log vigie.example.org/desk1+33d7b496+AeHT…
  vigie ledger witness --name witness.example.net --folder /srv/witness --log @desk1.vkey --listen 127.0.0.1:8440")]
    Witness(witness::Arguments),
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Prove { entry, out, common } => {
            operator::act(&common, async |app| prove(app, entry, out.as_deref()).await)
        }
        Command::Export { folder, common } => operator::act(&common, async |app| export(app, &folder).await),
        Command::Status { common } => operator::act(&common, status),
        Command::Figures { common } => operator::act(&common, figures),
        Command::Report(arguments) => {
            operator::act(&arguments.common, async |app| report::make(app, &arguments).await)
        }
        Command::Epoch { reason, checkpoint, common } => {
            operator::act(&common, async |app| open_epoch(app, &reason, checkpoint.as_deref()).await)
        }
        Command::Witness(arguments) => witness::run(&arguments),
    }
}

/// A text given on the command line, or after `@` the file that holds it.
fn text_or_file(given: &str) -> anyhow::Result<String> {
    let Some(file) = given.strip_prefix('@') else { return Ok(given.to_owned()) };
    std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))
}

/// A verifier key, as given on the command line.
fn verifier(given: &str) -> anyhow::Result<vigie_seal::note::VerifierKey> {
    let text = text_or_file(given)?;
    text.parse().with_context(|| format!("cannot use the key {}", text.trim()))
}

fn root(hash: &Hash) -> String {
    hash_text(hash)
}

/// Publishes what no running service has published yet. Why it could not be is told by what is asked next.
async fn publish(app: &App) {
    for _ in 0..10_000 {
        let step = app.publish_ledger().await;
        if !matches!(
            step,
            Ok(vigie_app::ledger::Published::More | vigie_app::ledger::Published::Checkpoint(_))
        ) {
            break;
        }
    }
}

async fn prove(app: &App, entry: i64, out: Option<&Path>) -> anyhow::Result<Vec<Told>> {
    publish(app).await;
    let proof = app.prove_entry(&Caller::operator(), entry).await?;
    let (index, text) = (proof.index, proof.to_string());
    let json = json!({ "entry": entry, "index": index, "proof": text, "out": out });
    let Some(out) = out else { return Ok(vec![Told { text: text.trim_end().to_owned(), json }]) };
    std::fs::write(out, &text).with_context(|| format!("cannot write {}", out.display()))?;
    Ok(vec![Told { text: format!("The proof of entry {entry} is in {}.", out.display()), json }])
}

async fn export(app: &App, folder: &Path) -> anyhow::Result<Vec<Told>> {
    publish(app).await;
    let (checkpoint, files) = app.export_ledger(&Caller::operator()).await?;
    let bar = progress_bar(files.len() as u64, "files");
    let mut written = 0;
    for tile in &files {
        bar.inc(1);
        let path = folder.join(tile.path());
        // A full tile never changes: what an earlier export wrote stays.
        if tile.is_full() && path.exists() {
            continue;
        }
        let Some(LogFile::Tile(bytes)) = app.log_file(&tile.path()).await? else {
            anyhow::bail!("{} is missing in the published log", tile.path())
        };
        write(&path, &bytes)?;
        written += 1;
    }
    // Last, so that an export that was cut short never claims more than it has.
    write(&folder.join("checkpoint"), checkpoint.as_bytes())?;
    bar.finish_and_clear();
    Ok(vec![Told {
        text: format!(
            "{} files, {written} of them new, and the checkpoint are in {}.",
            files.len(),
            folder.display()
        ),
        json: json!({ "files": files.len(), "written": written, "folder": folder }),
    }])
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("a file of the log lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

async fn status(app: &App) -> anyhow::Result<Vec<Told>> {
    let state = app.ledger_state(&Caller::operator()).await?;
    let published = state.published.as_ref().map(|published| published.size);
    let shown = published.map_or("nothing is published yet".to_owned(), |size| format!("{size} published"));
    let fork = state.fork.as_ref().map(ToString::to_string);
    let mut text =
        format!("origin  {}\nentries {}, {shown}\nkey     {}", state.origin, state.size, state.key);
    if let Some(fork) = &fork {
        text.push_str(&format!("\nFORK    nothing is signed: {fork}"));
    }
    let json = json!({
        "origin": state.origin,
        "epoch": state.epoch,
        "entries": state.size,
        "published": published,
        "vkey": state.key.to_string(),
        "fork": fork,
        "high_water": state.has_mark,
        "witnesses": state.witnesses,
    });
    Ok(vec![Told { text, json }])
}

async fn figures(app: &App) -> anyhow::Result<Vec<Told>> {
    let figures = app.ledger_figures(&Caller::operator()).await?;
    let told = |figure: &vigie_app::ledger::Figure| Told {
        text: format!("{}  {:<24} {:>8}", figure.month, figure.action, figure.count.to_string()),
        json: json!(figure),
    };
    Ok(figures.iter().map(told).collect())
}

async fn open_epoch(app: &App, reason: &str, checkpoint: Option<&Path>) -> anyhow::Result<Vec<Told>> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let known = checkpoint.map(read).transpose()?;
    let epoch = app.open_ledger_epoch(&Caller::operator(), reason, known).await?;
    let key = app.ledger_verifier().await?;
    Ok(vec![Told {
        text: format!(
            "The log goes on as {}. Hand its key to auditors and witnesses:\n  {key}",
            epoch.origin
        ),
        json: json!({ "origin": epoch.origin, "epoch": epoch.number, "first_entry": epoch.first_seq, "vkey": key.to_string() }),
    }])
}
