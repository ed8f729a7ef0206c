//! The two sockets: one for the console and the APIs, one for evidence.

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::doors::Doors;
use crate::output::Hint as _;
use crate::settings::Settings;

/// Both sockets, bound: what cannot be had is known before anything else is started.
#[derive(Debug)]
pub struct Listeners {
    main: TcpListener,
    evidence: TcpListener,
}

impl Listeners {
    /// Binds where the settings say.
    ///
    /// # Errors
    /// An address is taken or not ours.
    pub async fn bind(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            main: bind(settings.listen, "listen").await?,
            evidence: bind(settings.evidence_listen(), "evidence_listen").await?,
        })
    }

    /// The ports of the main and of the evidence listener.
    ///
    /// # Errors
    /// The sockets are gone.
    pub fn ports(&self) -> anyhow::Result<(u16, u16)> {
        Ok((self.main.local_addr()?.port(), self.evidence.local_addr()?.port()))
    }

    pub(super) fn serve(self, doors: &Doors, tasks: &TaskTracker, cancel: &CancellationToken) {
        tasks.spawn(serve(self.main, doors.main(), cancel.clone()));
        tasks.spawn(serve(self.evidence, doors.evidence(), cancel.clone()));
    }
}

async fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}")).hint(format!(
        "is another vigie running? `{key}` in the configuration or --listen takes another address"
    ))
}

async fn serve(listener: TcpListener, router: Router, cancel: CancellationToken) {
    // Answers are written whole, so waiting to fill a packet only costs time.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let ended = axum::serve(listener, service).with_graceful_shutdown(cancel.cancelled_owned()).await;
    if let Err(error) = ended {
        tracing::error!(%error, "a listener failed");
    }
}
