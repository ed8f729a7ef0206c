//! The house of the drill: a store in a folder that goes, a clock that is set, the people of the desk, and the authorities
//! that ask. All of them are invented.
//!
//! What it is not: the service; nothing listens here. To add somebody who asks: an `Office`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use vigie_app::authorities::NewAuthority;
use vigie_app::heavy::Heavy;
use vigie_app::ledger::LedgerSettings;
use vigie_app::ports::AccountRecords;
use vigie_app::records::InProcess;
use vigie_app::regimes::{ConcernLevel, ConcernTable, HousePolicy, StateConcern, Text};
use vigie_app::requests::DisclosureSettings;
use vigie_app::{AccessSettings, App, Parts, Settings};
use vigie_model::access::CallerKind;
use vigie_model::disclosure::{Authority, AuthorityKeys, Identifier, IdentifierKind, IssuerRole};
use vigie_model::{Caller, Clock as _, ManualClock, Moment, Role, SequentialIds};
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::package::Identity;
use vigie_store::{Store, StoreSettings};

use super::records::{MadeUp, SERVICE};

/// The fortnight begins on Monday, 2 November 2026, at eight.
const BEGINS: &str = "2026-11-02T08:00:00Z";
/// Since when the desk knows the authorities when it begins.
const KNOWN_FOR: Duration = Duration::from_secs(40 * 24 * 60 * 60);
/// A session is made anew before it would end by itself.
const SESSION: Duration = Duration::from_secs(20 * 60);
/// Between two rounds of what the service does by itself.
const ROUND: Duration = Duration::from_secs(6 * 60 * 60);
/// The house, as documents address it.
pub(super) const ADDRESSEE: &str = "Drill Messenger";
/// An identifier that nobody was ever given.
pub(super) const DECOY: &str = "u-decoy";
/// Somebody of whom the desk knows that they are a lawyer.
pub(super) const LAWYER: &str = "u-lawyer";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Office {
    /// A prosecutor whom the desk has known for long.
    Paris,
    /// Another, of another Member State.
    Berlin,
    /// Of a place without a state or courts, about which the table of the drill has a grave concern.
    Elsewhere,
    /// Entered days before, and allowed to be an investigator alone.
    Newcomer,
}

impl Office {
    pub(super) const ALL: [Self; 4] = [Self::Paris, Self::Berlin, Self::Elsewhere, Self::Newcomer];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Paris => "Parquet de Synthèse",
            Self::Berlin => "Synthetische Staatsanwaltschaft",
            Self::Elsewhere => "Invented Antarctic Office",
            Self::Newcomer => "Synthetisches Revier",
        }
    }

    pub(super) fn country(self) -> &'static str {
        match self {
            Self::Paris => "FR",
            Self::Berlin | Self::Newcomer => "DE",
            Self::Elsewhere => "AQ",
        }
    }

    fn domain(self) -> &'static str {
        match self {
            Self::Paris => "parquet-synthese.example",
            Self::Berlin => "sta-synthese.example",
            Self::Elsewhere => "antarctic.example",
            Self::Newcomer => "revier-synthese.example",
        }
    }

    fn roles(self) -> Vec<IssuerRole> {
        if self == Self::Newcomer { vec![IssuerRole::Investigator] } else { vec![IssuerRole::Prosecutor] }
    }
}

/// An authority with its own keys.
pub(super) struct Unit {
    pub(super) office: Office,
    pub(super) signing: SignerKey,
    pub(super) sealing: Identity,
    pub(super) known: Authority,
}

impl Unit {
    /// The authority as it calls the exchange.
    pub(super) fn caller(&self) -> Caller {
        let kind = CallerKind::Authority(self.known.id);
        Caller { kind, name: self.known.name.clone(), roles: vec![], scopes: vec![] }
    }
}

