//! `vigie ledger witness`: a witness of its own, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::commands::serve::Stop;
use crate::output::Ending;
use crate::telemetry;
use crate::witness::Witness;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The name of the witness, in cosignatures: an address without its scheme.
    #[arg(long)]
    name: String,
    /// Where its key and its memory lie. Losing the memory is losing what was watched.
    #[arg(long, value_name = "FOLDER")]
    folder: PathBuf,
    /// The key of a log to watch, or @FILE.
    #[arg(long = "log", value_name = "KEY", required = true)]
    logs: Vec<String>,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8440")]
    listen: SocketAddr,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    telemetry::start("info", telemetry::LogFormat::Text)?;
    let logs = arguments.logs.iter().map(|log| super::verifier(log)).collect::<anyhow::Result<_>>()?;
    let witness = Witness::open(&arguments.folder, &arguments.name, logs, Arc::new(SystemClock))?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(serve(arguments.listen, &witness))?;
    Ok(Ending::Fine)
}

async fn serve(listen: SocketAddr, witness: &Witness) -> anyhow::Result<()> {
    let mut stop = Stop::new()?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    println!("ready http://{}", listener.local_addr()?);
    println!("{}", witness.verifier());
    let stopped = async move { stop.asked().await };
    axum::serve(listener, witness.router()).with_graceful_shutdown(stopped).await.context("cannot serve")
}
