//! What an authority and a service say to each other: sending, asking, fetching, taking back.
//!
//! What it is not: the drafting or signing of a document (`draft.rs`, `order.rs`). To add something that is said: a call of
//! `vigie_connect::exchange`, and how its answer is told.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vigie_connect::exchange::{Exchange, ExchangeError};
use vigie_model::Clock as _;
use vigie_model::harmless as shown;
use vigie_model::id::RequestId;
use vigie_seal::envelope::Envelope;
use vigie_seal::exchange::{self, FollowUp, Receipt, Withdrawal};
use vigie_seal::pass::{Call, Pass};

use crate::authority::{self, Keys};
use crate::clock::SystemClock;
use crate::commands::operator::Format;
use crate::output::{Ending, chain};

/// Which service is called, and as whom.
#[derive(Debug, Args)]
pub(super) struct Service {
    /// The address of the service.
    #[arg(long, value_name = "URL")]
    to: String,
    /// The folder of keys.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// The key of the service, or @FILE; by default service.vkey in the folder of keys.
    #[arg(long = "service-key", value_name = "KEY")]
    service_keys: Vec<String>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Service {
    fn open(&self) -> anyhow::Result<(Exchange, Keys)> {
        Ok((Exchange::new(&self.to)?, Keys::open(&self.keys)?))
    }

    /// Calls, and tells a refusal as an answer: it is one.
    fn call(
        &self,
        call: impl Future<Output = Result<Vec<u8>, ExchangeError>>,
    ) -> anyhow::Result<Result<Vec<u8>, Ending>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let answer = runtime.context("cannot start the runtime")?.block_on(call);
        match answer {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(ExchangeError::Refused { status, problem }) => {
                let said = problem.map(|problem| problem.to_string()).unwrap_or_default();
                match self.format {
                    Format::Text => println!("refused: {status} {said}"),
                    Format::Json => println!("{}", json!({ "refused": status, "why": said })),
                }
                Ok(Err(Ending::Negative))
            }
            Err(error) => Err(error).with_context(|| format!("cannot reach {}", self.to)),
        }
    }

    /// Tells a receipt, and whether it is genuine.
    fn tell_receipt(&self, answer: &[u8], sent: &[u8]) -> anyhow::Result<Ending> {
        let trusted = authority::trusted(&self.service_keys, Some(&self.keys), authority::SERVICE)?;
        let envelope = Envelope::read(answer).context("the service gave no receipt")?;
        if trusted.is_empty() {
            let receipt: Receipt =
                serde_json::from_slice(envelope.payload()).context("the service gave no receipt")?;
            self.show(&receipt, "not verified: the key of the service was not given");
            return Ok(Ending::Fine);
        }
        match Receipt::open(&envelope, &trusted, sent) {
            Ok(receipt) => {
                self.show(&receipt, "verified");
                Ok(Ending::Fine)
            }
            Err(error) => {
                let why = chain(&error);
                match self.format {
                    Format::Text => println!("FAIL: the receipt does not hold: {why}"),
                    Format::Json => println!("{}", json!({ "receipt": "no", "why": why })),
                }
                Ok(Ending::Negative)
            }
        }
    }

    fn show(&self, receipt: &Receipt, verdict: &str) {
        let Receipt { request, reference, nonce, received_at, sha256, .. } = receipt;
        match self.format {
            Format::Json => println!(
                "{}",
                json!({
                    "request": request, "reference": reference, "nonce": nonce, "received_at": received_at,
                    "sha256": sha256, "receipt": verdict,
                })
            ),
            Format::Text => {
                println!("request     {request}\nreference   {}", shown(reference));
                println!("nonce       {}\nreceived at {received_at}", shown(nonce));
                println!("sha-256     {}\nreceipt     {verdict}", shown(sha256));
            }
        }
    }
}

fn pass(call: &Call, keys: &Keys) -> anyhow::Result<String> {
    let pass = Pass::for_call(call, SystemClock.now(), super::nonce()?);
    pass.sign(&keys.signing).context("cannot sign the pass")
}

