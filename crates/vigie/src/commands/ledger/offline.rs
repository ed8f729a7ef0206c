//! `vigie ledger verify --proof FILE` without a log: the judgement of somebody who was handed something and trusts one key.
//!
//! The proof carries the opening of its entry, so nothing else is asked of anybody: what was written down, that it stands in a log that
//! was signed, and whether a file is the one whose digest was written down.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::ledger::{Details, Unsealed};
use vigie_seal::note::VerifierKey;
use vigie_seal::proof::EntryProof;

use crate::commands::operator::Format;
use crate::output::{Ending, Hint as _, chain};

/// What is judged.
pub(super) struct Judged<'a> {
    pub(super) key: &'a VerifierKey,
    pub(super) origin: &'a str,
    pub(super) proof: &'a EntryProof,
    /// A file that is said to be what the entry speaks of.
    pub(super) file: Option<&'a PathBuf>,
    pub(super) format: Format,
}

/// What the proof shows.
struct Shown {
    details: Details,
    checkpoint: Checkpoint,
    /// Whether the file has the digest that was written down; none where no file is asked about.
    fits: Option<bool>,
}

pub(super) fn run(judged: &Judged<'_>) -> anyhow::Result<Ending> {
    let opened = opening(judged.proof)?;
    let checkpoint = match judged.proof.verify(&opened.leaf(), judged.key, judged.origin) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            let why = chain(&error);
            match judged.format {
                Format::Text => println!("FAIL: {why}"),
                Format::Json => println!("{}", json!({ "verified": false, "why": why })),
            }
            return Ok(Ending::Negative);
        }
    };
    let details = opened.details().context("the details of the entry cannot be read")?;
    let fits = judged.file.map(|file| is_what_was_written_down(file, &details)).transpose()?;
    let shown = Shown { details, checkpoint, fits };
    tell(judged, &shown);
    Ok(if shown.fits == Some(false) { Ending::Negative } else { Ending::Fine })
}

fn opening(proof: &EntryProof) -> anyhow::Result<Unsealed> {
    let hint =
        "a proof of `vigie ledger prove` opens no entry: name the folder or the address of the log as well";
    let extra = proof.extra.as_deref().context("the proof opens no entry").hint(hint)?;
    Unsealed::read(extra).context("cannot read what the proof carries").hint(hint)
}

/// Whether a file has the digest that stands in the details.
fn is_what_was_written_down(file: &Path, details: &Details) -> anyhow::Result<bool> {
    let failed = || format!("cannot read {}", file.display());
    let mut hash = Sha256::new();
    let mut open = File::open(file).with_context(failed)?;
    io::copy(&mut open, &mut Hashing(&mut hash)).with_context(failed)?;
    let stated = details.parameters.get("sha256").and_then(Value::as_str);
    Ok(stated.is_some_and(|stated| stated.eq_ignore_ascii_case(&hex::encode(hash.finalize()))))
}

/// Takes bytes into a digest.
struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tell(judged: &Judged<'_>, shown: &Shown) {
    let Shown { details, checkpoint, fits } = shown;
    let (index, size) = (judged.proof.index, checkpoint.tree.size);
    if judged.format == Format::Json {
        let json = json!({
            "verified": *fits != Some(false),
            "origin": checkpoint.origin,
            "index": index,
            "size": size,
            "entry": details,
            "file_is_the_one": fits,
        });
        println!("{json}");
        return;
    }
    println!("origin {}\nentry  {index} of {size}, signed", checkpoint.origin);
    println!("what   {} {}\nwho    {}\nwhen   {}", details.action, details.object, details.actor, details.at);
    println!("with   {}", details.parameters);
    match fits {
        Some(true) => println!("the file is the one that was written down\nOK"),
        Some(false) => println!("FAIL: the file is not the one that was written down"),
        None => println!("OK"),
    }
}
