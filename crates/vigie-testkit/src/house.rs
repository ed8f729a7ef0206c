//! A house: the whole service, running inside the test.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use vigie::service::{Listeners, Service, Surroundings};
use vigie::settings::Settings;
use vigie_app::App;
use vigie_app::bank_entries::NewEntry;
use vigie_app::banks::NewBank;
use vigie_app::tokens::NewToken;
use vigie_model::access::StepUp;
use vigie_model::bank::{BankKind, CHILD_SAFETY, Verdict};
use vigie_model::{Caller, Clock, ManualClock, Moment, Role, Scope, SequentialIds};

use crate::visitor::Visitor;
use crate::{Database, decoder};

/// The moment at which the clock of a house stands at first: a Sunday morning.
const OPENING: Moment = Moment(1_795_341_600_000_000);

/// What a house is to be like.
pub struct Plan {
    /// Its database.
    pub database: Database,
    /// The configuration. Listeners, data and database are set by the house.
    pub settings: Settings,
    /// Another clock than the one that tests move.
    pub clock: Option<Arc<dyn Clock>>,
    /// Whether due work is carried out by itself, and not by [`House::work`].
    pub works: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let mut settings = Settings::default();
        // Its people come in by links alone, and could confirm nothing.
        settings.access.step_up = StepUp::None;
        Self { database: Database::sqlite(), settings, clock: None, works: false }
    }
}

/// A running service with temporary data.
pub struct House {
    service: Service,
    /// Moves time. A house with a clock of its own does not look at it.
    pub clock: Arc<ManualClock>,
    /// Its database.
    pub database: Database,
    data: TempDir,
    ports: (u16, u16),
}

impl House {
    /// On SQLite, under a clock that stands.
    pub async fn open() -> Self {
        Self::of(Plan::default()).await
    }

    /// As planned.
    pub async fn of(plan: Plan) -> Self {
        // Somebody else in this process may have decided already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let data = tempfile::tempdir().expect("a temporary folder can be made");
        let clock = Arc::new(ManualClock::at(OPENING));
        let mut settings = plan.settings;
        settings.listen = ([127, 0, 0, 1], 0).into();
        settings.evidence_listen = None;
        settings.data = data.path().to_owned();
        settings.database = plan.database.address();
        settings.limits.decoding_children = 1;
        let surroundings = Surroundings {
            clock: plan.clock.unwrap_or_else(|| clock.clone()),
            ids: Arc::new(SequentialIds::default()),
            decoder: decoder(),
            works: plan.works,
        };
        let listeners = Listeners::bind(&settings).await.expect("this machine has free ports");
        let ports = listeners.ports().expect("bound listeners have ports");
        let service = Service::start(&settings, &surroundings, listeners).await;
        let service = service.unwrap_or_else(|error| panic!("the house does not open: {error:?}"));
        Self { service, clock, database: plan.database, data, ports }
    }

    /// The use cases.
    #[must_use]
    pub fn app(&self) -> &App {
        self.service.app()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Where the console and the APIs are, without a slash at the end.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.0)
    }

    /// Where evidence comes from, without a slash at the end.
    #[must_use]
    pub fn evidence_address(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.1)
    }

    /// Carries out what is due, and what becomes due by that, until nothing is.
    pub async fn work(&self) {
        while vigie_worker::run_due_once(self.app()).await > 0 {}
    }

    /// Somebody without any credential.
    #[must_use]
    pub fn stranger(&self) -> Visitor {
        Visitor::new(self.address())
    }

    /// A new person, signed in through their link.
    pub async fn person(&self, name: &str, roles: &[Role]) -> Visitor {
        let operator = Caller::operator();
        let added = self.app().add_person(&operator, name, roles).await;
        let person = added.unwrap_or_else(|error| panic!("{name} cannot be added: {error}"));
        let link = self.app().make_sign_in_link(&operator, person.id).await;
        let link = link.unwrap_or_else(|error| panic!("{name} gets no link: {error}"));
        let mut visitor = self.stranger();
        visitor.sign_in(link.strip_prefix(&self.app().settings.public_url).unwrap_or(&link)).await;
        visitor
    }

    /// A machine with a new token.
    pub async fn machine(&self, scopes: &[Scope]) -> Visitor {
        let new = NewToken {
            name: "machine".to_owned(),
            scopes: scopes.to_vec(),
            entries_per_hour: 1_000_000,
            life: None,
        };
        let added = self.app().add_token(&Caller::operator(), new).await;
        let (_, secret) = added.unwrap_or_else(|error| panic!("no token can be added: {error}"));
        self.stranger().with_token(&secret)
    }

    /// A bank that two people made and armed, and that knows these signals, each as the API writes them.
    pub async fn know(&self, signals: Vec<Value>) {
        let app = self.app();
        let seniors = [Role::SeniorReviewer];
        let ada = self.caller(&self.person("Ada", &seniors).await).await;
        let ben = self.caller(&self.person("Ben", &seniors).await).await;
        let bank = NewBank {
            name: "KNOWN".parse().expect("this is a name"),
            purpose: CHILD_SAFETY.into(),
            overlay: None,
            source: "Synthetic hotline".into(),
            legal_ground: "Regulation (EU) 2022/2065, Article 16".into(),
            kind: BankKind::Known,
            distance: 31,
            verdict: Verdict::Block,
            label_scheme: "inhope".into(),
        };
        let question = app.propose_bank(&ada, bank, "for this test").await.expect("a bank is proposed");
        app.approve(&ben, question.id).await.expect("a second person agrees");
        let bank = app.banks(&ada).await.expect("banks are listed")[0].id;
        let entry = |signals: Value| -> NewEntry {
            serde_json::from_value(json!({ "signals": signals })).expect("these are signals")
        };
        let entries = signals.into_iter().map(entry).collect();
        app.add_entries(&ada, bank, entries).await.expect("entries are added");
    }

    /// The caller that a signed-in person is, for use cases that are called directly.
    pub async fn caller(&self, visitor: &Visitor) -> Caller {
        let session = visitor.session().expect("the visitor is signed in");
        let signed_in = self.app().signed_in(session).await;
        signed_in.unwrap_or_else(|error| panic!("the session has ended: {error}")).caller
    }

    /// What a query for one number answers: for what only a test may ask.
    pub async fn number(&self, query: &str) -> i64 {
        self.database.number(self.data(), query).await
    }

    /// Stops the service in good order and takes the database away. A test that panics leaves the latter behind.
    pub async fn close(self) {
        self.service.stop().await;
        self.database.close().await;
    }
}
