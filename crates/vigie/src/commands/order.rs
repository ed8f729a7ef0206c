//! `vigie order`: an authority's side. It drafts a legal document, signs it, hands it in, asks how it stands, fetches the answer.
//!
//! What it needs is a folder of keys; it has no data and no service. What comes back is only shown as genuine where the
//! service's key was given by another hand.
//!
//! To add a step: a variant of [`Command`] with its examples.

mod draft;
mod follow_up;
mod talk;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;
use vigie_model::disclosure::Instrument;
use vigie_model::id::RequestId;
use vigie_seal::exchange::{self, FollowUp};

use super::operator::Format;
use crate::authority::{self, Keys};
use crate::output::Ending;

/// Make requests as an authority: draft, sign, send, ask, fetch.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the keys of an authority: one that signs its documents, one to which answers are sealed.
    #[command(after_help = "\
Examples:
  vigie order keys --folder ~/unit-keys --name parquet.example/unit
  vigie order keys --folder ~/unit-keys --name parquet.example/unit --format json

The private halves stay in the folder, readable by you alone; losing them is losing every answer sealed to them. Give the two
public halves to the service by another way than its portal, and have them read back. Put the service's own key into the folder
as service.vkey, and that of its ledger as log.vkey: they are then used without being named each time.")]
    Keys {
        /// The folder; it is made.
        #[arg(long, value_name = "DIR")]
        folder: PathBuf,
        /// The name of the authority in its signatures: an address without its scheme.
        #[arg(long, value_name = "ORIGIN")]
        name: String,
        /// The form of the output.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Write the draft of a legal document, complete but for what only you know, with a nonce of its own.
    #[command(after_help = draft::EXAMPLES)]
    Draft(Box<draft::Arguments>),
    /// Write the draft of what is said about a request after it: an answer, a validation, an extension, a decision.
    #[command(after_help = follow_up::EXAMPLES)]
    FollowUp(Box<follow_up::Arguments>),
    /// Read a draft back, check it, and sign it.
    #[command(after_help = "\
Examples:
  vigie order sign order.json --keys ~/unit-keys      writes order.signed.json

What every law asks for is checked here; what a certain law asks for is checked by the service.")]
    Sign {
        /// The draft.
        file: PathBuf,
        /// The folder of keys.
        #[arg(long, value_name = "DIR")]
        keys: PathBuf,
        /// The form of the output.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Hand a signed document in; the service's receipt is verified.
    #[command(after_help = "\
Examples:
  vigie order send order.signed.json --to https://vigie.example.org --keys ~/unit-keys
  vigie order send order.signed.json --to https://vigie.example.org --keys ~/unit-keys --service-key @service.vkey

The receipt says that the document came in, and nothing about any account. Exit code 1: the service refuses, or its receipt is
not genuine.")]
    Send {
        /// The signed document.
        file: PathBuf,
        #[command(flatten)]
        service: talk::Service,
    },
    /// Ask how a request stands.
    #[command(after_help = "\
Examples:
  vigie order status 01920000-0000-7000-8000-000000000001 --to https://vigie.example.org --keys ~/unit-keys")]
    Status {
        /// The request, as the receipt names it.
        request: RequestId,
        #[command(flatten)]
        service: talk::Service,
    },
    /// Fetch the package that answers a request. It is verified by `vigie package verify`.
    #[command(after_help = "\
Examples:
  vigie order fetch 01920000-0000-7000-8000-000000000001 --to https://vigie.example.org --keys ~/unit-keys --out answer.tar")]
    Fetch {
        /// The request, as the receipt names it.
        request: RequestId,
        /// Where to write the package.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        service: talk::Service,
    },
    /// Fetch what the service wrote as a paper: Form 3, or the refusal. `status` tells which there are.
    #[command(after_help = "\
Examples:
  vigie order paper 01920000-0000-7000-8000-000000000001 form_3 --language fr --to https://vigie.example.org --keys ~/unit-keys --out form-3.pdf
  vigie order paper 01920000-0000-7000-8000-000000000001 form_3_xml --to https://vigie.example.org --keys ~/unit-keys --out form-3.xml")]
    Paper {
        /// The request, as the receipt names it.
        request: RequestId,
        /// Which: form_3 (PDF), form_3_xml, clarification (PDF), refusal (PDF).
        #[arg(value_parser = ["form_3", "form_3_xml", "clarification", "refusal"])]
        paper: String,
        /// In which language.
        #[arg(long, default_value = "en", value_parser = ["en", "fr"])]
        language: String,
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        service: talk::Service,
    },
    /// Take a request back.
    #[command(after_help = "\
Examples:
  vigie order withdraw 01920000-0000-7000-8000-000000000001 --reference \"PV 2026/17\" --reason \"found otherwise\" \
--to https://vigie.example.org --keys ~/unit-keys")]
    Withdraw {
        /// The request, as the receipt names it.
        request: RequestId,
        /// The number that you gave it.
        #[arg(long)]
        reference: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        service: talk::Service,
    },
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::Keys { folder, name, format } => make_keys(&folder, &name, format),
        Command::Draft(arguments) => draft::run(*arguments),
        Command::FollowUp(arguments) => follow_up::run(*arguments),
        Command::Sign { file, keys, format } => sign(&file, &keys, format),
        Command::Send { file, service } => talk::send(&file, &service),
        Command::Status { request, service } => talk::status(request, &service),
        Command::Fetch { request, out, service } => talk::fetch(request, &out, &service),
        Command::Paper { request, paper, language, out, service } => {
            talk::paper(request, (&paper, &language), &out, &service)
        }
        Command::Withdraw { request, reference, reason, service } => {
            talk::withdraw(request, &reference, &reason, &service)
        }
    }
}