pub(super) fn send(file: &Path, service: &Service) -> anyhow::Result<Ending> {
    let (exchange, keys) = service.open()?;
    let document = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let envelope = Envelope::read(&document).with_context(|| format!("{} is not signed", file.display()))?;
    let own = [keys.signing.verifier()];
    let foreign = || format!("{} is not a document that these keys signed", file.display());
    let answer = if envelope.payload_type() == exchange::FOLLOW_UP_TYPE {
        let (follow_up, _) = FollowUp::open(&envelope, &own).with_context(foreign)?;
        service.call(exchange.follow_up(follow_up.request, document.clone()))?
    } else {
        exchange::open_instrument(&envelope, &own).with_context(foreign)?;
        service.call(exchange.submit(document.clone()))?
    };
    match answer {
        Ok(answer) => service.tell_receipt(&answer, &document),
        Err(ending) => Ok(ending),
    }
}

pub(super) fn status(request: RequestId, service: &Service) -> anyhow::Result<Ending> {
    let (exchange, keys) = service.open()?;
    let pass = pass(&exchange.status_call(request), &keys)?;
    let answer = match service.call(exchange.status(request, &pass))? {
        Ok(answer) => answer,
        Err(ending) => return Ok(ending),
    };
    let answer: Value = serde_json::from_slice(&answer).context("the service gave no JSON")?;
    match (service.format, answer.as_object()) {
        (Format::Text, Some(members)) => members.iter().for_each(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            println!("{}: {}", shown(name), shown(&text));
        }),
        _ => println!("{answer}"),
    }
    Ok(Ending::Fine)
}

pub(super) fn fetch(request: RequestId, out: &Path, service: &Service) -> anyhow::Result<Ending> {
    let (exchange, keys) = service.open()?;
    let pass = pass(&exchange.package_call(request), &keys)?;
    let package = match service.call(exchange.package(request, &pass))? {
        Ok(package) => package,
        Err(ending) => return Ok(ending),
    };
    keep(out, &package, service.format)?;
    if service.format == Format::Text {
        println!("verify it: vigie package verify {}", out.display());
    }
    Ok(Ending::Fine)
}

pub(super) fn paper(
    request: RequestId,
    paper: (&str, &str),
    out: &Path,
    service: &Service,
) -> anyhow::Result<Ending> {
    let (exchange, keys) = service.open()?;
    let pass = pass(&exchange.paper_call(request, paper), &keys)?;
    match service.call(exchange.paper(request, paper, &pass))? {
        Ok(bytes) => keep(out, &bytes, service.format)?,
        Err(ending) => return Ok(ending),
    }
    Ok(Ending::Fine)
}

/// Writes what was fetched, and says what it is.
fn keep(out: &Path, bytes: &[u8], format: Format) -> anyhow::Result<()> {
    authority::replace(out, bytes)?;
    let sha256 = hex::encode(Sha256::digest(bytes));
    match format {
        Format::Json => println!("{}", json!({ "file": out, "bytes": bytes.len(), "sha256": sha256 })),
        Format::Text => println!("{}: {} bytes, sha-256 {sha256}", out.display(), bytes.len()),
    }
    Ok(())
}

pub(super) fn withdraw(
    request: RequestId,
    reference: &str,
    reason: &str,
    service: &Service,
) -> anyhow::Result<Ending> {
    let (exchange, keys) = service.open()?;
    let withdrawal = Withdrawal {
        version: exchange::VERSION,
        request,
        reference: reference.to_owned(),
        at: SystemClock.now(),
        reason: reason.to_owned(),
        nonce: super::nonce()?,
    };
    let document = withdrawal.sign(&keys.signing).context("cannot sign the withdrawal")?.to_bytes();
    match service.call(exchange.withdraw(request, document.clone()))? {
        Ok(answer) => service.tell_receipt(&answer, &document),
        Err(ending) => Ok(ending),
    }
}