/// The people of the desk, signed in.
pub(super) struct People {
    pub(super) officer: Caller,
    pub(super) releaser: Caller,
    pub(super) guardian: Caller,
    pub(super) reviewer: Caller,
    since: Moment,
}

const STAFF: [(&str, Role); 4] = [
    ("Tomas Riva", Role::LegalOfficer),
    ("Rosa Lind", Role::Releaser),
    ("Inès Caron", Role::DataProtectionOfficer),
    ("Mira Holm", Role::Reviewer),
];

/// The house. Its folder goes with it.
pub(super) struct House {
    pub(super) app: App,
    pub(super) people: People,
    pub(super) units: Vec<Unit>,
    pub(super) begins: Moment,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl House {
    /// Opens the house, with the fortnight about to begin.
    pub(super) async fn open() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vigie-drill-").tempdir();
        let folder = folder.context("cannot make a folder")?;
        let begins: Moment = BEGINS.parse().context("the first moment is one")?;
        let clock = Arc::new(ManualClock::at(begins.before(KNOWN_FOR)));
        let store = StoreSettings { database: None, data: folder.path().join("data") };
        let store = Store::open(&store).await.context("cannot open a store")?;
        let app = App::new(parts(store, Arc::clone(&clock), begins));
        for (name, role) in STAFF {
            app.add_person(&Caller::operator(), name, &[role]).await?;
        }
        let people = sign_in(&app).await?;
        let mut house = Self { app, people, units: vec![], begins, clock, _folder: folder };
        for office in Office::ALL {
            if office == Office::Newcomer {
                house.move_to(begins.before(Duration::from_secs(2 * 24 * 60 * 60))).await?;
            }
            let unit = house.enter(office).await?;
            house.units.push(unit);
        }
        house.app.plant_decoy(&house.people.guardian, &account(DECOY)).await?;
        house.move_to(begins).await?;
        Ok(house)
    }

    /// One person enters the authority, another agrees.
    async fn enter(&self, office: Office) -> anyhow::Result<Unit> {
        let signing = signing_key(&format!("{}/unit", office.domain()), office as u8 + 1)?;
        let sealing = Identity::generate();
        let new = NewAuthority {
            name: office.name().into(),
            country: office.country().into(),
            roles: office.roles(),
            domains: vec![office.domain().into()],
            call_back: "+33 1 99 00 10 20".into(),
            directory: "Synthetic directory, page 12".into(),
            keys: AuthorityKeys {
                signing: Some(signing.verifier().to_string()),
                sealing: Some(sealing.to_public().to_string()),
                valid_until: None,
            },
        };
        let why = "found in the directory, and called back";
        let question = self.app.ask_to_enter_authority(&self.people.officer, new, why).await?;
        self.app.approve(&self.people.guardian, question.id).await?;
        let known = self.app.authorities(&self.people.officer).await?;
        let known = known.into_iter().find(|known| known.name == office.name());
        Ok(Unit { office, signing, sealing, known: known.context("it was just entered")? })
    }

