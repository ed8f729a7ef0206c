//! A disclosure desk in the house: a messenger that holds records, an authority of the directory, people, and requests.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use vigie_app::authorities::NewAuthority;
use vigie_app::ports::AccountRecords;
use vigie_app::records::{Holdings, InProcess};
use vigie_app::regimes::Held;
use vigie_app::requests::{CallOutcome, CallReport, DisclosureSettings, EnteredRequest};
use vigie_model::disclosure::{
    AuthorityKeys, Category, GrantedTask, Instrument, IssuerRole, Office, Record, Wanted,
};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Role};
use vigie_synth::requests::{prosecutor, wanted};

use crate::house::{House, Visitor};

/// The service whose records these are.
pub(crate) const SERVICE: &str = "messenger.example";
/// To what packages are sealed; nobody has the key that opens them.
pub(crate) const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// A messenger that holds two connections of everybody, one of them without a port.
struct TwoConnections;

/// The account that these tests ask about.
const ACCOUNT: &str = "u-7";

impl Holdings for TwoConnections {
    fn records(&self, granted: &GrantedTask, now: Moment) -> Vec<Record> {
        let connection = |port, hours: u64| Record::Connection {
            account: granted.subjects[0].clone(),
            address: "203.0.113.9".into(),
            port,
            at: now.before(Duration::from_secs(hours * 60 * 60)),
        };
        vec![connection(Some(40_443), 30), connection(None, 40)]
    }
}

/// The records of the house.
pub(crate) fn records() -> Arc<dyn AccountRecords> {
    Arc::new(InProcess(TwoConnections))
}

/// What the operator set about the desk.
pub(crate) fn settings() -> DisclosureSettings {
    DisclosureSettings {
        services: vec![SERVICE.into()],
        addressees: vec!["Messenger".into()],
        held: vec![Held { category: Category::Identification, days: Some(365) }],
        ..DisclosureSettings::default()
    }
}

/// A requisition about the addresses of one account.
pub(crate) fn requisition(house: &House) -> Instrument {
    let now = house.app.now();
    Instrument {
        reference: "PV <2026>/118".into(),
        issuer: Office { name: "Parquet de <Synth\u{e8}se>".into(), ..prosecutor() },
        wanted: vec![Wanted { categories: vec![Category::Identification], ..wanted(now, SERVICE, ACCOUNT) }],
        facts: "<script>alert(1)</script>".into(),
        nonce: String::new(),
        ..vigie_synth::requests::requisition(now, SERVICE, ACCOUNT)
    }
}

impl House {
    /// A signed-in visitor with the caller that the use cases know them by.
    pub(crate) async fn colleague(&self, name: &str, role: Role) -> (Visitor<'_>, Caller) {
        let visitor = self.person(name, role).await;
        let person = self.app.person_named(&Caller::operator(), name).await.unwrap();
        let link = self.app.make_sign_in_link(&Caller::operator(), person.id).await.unwrap();
        let session = self.app.sign_in(link.rsplit('/').next().unwrap(), "test").await.unwrap();
        let caller = self.app.signed_in(&session).await.unwrap().caller;
        (visitor, caller)
    }

    /// A legal officer, a releaser and a data protection officer, with an authority in the directory.
    pub(crate) async fn staffed(&self) -> [(Visitor<'_>, Caller); 3] {
        let lea = self.colleague("Lea", Role::LegalOfficer).await;
        let rui = self.colleague("Rui", Role::Releaser).await;
        let dee = self.colleague("Dee", Role::DataProtectionOfficer).await;
        self.enter_authority((&lea.1, &dee.1)).await;
        [lea, rui, dee]
    }

    /// Enters the authority that asks, as two people do.
    pub(crate) async fn enter_authority(&self, people: (&Caller, &Caller)) {
        self.enter_authority_signing(people, None).await;
    }

    /// Enters the authority with the key by which it signs.
    pub(crate) async fn enter_authority_signing(
        &self,
        (one, other): (&Caller, &Caller),
        signing: Option<String>,
    ) {
        let new = NewAuthority {
            name: "Parquet de <Synth\u{e8}se>".into(),
            country: "FR".into(),
            roles: vec![IssuerRole::Prosecutor],
            domains: vec!["parquet.example".into()],
            call_back: "+33 1 99 00 00 00".into(),
            directory: "Annuaire".into(),
            keys: AuthorityKeys { signing, sealing: Some(RECIPIENT.into()), valid_until: None },
        };
        let question = self.app.ask_to_enter_authority(one, new, "Known").await.unwrap();
        self.app.approve(other, question.id).await.unwrap();
    }

    /// Enters a request as a clerk does, and has it examined.
    pub(crate) async fn enter(&self, clerk: &Caller, instrument: Instrument) -> RequestId {
        let entered = EnteredRequest {
            document: Bytes::from_static(b"%PDF-1.7 <a requisition>"),
            mime: "application/pdf".into(),
            instrument,
            diagnostics: vec!["/mood: nobody knows <this>".into()],
        };
        let id = self.app.enter_request(clerk, entered).await.unwrap().id;
        self.work().await;
        id
    }

    /// Has a request called back by a second person, who is told that it is genuine.
    pub(crate) async fn call_back(&self, id: RequestId, (clerk, releaser): (&Caller, &Caller)) {
        let call = self.app.ask_call_back(clerk, id).await.unwrap();
        let report = CallReport {
            authority: self.app.authorities(clerk).await.unwrap()[0].id,
            spoke_with: "the duty officer".into(),
            read_back: call.nonce,
            outcome: CallOutcome::Confirmed,
        };
        self.app.report_call_back(releaser, id, &report).await.unwrap();
        self.work().await;
    }

    /// Has what a request asks leave, as two people do.
    pub(crate) async fn release(&self, id: RequestId, (clerk, releaser): (&Caller, &Caller)) {
        self.call_back(id, (clerk, releaser)).await;
        for warning in self.app.request(clerk, id).await.unwrap().warnings {
            let settled = (warning.task, &*warning.kind, "Known");
            self.app.settle_warning(releaser, id, settled).await.unwrap();
        }
        self.app.accept_request(clerk, id).await.unwrap();
        self.work().await;
        let question = self.app.ask_release(clerk, id, "Found valid").await.unwrap();
        self.app.approve(releaser, question.id).await.unwrap();
        self.work().await;
    }

    /// Carries out every job that waits.
    pub(crate) async fn work(&self) {
        self.app.carry_out_all().await.unwrap();
    }
}
