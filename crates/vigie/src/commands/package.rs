//! `vigie package`: what an authority, or an auditor, does with a package. It needs no service, no data and no network.
//!
//! What it is: the four answers of `vigie_seal::package` as a sheet or as JSON, and the records once they are opened. What it
//! is not: it trusts no key but those it is given.
//!
//! To add a question that is answered: in `vigie_seal::package`, with its line on the sheet here.

use std::fmt::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use vigie_model::{harmless, is_harmful};
use vigie_seal::canonical;
use vigie_seal::package::{self, Answer, Coverage, Manifest, Opened, TrustedKeys, Verification};

use super::operator::Format;
use crate::authority::{self, Keys, LOG, SERVICE, write_new};
use crate::output::{Ending, Hint as _};

/// Verify and open disclosure packages.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a package without opening it: authentic, complete, within its grant, in the ledger.
    #[command(after_help = "\
Examples:
  vigie package verify answer.tar --service-key messenger.example/desk+33d7b496+AeHT…
  vigie package verify answer.tar --service-key @service.vkey --log-key @log.vkey --format json
  vigie package verify answer.tar --keys ~/unit-keys

Get the keys from another hand than the package. Each question is answered for itself; the answer to the last one is `not_given`
where the package carries no proof yet or the ledger's key is not known. Exit code 1: an answer is no, or the ledger's key was
named and the package is not in the ledger.")]
    Verify(Judged),
    /// Open a package with the key it was sealed to, and hold every record in it to the grant.
    #[command(after_help = "\
Examples:
  vigie package open answer.tar --keys ~/unit-keys
  vigie package open answer.tar --keys ~/unit-keys --out answer/

A package that does not hold is not opened, and a record outside the grant is not shown: whoever was not granted it is better off
without. Exit code 1: an answer is no. Exit code 2: it was sealed to another key.")]
    Open {
        #[command(flatten)]
        judged: Judged,
        /// Where to write the records, the manifest, the grant and the sheet; by default the records are printed.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Which package, and whom to trust.
#[derive(Debug, Args)]
struct Judged {
    /// The package.
    file: PathBuf,
    /// The folder of the authority's keys, where service.vkey and log.vkey may lie too.
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// The key of the service, or @FILE; more than one where it changed.
    #[arg(long = "service-key", value_name = "KEY")]
    service_keys: Vec<String>,
    /// The key of the service's ledger, or @FILE.
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// The origin of the ledger; by default the name of its key.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::Verify(judged) => judged.verify(),
        Command::Open { judged, out } => judged.open(out.as_deref()),
    }
}

impl Judged {
    fn verify(&self) -> anyhow::Result<Ending> {
        let (bytes, trusted) = (self.read()?, self.trusted()?);
        let verification = package::verify(&bytes, &trusted);
        self.tell(&verification);
        Ok(self.ending(&verification))
    }

    fn open(&self, out: Option<&Path>) -> anyhow::Result<Ending> {
        let folder =
            self.keys.as_deref().context("cannot open without keys").hint("name them: --keys DIR")?;
        let keys = Keys::open(folder)?;
        let (bytes, trusted) = (self.read()?, self.trusted()?);
        let unopened = package::verify(&bytes, &trusted);
        if self.ending(&unopened) != Ending::Fine {
            self.tell(&unopened);
            return Ok(Ending::Negative);
        }
        let opened = package::open(&bytes, &keys.sealing, &trusted);
        let opened = opened.with_context(|| format!("cannot open {}", self.file.display()))?;
        self.tell(&opened.verification);
        if self.ending(&opened.verification) != Ending::Fine {
            return Ok(Ending::Negative);
        }
        match out {
            Some(folder) => write(folder, &opened)?,
            None => opened.lines.iter().for_each(|line| println!("{}", escaped(&line.to_string()))),
        }
        Ok(Ending::Fine)
    }

    fn read(&self) -> anyhow::Result<Vec<u8>> {
        let failed = || format!("cannot read {}", self.file.display());
        let length = std::fs::metadata(&self.file).with_context(failed)?.len();
        ensure!(length <= package::LONGEST as u64, "{} is longer than any package", self.file.display());
        std::fs::read(&self.file).with_context(failed)
    }

    fn trusted(&self) -> anyhow::Result<TrustedKeys> {
        let folder = self.keys.as_deref();
        let service = authority::trusted(&self.service_keys, folder, SERVICE)?;
        ensure_some(&service)
            .hint("name it: --service-key KEY, or put it into the folder of keys as service.vkey")?;
        let log = authority::trusted(self.log_key.as_slice(), folder, LOG)?.into_iter().next();
        let origin = |name: &str| self.origin.clone().unwrap_or_else(|| name.to_owned());
        let log = log.map(|key| (key.clone(), origin(key.name())));
        Ok(TrustedKeys { service, log })
    }

    /// Who names the key of the ledger asks whether the package is in it.
    fn ending(&self, verification: &Verification) -> Ending {
        let unanswered = self.log_key.is_some() && !verification.in_log.is_yes();
        if verification.holds() && !unanswered { Ending::Fine } else { Ending::Negative }
    }

