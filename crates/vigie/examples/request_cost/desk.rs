//! A house with a disclosure desk, its messenger, and an authority that knows it.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie::clock::SystemClock;
use vigie::settings::{RecordsAt, Settings};
use vigie_app::authorities::NewAuthority;
use vigie_connect::exchange::Exchange;
use vigie_model::access::StepUp;
use vigie_model::disclosure::{AuthorityKeys, Instrument, IssuerRole, Span, Wanted};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Clock as _, Role};
use vigie_seal::exchange::{Receipt, sign_instrument};
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::package::Identity;
use vigie_simulator::Messenger;
use vigie_synth::requests::{AUTHORITY, DAY, requisition, wanted};
use vigie_synth::{Operation, Plan as Synthetic};
use vigie_testkit::{Database, House, Plan, Visitor};

const SECRET: &str = "known to both sides";

/// See the module.
pub(crate) struct Desk {
    pub(crate) house: House,
    pub(crate) messenger: Messenger,
    pub(crate) operation: Operation,
    /// The legal officer, and their browser.
    pub(crate) officer: Caller,
    pub(crate) browser: Visitor,
    pub(crate) releaser: Caller,
    pub(crate) exchange: Exchange,
    pub(crate) signing: SignerKey,
    pub(crate) sealing: Identity,
    served: (CancellationToken, TaskTracker),
}

impl Desk {
    pub(crate) async fn open(is_postgres: bool) -> anyhow::Result<Self> {
        let clock = Arc::new(SystemClock);
        let operation = Operation::generate(&Synthetic::small(7, clock.now()));
        let messenger = Messenger::new(&operation, SECRET.as_bytes(), clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let served = (CancellationToken::new(), TaskTracker::new());
        let (serves, ended) = (messenger.clone(), served.0.clone());
        served.1.spawn(async move { serves.serve(listener, ended).await });

        let mut settings = Settings::default();
        settings.access.step_up = StepUp::None;
        let service = operation.plan.service.clone();
        settings.records = vec![RecordsAt::signed_pull(service, address, SECRET.to_owned())];
        let database = match is_postgres {
            true => {
                Database::postgres("request_cost").await.context("VIGIE_TEST_POSTGRES names no server")?
            }
            false => Database::sqlite(),
        };
        let house = House::of(Plan { database, settings, clock: Some(clock), works: false }).await;
        messenger.trust_grants(vec![house.app().disclosure_verifier()?]);
        let browser = house.person("Lea", &[Role::LegalOfficer]).await;
        let officer = house.caller(&browser).await;
        let releaser = house.caller(&house.person("Rui", &[Role::Releaser]).await).await;
        let (exchange, sealing) = (Exchange::new(&house.address())?, Identity::generate());
        let signing = SignerKey::from_seed("parquet.example/unit", Kind::Note, &[3; 32])?;
        let desk = Self {
            house,
            messenger,
            operation,
            officer,
            browser,
            releaser,
            exchange,
            signing,
            sealing,
            served,
        };
        desk.enter_authority().await?;
        Ok(desk)
    }

    async fn enter_authority(&self) -> anyhow::Result<()> {
        let guardian = self.house.person("Dan", &[Role::DataProtectionOfficer]).await;
        let guardian = self.house.caller(&guardian).await;
        let authority = NewAuthority {
            name: AUTHORITY.into(),
            country: "FR".into(),
            roles: vec![IssuerRole::Prosecutor],
            domains: vec!["parquet.example".into()],
            call_back: "+33 1 99 00 10 20".into(),
            directory: "Annuaire synthétique".into(),
            keys: AuthorityKeys {
                signing: Some(self.signing.verifier().to_string()),
                sealing: Some(self.sealing.to_public().to_string()),
                valid_until: None,
            },
        };
        let app = self.house.app();
        let question = app.ask_to_enter_authority(&self.officer, authority, "called back").await?;
        app.approve(&guardian, question.id).await?;
        Ok(())
    }

    /// A signed requisition about an account: its phone numbers, and its connections of the last so many days.
    pub(crate) fn signed(&self, number: u32, account: &str, days: u32) -> anyhow::Result<Vec<u8>> {
        let now = SystemClock.now();
        let service = &self.operation.plan.service;
        let span = Some(Span { from: now.before(DAY * days), until: now });
        let instrument = Instrument {
            reference: format!("PV 2026/{number}"),
            wanted: vec![Wanted { span, ..wanted(now, service, account) }],
            nonce: format!("nonce-of-request-{number:012}"),
            ..requisition(now, service, account)
        };
        Ok(sign_instrument(&instrument, &self.signing)?.to_bytes())
    }

    /// Hands a document in over HTTP, and reads the request's number from the receipt.
    pub(crate) async fn submit(&self, document: Vec<u8>) -> anyhow::Result<RequestId> {
        let answer = self.exchange.submit(document.clone()).await?;
        let envelope = vigie_seal::envelope::Envelope::read(&answer)?;
        let receipt = Receipt::open(&envelope, &[self.house.app().disclosure_verifier()?], &document)?;
        Ok(receipt.request)
    }

    pub(crate) async fn close(self) {
        self.house.close().await;
        self.served.0.cancel();
        self.served.1.close();
        self.served.1.wait().await;
    }
}
