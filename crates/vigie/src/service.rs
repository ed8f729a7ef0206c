//! The running service: every part made once, put together, and taken apart again in good order.
//!
//! What it is: the composition that `serve`, `demo` and the tests share, so that what is tested is what runs. What it is
//! not: it parses no command line and prints nothing.
//!
//! To add a door: its router and its list of routes in `doors.rs`. To add a part that runs by itself: a loop like
//! `follower.rs`, started in [`Service::start`] on its tracker.

mod doors;
mod follower;
mod health;
mod instance;
mod listeners;
mod metrics;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_app::heavy::Heavy;
use vigie_app::{App, Parts};
use vigie_media::{DecodePool, PoolSettings};
use vigie_model::{Clock, IdGen};
use vigie_store::{Store, StoreSettings};

use crate::clock::{SystemClock, SystemIds};
use crate::output::Hint as _;
use crate::settings::Settings;
pub use doors::{Route, routes};
pub use health::Health;
pub use listeners::Listeners;
use metrics::Metrics;

/// How long requests under way may take to end when the service stops.
const DRAIN: Duration = Duration::from_secs(10);

/// What the service takes from the machine it runs on. Tests bring their own.
#[derive(Clone)]
pub struct Surroundings {
    /// The source of time.
    pub clock: Arc<dyn Clock>,
    /// The source of identifiers.
    pub ids: Arc<dyn IdGen>,
    /// The program that becomes a decoding child, with its arguments.
    pub decoder: (PathBuf, Vec<std::ffi::OsString>),
}

impl Surroundings {
    /// This machine: its clock, its randomness, and this very program as the decoding child.
    ///
    /// # Errors
    /// The program cannot tell where it lies.
    pub fn of_this_machine() -> anyhow::Result<Self> {
        let program =
            std::env::current_exe().context("cannot find this program to start its decoding children")?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            decoder: (program, vec![crate::DECODE.into()]),
        })
    }
}

/// A running service. It ends by [`Service::stop`]; dropped, it just ends.
pub struct Service {
    app: App,
    pool: Arc<DecodePool>,
    tasks: TaskTracker,
    cancel: CancellationToken,
    health: Health,
}

impl Service {
    /// Makes every part and serves on both listeners. When it returns, the service is ready.
    ///
    /// # Errors
    /// A part could not be made.
    pub async fn start(
        settings: &Settings,
        surroundings: Surroundings,
        listeners: Listeners,
    ) -> anyhow::Result<Self> {
        let app = open_app(settings, &surroundings, Some(&listeners)).await?;
        let pool = Arc::new(
            DecodePool::start(pool_settings(settings, surroundings))
                .await
                .context("cannot start decoding")?,
        );
        app.load_banks().await.context("cannot load the banks")?;

        let service = Self {
            app,
            pool,
            tasks: TaskTracker::new(),
            cancel: CancellationToken::new(),
            health: Health::default(),
        };
        service.tasks.spawn(follower::follow(service.app.clone(), service.cancel.clone()));
        let metrics = Metrics::new(service.app.now());
        let doors = doors::Doors::new(service.app.clone(), service.health.clone(), metrics, settings);
        listeners.serve(&doors, &service.tasks, &service.cancel);
        service.health.set_ready(true);
        Ok(service)
    }

    /// The use cases of this service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The decoding children of this service.
    #[must_use]
    pub fn pool(&self) -> &DecodePool {
        &self.pool
    }

    /// Answers what is under way, takes nothing new, ends what runs by itself, and closes the database. The decoding
    /// children die with the pool.
    pub async fn stop(self) {
        self.health.set_ready(false);
        self.cancel.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("requests under way did not end in time and are dropped");
        }
        self.app.store.close().await;
    }
}

/// Opens the store and puts the use cases together. Without listeners the addresses shown to people are those that the
/// settings promise: so do commands that act beside a running service.
///
/// # Errors
/// The data folder or the database cannot be used.
pub async fn open_app(
    settings: &Settings,
    surroundings: &Surroundings,
    listeners: Option<&Listeners>,
) -> anyhow::Result<App> {
    let store = StoreSettings { database: settings.database.clone(), data: settings.data.clone() };
    let store = Store::open(&store)
        .await
        .with_context(|| format!("cannot open the data in {}", settings.data.display()))
        .hint("`vigie doctor` looks at the data folder, the keys and the database")?;
    let (public, evidence) = match listeners {
        Some(listeners) => listeners.ports()?,
        None => (settings.listen.port(), settings.evidence_listen().port()),
    };
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Ok(App::new(Parts {
        store,
        clock: Arc::clone(&surroundings.clock),
        ids: Arc::clone(&surroundings.ids),
        heavy: Heavy::new(cores),
        settings: vigie_app::Settings {
            instance: instance::read_or_make(&settings.data)?,
            public_url: settings.public_url(public),
            evidence_url: settings.evidence_url(evidence),
        },
    }))
}

fn pool_settings(settings: &Settings, surroundings: Surroundings) -> PoolSettings {
    let (command, arguments) = surroundings.decoder;
    let mut pool = PoolSettings::new(command, arguments);
    pool.limits = settings.limits.media();
    if settings.limits.decoding_children > 0 {
        pool.children = settings.limits.decoding_children;
    }
    pool
}
