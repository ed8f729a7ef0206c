//! `vigie order follow-up`: what is said about a request after it, drafted as JSON and signed and sent like a request.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::json;
use vigie_model::Clock as _;
use vigie_model::disclosure::{EnforcingDecision, FollowUpKind, Instrument};
use vigie_model::id::RequestId;
use vigie_seal::exchange::{self, FollowUp};

use crate::authority;
use crate::clock::SystemClock;
use crate::commands::operator::Format;
use crate::output::Ending;

pub(super) const EXAMPLES: &str = "\
Examples:
  vigie order follow-up validation.json --request 01920000-0000-7000-8000-000000000001 --reference \"PV 2026/17\" \\
    --kind validation --text \"Validated by the investigating judge on 26 November.\"
  vigie order follow-up answer.json --request 01920000-0000-7000-8000-000000000001 --reference \"PV 2026/17\" \\
    --kind answer --text \"The account is the second one.\" --corrected order.json
  vigie order follow-up decision.json --request 01920000-0000-7000-8000-000000000001 --reference \"PV 2026/17\" \\
    --kind enforcing_decision --decision partial --task 2 --text \"Ground (a) of Article 12 for the second task.\"

Then `vigie order sign` and `vigie order send`, as of a request. Whoever asked says: answer, validation, validation_refused, extension,
production_announced, preservation_ended, upheld, withdrawal. The enforcing authority that was notified says: enforcing_decision.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to write the draft.
    file: PathBuf,
    /// The request, as the receipt names it.
    #[arg(long)]
    request: RequestId,
    /// The number that its authority gave it.
    #[arg(long)]
    reference: String,
    /// What is said: answer, validation, validation_refused, extension, production_announced, preservation_ended, upheld,
    /// withdrawal, enforcing_decision.
    #[arg(long)]
    kind: FollowUpKind,
    /// In words.
    #[arg(long)]
    text: String,
    /// What an enforcing authority decides: no_grounds, partial, full.
    #[arg(long)]
    decision: Option<EnforcingDecision>,
    /// A task that it refuses, by number; once for each.
    #[arg(long = "task", value_name = "NUMBER")]
    tasks: Vec<i64>,
    /// The draft of the request as it is now: of an answer alone.
    #[arg(long, value_name = "FILE")]
    corrected: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    let Arguments { file, request, reference, kind, text, decision, tasks, corrected, format } = arguments;
    ensure!(!file.exists(), "{} is there already", file.display());
    let corrected = corrected
        .map(|file| -> anyhow::Result<Instrument> {
            let read = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            serde_json::from_slice(&read).with_context(|| format!("{} is no legal document", file.display()))
        })
        .transpose()?;
    let (version, at, nonce) = (exchange::VERSION, SystemClock.now(), super::nonce()?);
    let follow_up =
        FollowUp { version, request, reference, kind, at, text, decision, tasks, corrected, nonce };
    follow_up.check().context("it cannot be meant as it is")?;
    let text = serde_json::to_string_pretty(&follow_up).context("cannot write the draft as JSON")?;
    authority::write_new(&file, &format!("{text}\n"), 0o600)?;
    match format {
        Format::Json => println!("{}", json!({ "file": file, "nonce": follow_up.nonce })),
        Format::Text => println!("{} is drafted\nnonce {}", file.display(), follow_up.nonce),
    }
    Ok(Ending::Fine)
}
