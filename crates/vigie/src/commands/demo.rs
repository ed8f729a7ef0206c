//! `vigie demo`: the whole loop at work on a synthetic operation, in one process.
//!
//! What it is: a synthetic messenger, the service that `vigie serve` runs, people who make banks by the real use cases,
//! and traffic. What it is not: another service; nothing here takes a shortcut that a real deployment could not take.

mod authorities;
mod banks;
mod people;
mod requests;
mod show;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_app::App;
use vigie_app::tokens::NewToken;
use vigie_model::access::StepUp;
use vigie_model::{Caller, Scope};
use vigie_simulator::{Feed, Messenger, Pace};
use vigie_synth::{Operation, Plan};

use super::operator::Format;
use super::serve::Stop;
use crate::output::{Ending, Hint as _};
use crate::service::{Listeners, Service, Surroundings, desk_key};
use crate::settings::{Outside, RecordsAt, Settings};
use crate::telemetry;

/// Decides everything about the synthetic operation.
const SEED: u64 = 20_261_122;
/// Between two events of the operation's history, which happened before the demo began.
const HISTORY_PACE: Duration = Duration::from_millis(20);
/// How long what runs beside the service may take to end.
const DRAIN: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  vigie demo                              on localhost:8420, data in a temporary folder
  vigie demo --listen 127.0.0.1:9000 --pace 1
  vigie demo --no-traffic --format json   the operation's history alone; one line for other programs

All of it is generated: landscapes, people, conversations. Ctrl-C ends it and leaves nothing running.";

/// Show the whole loop at work on a synthetic operation.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where to listen; the two ports after it are for evidence and for the synthetic messenger.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// A fresh folder for the data, which stays; by default a temporary one, which goes.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Seconds between two events of live traffic.
    #[arg(long, value_name = "SECONDS", default_value_t = 4.0)]
    pace: f64,
    /// No live traffic: only what happened before.
    #[arg(long)]
    no_traffic: bool,
    /// Ask for no passkey before a picture is shown in full or a bank leaves: for machines without an authenticator.
    #[arg(long)]
    no_step_up: bool,
    /// The form of the output; json is one line when everything is ready.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    anyhow::ensure!(arguments.listen.ip().is_loopback(), "the demo listens on loopback addresses only");
    telemetry::start("warn", telemetry::LogFormat::Text)?;
    let pace = Duration::try_from_secs_f64(arguments.pace).context("--pace is a number of seconds")?;
    let temporary = match &arguments.data {
        Some(_) => None,
        None => {
            Some(tempfile::Builder::new().prefix("vigie-demo-").tempdir().context("cannot make a folder")?)
        }
    };
    let data = arguments.data.clone().or_else(|| Some(temporary.as_ref()?.path().join("data")));
    let data = data.context("there is a folder in any case")?;
    let used = data.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if used {
        let error = anyhow::anyhow!("{} is not empty", data.display());
        return Err(error)
            .hint("the demo makes its own data; `vigie serve --data` goes on with what is there");
    }
    let mut settings = Settings { listen: arguments.listen, data, log: "warn".into(), ..Settings::default() };
    // With few decisions a share of them would show nothing of second readings.
    settings.quality.reread_percent = 100;
    settings.ledger.high_water = temporary.as_ref().map(|folder| folder.path().join("high-water"));
    if arguments.no_step_up {
        settings.access.step_up = StepUp::None;
    }
    let most_live = if arguments.no_traffic { 0 } else { usize::MAX };
    let pace = Pace { history: HISTORY_PACE, live: pace, most_live };
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(show_until_stopped(settings, pace, arguments.format))?;
    Ok(Ending::Fine)
}

async fn show_until_stopped(settings: Settings, pace: Pace, format: Format) -> anyhow::Result<()> {
    let mut stop = Stop::new()?;
    let demo = tokio::select! {
        demo = Demo::start(settings, pace) => demo?,
        () = stop.asked() => return Ok(()),
    };
    match format {
        Format::Text => show::print(&demo.facts)?,
        Format::Json => println!("{}", demo.facts.json()),
    }
    stop.asked().await;
    tokio::select! {
        () = demo.stop() => {}
        () = stop.asked() => {}
    }
    Ok(())
}

/// What somebody needs to look around.
struct Facts {
    ready: String,
    messenger: String,
    people: Vec<people::Introduced>,
    authority_keys: PathBuf,
    api_token: String,
}

