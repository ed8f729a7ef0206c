//! The application: what every use case works with.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use vigie_model::access::{PasskeyRule, StepUp};
use vigie_model::{Clock, IdGen, Moment};
use vigie_store::Store;

use crate::evidence::RetentionSettings;
use crate::heavy::Heavy;
use crate::identities::Provider;
use crate::intake::{Intake, IntakeSettings};
use crate::ledger::{LedgerSettings, Publisher, Witness};
use crate::matching::Matching;
use crate::passkeys::RelyingParty;
use crate::ports::{AccountRecords, Decoder, Messenger, Pager};
use crate::requests::{DisclosureSettings, UsedPasses};
use crate::transparency::Newest;
use crate::wellbeing::ReviewSettings;

/// The name of the messenger that stands for every service without one of its own.
pub const ANY_SERVICE: &str = "*";

/// What an operator sets, as far as use cases need to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tells this instance from others: part of cookie names and of signatures.
    pub instance: String,
    /// The address shown to people, without a slash at its end.
    pub public_url: String,
    /// The address of the evidence listener, without a slash at its end.
    pub evidence_url: String,
    /// How the ledger is made public.
    pub ledger: LedgerSettings,
    /// What intake may cost, and what it answers about media that cannot be decoded.
    pub intake: IntakeSettings,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// How people who review are shielded, and how their work is checked.
    pub review: ReviewSettings,
    /// How people prove who they are.
    pub access: AccessSettings,
    /// How requests of authorities are answered.
    pub disclosure: DisclosureSettings,
}

/// How people prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessSettings {
    /// Whether a person needs a passkey.
    pub passkeys: PasskeyRule,
    /// What is asked shortly before what shows or hands out material.
    pub step_up: StepUp,
}

impl AccessSettings {
    /// Links alone let people in, and nothing is asked of them later: for tests of other things.
    pub const LINKS_ALONE: Self = Self { passkeys: PasskeyRule::Offered, step_up: StepUp::None };
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self { passkeys: PasskeyRule::Offered, step_up: StepUp::Passkey }
    }
}

/// What the application is made of. Tests make their own.
pub struct Parts {
    /// Where things are kept.
    pub store: Store,
    /// The only source of time.
    pub clock: Arc<dyn Clock>,
    /// The only source of identifiers.
    pub ids: Arc<dyn IdGen>,
    /// The bounded pool for heavy work.
    pub heavy: Heavy,
    /// What decodes media, away from this process; none where no media comes in.
    pub media: Option<Arc<dyn Decoder>>,
    /// The messengers on which actions are performed, by the name of their service; one under [`ANY_SERVICE`] stands for
    /// every service that has none of its own.
    pub messengers: BTreeMap<String, Arc<dyn Messenger>>,
    /// What messengers hold about accounts, by the name of their service. None stands for another: a grant names one service.
    pub records: BTreeMap<String, Arc<dyn AccountRecords>>,
    /// The ways to reach the person on duty; none leaves it to the console.
    pub pagers: Vec<Arc<dyn Pager>>,
    /// The witnesses that cosign the checkpoints of the ledger.
    pub witnesses: Vec<Witness>,
    /// The sign-in service of the organisation, where it has one.
    pub provider: Option<Provider>,
    /// What the operator set.
    pub settings: Settings,
}

/// The application. Cheap to clone; every use case is a method of it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    matching: Matching,
    intake: Intake,
    publisher: Publisher,
    relying_party: Option<RelyingParty>,
    used_passes: UsedPasses,
    newest: Newest,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let intake = Intake::new(&parts.settings.intake);
        let relying_party = RelyingParty::at(&parts.settings.public_url);
        let (matching, publisher) = (Matching::empty(), Publisher::default());
        let (used_passes, newest) = (UsedPasses::since(parts.clock.now()), Newest::default());
        Self(Arc::new(Inner { parts, matching, intake, publisher, relying_party, used_passes, newest }))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The messenger of a service.
    pub(crate) fn messenger(&self, service: &str) -> Option<&Arc<dyn Messenger>> {
        self.messengers.get(service).or_else(|| self.messengers.get(ANY_SERVICE))
    }

    /// The records of a service.
    #[must_use]
    pub fn account_records(&self, service: &str) -> Option<&Arc<dyn AccountRecords>> {
        self.records.get(service)
    }

    /// This process's view of the banks.
    pub(crate) fn matching(&self) -> &Matching {
        &self.0.matching
    }

    /// What this process knows about publishing the ledger.
    pub(crate) fn publisher(&self) -> &Publisher {
        &self.0.publisher
    }

    /// Who we are to authenticators; none where the public address has no name.
    pub(crate) fn relying_party(&self) -> Option<&RelyingParty> {
        self.0.relying_party.as_ref()
    }

    /// Passes of authorities that were used.
    pub(crate) fn used_passes(&self) -> &UsedPasses {
        &self.0.used_passes
    }

    /// The half-year that was counted last.
    pub(crate) fn newest(&self) -> &Newest {
        &self.0.newest
    }

    /// What intake holds in memory.
    pub(crate) fn intake(&self) -> &Intake {
        &self.0.intake
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
