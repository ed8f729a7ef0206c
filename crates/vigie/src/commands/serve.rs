//! `vigie serve`: the service, until it is told to stop.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::output::Ending;
use crate::service::{Listeners, Service, Surroundings};
use crate::settings::{Place, Settings};
use crate::telemetry;

const EXAMPLES: &str = "\
Examples:
  vigie serve                                            on 127.0.0.1:8420, data in ./vigie-data
  vigie serve --listen 127.0.0.1:9000 --data /srv/vigie
  vigie serve --config /etc/vigie.toml

It prints `ready http://…` when it is. Ctrl-C or SIGTERM lets what is under way end, and stops. Before the first sign-in, \
`vigie person add NAME --role administrator` makes somebody who can.";

/// Run the service: console, APIs, background work.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Where to listen; the port after it is for evidence [default: 127.0.0.1:8420].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    let mut settings = arguments.place.settings()?;
    if let Some(listen) = arguments.listen {
        settings.set_listen(listen)?;
    }
    telemetry::start(&settings.log, settings.log_format)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(serve(&settings))?;
    Ok(Ending::Fine)
}

async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let mut stop = Stop::new()?;
    let listeners = Listeners::bind(settings).await?;
    let surroundings = Surroundings::of_this_machine()?;
    let starting = Service::start(settings, &surroundings, listeners);
    let service = tokio::select! {
        service = starting => service?,
        // Nothing is under way yet.
        () = stop.asked() => return Ok(()),
    };
    println!("ready {}", service.app().settings.public_url);
    stop.asked().await;
    tracing::info!("stopping: what is under way may end; a second signal stops at once");
    tokio::select! {
        () = service.stop() => {}
        () = stop.asked() => tracing::warn!("stopped at once"),
    }
    Ok(())
}

/// The signals by which a service is told to stop.
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Listens from now on.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen to signals");
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next of them.
    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