fn make_keys(folder: &Path, name: &str, format: Format) -> anyhow::Result<Ending> {
    let keys = Keys::make(folder, name)?;
    let (signing, sealing) = (keys.signing.verifier().to_string(), keys.sealing.to_public().to_string());
    match format {
        Format::Json => println!("{}", json!({ "signing": signing, "sealing": sealing, "folder": folder })),
        Format::Text => {
            println!("signing {signing}\nsealing {sealing}");
            println!("the private halves lie in {}, readable by you alone", folder.display());
        }
    }
    Ok(Ending::Fine)
}

fn sign(file: &Path, folder: &Path, format: Format) -> anyhow::Result<Ending> {
    let keys = Keys::open(folder)?;
    let read = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let drafted: Drafted =
        serde_json::from_slice(&read).with_context(|| format!("{} is no draft", file.display()))?;
    if let Some(text) = drafted.instrument().and_then(|instrument| instrument.answer_to.as_ref()) {
        let own = keys.sealing.to_public().to_string();
        anyhow::ensure!(*text == own, "the answer would be sealed to {text}, which is not your key {own}");
    }
    let signed = match &drafted {
        Drafted::FollowUp(follow_up) => follow_up.sign(&keys.signing),
        Drafted::Instrument(instrument) => exchange::sign_instrument(instrument, &keys.signing),
    };
    let signed = signed.with_context(|| format!("cannot sign {}", file.display()))?;
    let out = file.with_extension("signed.json");
    authority::replace(&out, &signed.to_bytes())?;
    let (by, nonce) = (keys.signing.verifier().keyid(), drafted.nonce());
    match format {
        Format::Json => println!("{}", json!({ "file": out, "signed_by": by, "nonce": nonce })),
        Format::Text => println!("{} is signed by {by}\nnonce {nonce}", out.display()),
    }
    Ok(Ending::Fine)
}

/// What a draft is of: what follows a request names that, a request names nothing that a service called it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Drafted {
    FollowUp(Box<FollowUp>),
    Instrument(Box<Instrument>),
}

impl Drafted {
    /// The document of the request that it brings, where it does.
    fn instrument(&self) -> Option<&Instrument> {
        match self {
            Self::FollowUp(follow_up) => follow_up.corrected.as_ref(),
            Self::Instrument(instrument) => Some(instrument),
        }
    }

    fn nonce(&self) -> &str {
        match self {
            Self::FollowUp(follow_up) => &follow_up.nonce,
            Self::Instrument(instrument) => &instrument.nonce,
        }
    }
}

/// A nonce: 32 hexadecimal digits from the operating system.
fn nonce() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("the operating system gave no randomness")?;
    Ok(hex::encode(bytes))
}
