//! The application: what every use case works with.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use vigie_model::{Clock, IdGen, Moment};
use vigie_store::Store;

use crate::evidence::RetentionSettings;
use crate::heavy::Heavy;
use crate::intake::{Intake, IntakeSettings};
use crate::ledger::{LedgerSettings, Publisher, Witness};
use crate::matching::Matching;
use crate::ports::{Decoder, Messenger, Pager};
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
    /// The ways to reach the person on duty; none leaves it to the console.
    pub pagers: Vec<Arc<dyn Pager>>,
    /// The witnesses that cosign the checkpoints of the ledger.
    pub witnesses: Vec<Witness>,
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
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let intake = Intake::new(&parts.settings.intake);
        Self(Arc::new(Inner { parts, matching: Matching::empty(), intake, publisher: Publisher::default() }))
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

    /// This process's view of the banks.
    pub(crate) fn matching(&self) -> &Matching {
        &self.0.matching
    }

    /// What this process knows about publishing the ledger.
    pub(crate) fn publisher(&self) -> &Publisher {
        &self.0.publisher
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