    pub(super) fn unit(&self, office: Office) -> anyhow::Result<&Unit> {
        self.units.iter().find(|unit| unit.office == office).context("every office was entered")
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Lets the time go by, with what the service does by itself meanwhile.
    pub(super) async fn move_to(&mut self, moment: Moment) -> anyhow::Result<()> {
        while self.now() < moment {
            let pause = self.until_next_due().await?.map_or(ROUND, |due| due.min(ROUND));
            self.clock.advance(pause.min(moment.since(self.now())));
            self.app.tend().await?;
            self.work().await?;
        }
        if self.now().since(self.people.since) >= SESSION {
            self.people = sign_in(&self.app).await?;
        }
        Ok(())
    }

    /// How long until the next deadline ends: the service looks every few seconds, and so misses none.
    async fn until_next_due(&self) -> anyhow::Result<Option<Duration>> {
        let now = self.now();
        let board = self.app.request_board(&self.people.officer, 0).await?;
        let ahead = board.rows.iter().map(|row| row.deadline.due_at).filter(|due| *due > now);
        Ok(ahead.min().map(|due| due.since(now)))
    }

    /// Carries out everything that is due.
    pub(super) async fn work(&self) -> anyhow::Result<()> {
        Ok(self.app.carry_out_all().await?)
    }
}

/// A key of this name, the same at every run.
pub(super) fn signing_key(name: &str, number: u8) -> anyhow::Result<SignerKey> {
    SignerKey::from_seed(name, Kind::Note, &[number; 32]).context("cannot use this name")
}

/// An account of the service, by its own identifier.
fn account(value: &str) -> Identifier {
    Identifier { kind: IdentifierKind::UserId, value: value.into(), service: SERVICE.into() }
}

async fn sign_in(app: &App) -> anyhow::Result<People> {
    let mut signed_in = Vec::new();
    for person in app.people(&Caller::operator()).await? {
        let link = app.make_sign_in_link(&Caller::operator(), person.id).await?;
        let session = app.sign_in(link.rsplit('/').next().unwrap_or_default(), "vigie drill").await?;
        signed_in.push(app.signed_in(&session).await?.caller);
    }
    let of = |role: Role| signed_in.iter().find(|caller| caller.has(role)).cloned();
    let of = |role: Role| of(role).with_context(|| format!("nobody at the desk is a {role}"));
    Ok(People {
        officer: of(Role::LegalOfficer)?,
        releaser: of(Role::Releaser)?,
        guardian: of(Role::DataProtectionOfficer)?,
        reviewer: of(Role::Reviewer)?,
        since: app.now(),
    })
}

fn parts(store: Store, clock: Arc<ManualClock>, begins: Moment) -> Parts {
    let records: Arc<dyn AccountRecords> = Arc::new(InProcess(MadeUp { until: begins }));
    Parts {
        store,
        clock,
        ids: Arc::new(SequentialIds::default()),
        heavy: Heavy::new(NonZeroUsize::MIN),
        media: None,
        messengers: BTreeMap::new(),
        records: BTreeMap::from([(SERVICE.to_owned(), records)]),
        pagers: vec![],
        witnesses: vec![],
        provider: None,
        settings: Settings {
            instance: "drill".into(),
            public_url: "http://localhost:8420".into(),
            evidence_url: "http://localhost:8421".into(),
            ledger: LedgerSettings::unwatched("vigie.example/drill"),
            intake: vigie_app::intake::IntakeSettings::default(),
            retention: vigie_app::evidence::RetentionSettings::default(),
            review: vigie_app::wellbeing::ReviewSettings::default(),
            access: AccessSettings::LINKS_ALONE,
            disclosure: DisclosureSettings {
                services: vec![SERVICE.into()],
                addressees: vec![ADDRESSEE.into()],
                concerns: Some(concerns()),
                protected: vec![account(LAWYER)],
                policy: Some(policy()),
                ..DisclosureSettings::default()
            },
        },
    }
}

fn offences() -> Vec<String> {
    ["2011/93", "227-23"].map(str::to_owned).to_vec()
}

/// Nobody lives there, so that nobody reads an opinion into a drill.
fn concerns() -> ConcernTable {
    ConcernTable {
        version: 1,
        date: "2026-11-01".into(),
        home: "FR".into(),
        many_targets: 20,
        scope: offences(),
        punishable_here: offences(),
        state: vec![StateConcern {
            country: "AQ".into(),
            concern: ConcernLevel::High,
            reason: Text::new(
                "Invented: courts there try people for what they write.",
                "Inventé : les tribunaux y jugent des personnes pour leurs écrits.",
            ),
            source: "invented report on the courts there, page 12".into(),
            date: "2026-11-01".into(),
        }],
    }
}

fn policy() -> HousePolicy {
    HousePolicy {
        version: 1,
        judicial_origin: true,
        suspect: true,
        offences: offences(),
        in_emergencies: false,
    }
}
