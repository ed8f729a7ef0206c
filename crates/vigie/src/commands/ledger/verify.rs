//! `vigie ledger verify`: the judgement of somebody who trusts one key.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use vigie_seal::audit::{self, AuditError, Questions, Report};
use vigie_seal::proof::EntryProof;

use super::files::Source;
use super::{offline, report};
use crate::commands::operator::Format;
use crate::files::bar as progress_bar;
use crate::output::{Ending, chain};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder or the address of the log; without one, the proof is judged alone, offline.
    #[arg(value_name = "DIR|URL", required_unless_present = "proof")]
    log: Option<String>,
    /// The key that the log is signed with, or @FILE. Get it from another hand than the log.
    #[arg(long, value_name = "KEY")]
    vkey: String,
    /// The origin that the log must have; by default the name of the key.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// An earlier signed checkpoint, which the log must extend.
    #[arg(long, value_name = "FILE")]
    old: Option<PathBuf>,
    /// A proof of an entry, which must hold in this log.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// A file that was handed out, which must be the one that the entry of the proof speaks of.
    #[arg(long, value_name = "FILE", requires = "proof", conflicts_with = "log")]
    file: Option<PathBuf>,
    /// A report of `vigie ledger report`, whose numbers must follow from this log.
    #[arg(long, value_name = "FILE", requires = "log", conflicts_with = "old")]
    report: Option<PathBuf>,
    /// The key of a witness, or @FILE: who cosigned is told, and a forged cosignature refused.
    #[arg(long = "witness", value_name = "KEY")]
    witnesses: Vec<String>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    let mut questions = arguments.questions()?;
    let accounts = arguments.report.as_deref().map(report::read).transpose()?;
    if let Some(accounts) = &accounts {
        // What the report was made from must be an earlier state of this very log.
        questions.old = Some(accounts.checkpoint.clone().into_bytes());
        questions.leaves = report::opened(accounts);
    }
    let Some(log) = &arguments.log else {
        let proof = questions.proof.as_ref().context("name the log, or a proof")?;
        let (key, origin) = (&questions.key, &questions.origin);
        let (file, format) = (arguments.file.as_ref(), arguments.format);
        return offline::run(&offline::Judged { key, origin, proof, file, format });
    };
    let mut source = Source::of(log)?;
    let bar = progress_bar(0, "entries");
    let verdict = audit::audit(&mut source, &questions, &mut |done, size| {
        bar.set_length(size);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    match verdict {
        Ok(found) => {
            tell(arguments.format, &found);
            let holds = accounts.is_none_or(|accounts| report::tell(arguments.format, &accounts, &found));
            Ok(if holds { Ending::Fine } else { Ending::Negative })
        }
        Err(error) if error.is_unreadable() || is_no_log(&error) => {
            Err(error).with_context(|| format!("cannot look at {log}"))
        }
        Err(error) => {
            refuse(arguments.format, &error);
            Ok(Ending::Negative)
        }
    }
}

/// Where there is no checkpoint there is nothing to judge.
fn is_no_log(error: &AuditError) -> bool {
    matches!(error, AuditError::Missing(path) if path == "checkpoint")
}

impl Arguments {
    fn questions(&self) -> anyhow::Result<Questions> {
        let mut questions = Questions::about(super::verifier(&self.vkey)?);
        if let Some(origin) = &self.origin {
            questions.origin.clone_from(origin);
        }
        questions.witnesses =
            self.witnesses.iter().map(|witness| super::verifier(witness)).collect::<anyhow::Result<_>>()?;
        if let Some(old) = &self.old {
            let read = std::fs::read(old).with_context(|| format!("cannot read {}", old.display()))?;
            questions.old = Some(read);
        }
        if let Some(proof) = &self.proof {
            let failed = || format!("cannot read the proof {}", proof.display());
            let text = std::fs::read_to_string(proof).with_context(failed)?;
            questions.proof = Some(EntryProof::read(&text).with_context(failed)?);
        }
        Ok(questions)
    }
}

fn tell(format: Format, report: &Report) {
    let tree = report.checkpoint.tree;
    if format == Format::Json {
        let proven = report.proven.map(|(index, leaf)| json!({ "index": index, "leaf": super::root(&leaf) }));
        let json = json!({
            "verified": true,
            "origin": report.checkpoint.origin,
            "size": tree.size,
            "root": super::root(&tree.root),
            "tiles": report.tiles,
            "extends": report.extends,
            "proven": proven,
            "cosigned_by": report.cosigned_by,
        });
        println!("{json}");
        return;
    }
    println!("origin {}\nsize   {}\nroot   {}", report.checkpoint.origin, tree.size, super::root(&tree.root));
    println!("every entry and {} tiles follow from each other and from the signature", report.tiles);
    for witness in &report.cosigned_by {
        println!("cosigned by {witness}");
    }
    if let Some(size) = report.extends {
        println!("extends the earlier checkpoint of {size} entries");
    }
    if let Some((index, leaf)) = report.proven {
        println!("the proof of entry {index} holds, leaf {}", super::root(&leaf));
    }
    println!("OK");
}

fn refuse(format: Format, error: &AuditError) {
    let why = chain(error);
    match format {
        Format::Text => println!("FAIL: {why}"),
        Format::Json => println!("{}", json!({ "verified": false, "why": why })),
    }
}
