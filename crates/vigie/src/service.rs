//! The running service: every part made once, put together, and taken apart again in good order.
//!
//! What it is: the composition that `serve`, `demo` and the tests share, so that what is tested is what runs. What it is
//! not: it parses no command line and prints nothing.
//!
//! To add a door: its router and its list of routes in `doors.rs`. To add a part that runs by itself: a loop like
//! `follower.rs`, started in [`Service::start`] on its tracker.

mod access;
mod chores;
mod complaint;
mod desk;
mod doors;
mod evidence;
mod follower;
mod health;
mod instance;
mod keeper;
mod listeners;
mod metrics;
mod outside;
mod publisher;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_app::heavy::Heavy;
use vigie_app::intake::IntakeSettings;
use vigie_app::matching::BanksFrom;
use vigie_app::ports::{Decoder, Decoders};
use vigie_app::{App, Parts};
use vigie_media::{DecodePool, PoolSettings};
use vigie_model::{Clock, IdGen};
use vigie_store::{Store, StoreSettings};

use crate::clock::{SystemClock, SystemIds};
use crate::output::Hint as _;
use crate::settings::Settings;
pub(crate) use access::policies;
pub(crate) use desk::key as desk_key;
pub use doors::{Route, routes};
pub use health::Health;
pub use listeners::Listeners;
use metrics::Metrics;
pub(crate) use outside::{mail_pager, provider};

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
    pub decoder: (PathBuf, Vec<OsString>),
    /// Whether due work is carried out by itself. A test that does it step by step says no.
    pub works: bool,
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
            works: true,
        })
    }
}

/// What helps where decoding does not start.
const UNCAGED: &str = "`vigie doctor` tries the decoder alone; where the kernel cannot close its cage, \
                       `[limits] cage = \"limits-alone\"` does without, and a decoder that is taken over then reaches what the \
                       service reaches";

/// A running service. It ends by [`Service::stop`]; dropped, it just ends.
pub struct Service {
    app: App,
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
        surroundings: &Surroundings,
        listeners: Listeners,
    ) -> anyhow::Result<Self> {
        let decoders = decoders(settings, surroundings).await?;
        let app = make_app(settings, surroundings, listeners.ports()?, Some(Arc::new(decoders))).await?;
        app.enter_default_bases().await.context("cannot enter the bases of public surfaces")?;
        let banks = app.load_banks().await.context("cannot load the banks")?;
        if let BanksFrom::StoreInstead(error) = banks {
            tracing::warn!(
                reason = crate::output::chain(&error),
                "the banks were read from the database, which takes longer"
            );
        }

        let service = Self {
            app,
            tasks: TaskTracker::new(),
            cancel: CancellationToken::new(),
            health: Health::default(),
        };
        service.tasks.spawn(chores::keep_house(service.app.clone(), service.cancel.clone()));
        service.tasks.spawn(follower::follow(service.app.clone(), service.cancel.clone()));
        service.tasks.spawn(keeper::keep(service.app.clone(), service.cancel.clone()));
        if surroundings.works {
            service.tasks.spawn(publisher::publish(service.app.clone(), service.cancel.clone()));
            service.tasks.spawn(vigie_worker::run(service.app.clone(), service.cancel.clone()));
        }
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

    /// Answers what is under way, takes nothing new, ends what runs by itself, and closes the database. The decoding
    /// children die with the pool.
    pub async fn stop(self) {
        self.health.set_ready(false);
        self.cancel.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("requests under way did not end in time and are dropped");
        }
        // Counts of the last requests are still in memory.
        if let Err(error) = self.app.flush_counts().await {
            tracing::error!(error = crate::output::chain(&error), "cannot write the last counts");
        }
        if let Err(error) = self.app.save_index().await {
            tracing::error!(error = crate::output::chain(&error), "the next start will take longer");
        }
        self.app.store.close().await;
    }
}

/// Opens the store and puts the use cases together for a command that acts beside a running service: nothing comes in by
/// it, and the addresses shown to people are those that the settings promise.
///
/// # Errors
/// The data folder or the database cannot be used.
pub async fn open_app(settings: &Settings, surroundings: &Surroundings) -> anyhow::Result<App> {
    let ports = (settings.listen.port(), settings.evidence_listen().port());
    make_app(settings, surroundings, ports, None).await
}

async fn make_app(
    settings: &Settings,
    surroundings: &Surroundings,
    (port, evidence_port): (u16, u16),
    media: Option<Arc<dyn Decoder>>,
) -> anyhow::Result<App> {
    vigie_app::policies::put_in_force(policies(&settings.access)?)?;
    let store = StoreSettings { database: settings.database.clone(), data: settings.data.clone() };
    let store = Store::open(&store)
        .await
        .with_context(|| format!("cannot open the data in {}", settings.data.display()))
        .hint("`vigie doctor` looks at the data folder, the keys and the database")?;
    let instance = instance::read_or_make(&settings.data)?;
    let public_url = settings.public_url(port);
    Ok(App::new(Parts {
        store,
        clock: Arc::clone(&surroundings.clock),
        ids: Arc::clone(&surroundings.ids),
        heavy: Heavy::new(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
        media,
        messengers: outside::messengers(settings.messenger.as_ref())?,
        records: outside::records(settings)?,
        pagers: outside::pagers(settings)?,
        witnesses: outside::witnesses(&settings.ledger)?,
        provider: outside::provider(settings)?,
        settings: vigie_app::Settings {
            ledger: settings.ledger.for_app(&public_url, &instance),
            instance,
            public_url,
            evidence_url: settings.evidence_url(evidence_port),
            intake: IntakeSettings {
                media_limit: usize::try_from(settings.limits.media_bytes).unwrap_or(usize::MAX),
                memory: settings.limits.uploads_in_memory,
                first_pass: settings.media.first_pass,
                undecodable_in_public: settings.undecodable.public,
                undecodable_in_private: settings.undecodable.private,
                video: settings.video.rule(),
                lookups_per_hour: settings.limits.lookups_per_hour,
            },
            retention: settings.retention.for_app(),
            review: settings.wellbeing.for_app(&settings.quality),
            access: settings.access.for_app(),
            disclosure: settings.disclosure.for_app(settings.records.iter().map(|at| at.service.clone()))?,
        },
    }))
}

async fn decoders(settings: &Settings, surroundings: &Surroundings) -> anyhow::Result<Decoders> {
    let pictures = DecodePool::start(pool_settings(settings, surroundings)).await;
    let launcher = surroundings.decoder.0.clone();
    let videos = crate::videos::pool(
        &settings.video,
        settings.limits.media_bytes,
        launcher,
        settings.limits.cage.into(),
    )
    .await
    .hint(UNCAGED)?;
    if videos.is_none() {
        tracing::warn!("ffmpeg is not here: videos are matched by their digests alone");
    }
    let pictures = pictures.context("cannot start decoding").hint(UNCAGED)?;
    Ok(Decoders { pictures, videos })
}

fn pool_settings(settings: &Settings, surroundings: &Surroundings) -> PoolSettings {
    let (command, arguments) = surroundings.decoder.clone();
    let mut pool = PoolSettings::new(command, arguments);
    pool.limits = settings.limits.media();
    pool.cage = settings.limits.cage.into();
    if settings.limits.decoding_children > 0 {
        pool.children = settings.limits.decoding_children;
    }
    pool
}