    fn tell(&self, verification: &Verification) {
        match self.format {
            Format::Text => println!("{}", sheet(verification)),
            Format::Json => println!("{}", answers(verification)),
        }
    }
}

fn ensure_some<T>(keys: &[T]) -> anyhow::Result<()> {
    ensure!(!keys.is_empty(), "cannot verify without the key of the service");
    Ok(())
}

fn answers(verification: &Verification) -> Value {
    let mut told = Map::new();
    let mut reasons = Map::new();
    for (name, answer) in verification.answers() {
        told.insert(name.to_owned(), answer.name().into());
        reasons.insert(name.to_owned(), answer.reason().into());
    }
    told.insert("reasons".to_owned(), Value::Object(reasons));
    told.insert("manifest".to_owned(), json!(verification.manifest));
    Value::Object(told)
}

/// The same JSON, where what a terminal would obey and nobody would see is written as its number.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if is_harmful(letter) {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // Writing to a text does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            });
        } else {
            text.push(letter);
        }
    }
    text
}

/// What a person wants to see of a package.
fn sheet(verification: &Verification) -> String {
    let mut text = String::new();
    if let Some(manifest) = &verification.manifest {
        head(&mut text, manifest);
    }
    for (name, answer) in verification.answers() {
        let mark = match answer {
            Answer::Yes(_) => "yes",
            Answer::No(_) => "NO",
            Answer::NotGiven(_) => "not given",
        };
        line(&mut text, &format!("{:<14} {mark:<10} {}", name.replace('_', " "), answer.reason()));
    }
    if let Some(manifest) = &verification.manifest {
        line(&mut text, "");
        body(&mut text, manifest);
    }
    text.truncate(text.trim_end().len());
    text
}

/// One line, whatever the package wrote into it.
fn line(text: &mut String, content: &str) {
    text.push_str(&harmless(content));
    text.push('\n');
}

fn head(text: &mut String, manifest: &Manifest) {
    let Manifest { package, reference, authority, service, rule_set, made_at, expires_at, .. } = manifest;
    line(text, &format!("package   {package}"));
    line(text, &format!("answers   {reference} of {authority}, request {}", manifest.request));
    line(text, &format!("taken     from {service} under {rule_set}"));
    line(text, &format!("made      {made_at}, to be fetched until {expires_at}"));
    for consent in &manifest.approvals {
        line(text, &format!("agreed    {} as {} at {}", consent.person, consent.role, consent.at));
    }
    line(text, "");
}

fn body(text: &mut String, manifest: &Manifest) {
    for coverage in &manifest.coverage {
        line(text, &covered(coverage));
    }
    for one in &manifest.not_held {
        line(text, &format!("task {}: {} is not held", one.task, one.category));
    }
    for one in &manifest.out_of_scope {
        let why = one.explanation.as_deref().unwrap_or_default();
        line(text, &format!("task {}: {} refused, {} {why}", one.task, one.category, one.ground));
    }
    for one in &manifest.redactions {
        line(text, &format!("task {}: {} records left out: {}", one.task, one.rows, one.reason));
    }
    for one in &manifest.warnings {
        line(text, &format!("caution: {} addresses are of kind {}", one.count, one.kind));
    }
    line(text, &format!("{}; {}", manifest.statement, manifest.offset));
}

fn covered(coverage: &Coverage) -> String {
    let Coverage { task, category, span, subjects, rows, .. } = coverage;
    let mut text = format!("task {task}: {category}, {} to {}: ", span.from, span.until);
    // Writing to a text does not fail.
    let _ = match coverage.nil {
        Some(nil) => write!(text, "nothing to give, {nil}"),
        None => write!(text, "{rows} records of {subjects} accounts"),
    };
    if let (Some(first), Some(last)) = (coverage.first, coverage.last) {
        let _ = write!(text, ", connections {first} to {last}, ports: {}", coverage.port_present);
    }
    text
}

/// Writes what was opened, for its owner's eyes.
fn write(folder: &Path, opened: &Opened) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    let mut records = String::new();
    for line in &opened.lines {
        let _ = writeln!(records, "{line}");
    }
    write_new(&folder.join("records.jsonl"), &records, 0o600)?;
    let json = |value: &Value| canonical::to_string(value).context("cannot write JSON");
    let Verification { manifest, grant, .. } = &opened.verification;
    write_new(&folder.join("manifest.json"), &json(&json!(manifest))?, 0o600)?;
    write_new(&folder.join("grant.json"), &json(&json!(grant))?, 0o600)?;
    write_new(&folder.join("sheet.txt"), &format!("{}\n", sheet(&opened.verification)), 0o600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_printed_as_the_same_json_and_nothing_that_a_terminal_obeys() {
        for account in ["u1", "\u{9b}2J", "\u{202e}1u", "\u{7f}", "\u{e0041}", "Łódź 東京"] {
            let line = json!({ "record": { "account": account } });
            let shown = escaped(&line.to_string());
            assert!(!shown.contains(is_harmful), "{shown:?}");
            assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), line);
        }
    }
}