impl Facts {
    fn json(&self) -> serde_json::Value {
        let links: serde_json::Map<_, _> =
            self.people.iter().map(|person| (person.role.name().to_owned(), json!(person.link))).collect();
        json!({
            "ready": self.ready,
            "messenger": self.messenger,
            "sign_in": links,
            "api_token": self.api_token,
            "authority_keys": self.authority_keys,
        })
    }
}

/// The running demo.
struct Demo {
    facts: Facts,
    service: Service,
    beside: TaskTracker,
    cancel: CancellationToken,
}

impl Demo {
    async fn start(mut settings: Settings, pace: Pace) -> anyhow::Result<Self> {
        let surroundings = Surroundings::of_this_machine()?;
        let listener = messenger_listener(settings.listen).await?;
        let address = format!("http://localhost:{}", listener.local_addr()?.port());
        let secret = vigie_app::secret::fresh("")?;
        settings.messenger = Some(Outside::new(address.clone(), secret.clone()));
        settings.pager = Some(Outside::new(format!("{address}/pager"), secret.clone()));

        // Painting takes a while, so it goes on while the service starts.
        let now = surroundings.clock.now();
        let plan = Plan::demo(SEED, now.before(Duration::from_secs(72 * 3600)));
        let operation = Arc::new(Operation::generate(&plan));
        let service = operation.plan.service.clone();
        settings.disclosure.addressees = vec!["Lakechat".into()];
        settings.records = vec![RecordsAt::signed_pull(service, address.clone(), secret.clone())];
        let messenger = Messenger::new(&operation, secret.as_bytes(), Arc::clone(&surroundings.clock));
        let (beside, cancel) = (TaskTracker::new(), CancellationToken::new());
        let serving = messenger.clone();
        let until = cancel.clone();
        beside.spawn(async move { serving.serve(listener, until).await });

        let listeners = Listeners::bind(&settings).await?;
        let main = listeners.ports()?.0;
        let service = Service::start(&settings, &surroundings, listeners).await?;
        messenger.trust_grants(vec![desk_key(&settings.data)?.verifier()]);
        let app = service.app();
        let mut introduced = people::introduce(app).await?;
        banks::fill(app, &introduced, &operation).await?;
        let unit = requests::Unit::make(&settings.data)?;
        introduced.push(authorities::enter(app, &introduced, &unit.keys).await?);
        unit.trust(app).await?;
        unit.ask(app, &format!("http://localhost:{main}"), &operation).await?;

        let feed = Feed {
            client: reqwest::Client::builder().no_proxy().build().context("cannot make a client")?,
            vigie: format!("http://{}", SocketAddr::new(settings.listen.ip(), main)),
            token: token(app, "synthetic messenger", &[Scope::Submit]).await?,
            messenger,
            operation,
            pace,
        };
        let until = cancel.clone();
        beside.spawn(async move { feed.run(&until).await });
        let scopes = [Scope::Submit, Scope::Receipts, Scope::HmaMatch, Scope::HmaCurate, Scope::Banks];
        let facts = Facts {
            ready: app.settings.public_url.clone(),
            messenger: address,
            people: introduced,
            authority_keys: unit.folder,
            api_token: token(app, "visitor", &scopes).await?,
        };
        Ok(Self { facts, service, beside, cancel })
    }

    /// Ends the traffic first, then the service, then the messenger that still obeys it.
    async fn stop(self) {
        self.cancel.cancel();
        self.service.stop().await;
        self.beside.close();
        // What does not end in time ends with the process.
        let _in_time = tokio::time::timeout(DRAIN, self.beside.wait()).await;
    }
}

async fn messenger_listener(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    let port = if listen.port() == 0 { 0 } else { listen.port().wrapping_add(2) };
    let address = SocketAddr::new(listen.ip(), port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} for the synthetic messenger"))
        .hint("is another demo running? --listen takes another address; the two ports after it are used too")
}

async fn token(app: &App, name: &str, scopes: &[Scope]) -> anyhow::Result<String> {
    let new = NewToken { name: name.into(), scopes: scopes.to_vec(), entries_per_hour: 1000, life: None };
    let (_, secret) = app.add_token(&Caller::operator(), new).await?;
    Ok(secret)
}
