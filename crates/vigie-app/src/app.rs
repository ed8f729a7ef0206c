//! The application: what every use case works with.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use vigie_media::DecodePool;
use vigie_model::{Clock, IdGen, Moment};
use vigie_store::Store;

use crate::heavy::Heavy;
use crate::matching::Matching;
use crate::ports::{Messenger, Pager};

/// What an operator sets, as far as use cases need to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tells this instance from others: part of cookie names and of signatures.
    pub instance: String,
    /// The address shown to people, without a slash at its end.
    pub public_url: String,
    /// The address of the evidence listener, without a slash at its end.
    pub evidence_url: String,
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
    /// The children that decode media; none where nothing is previewed.
    pub media: Option<DecodePool>,
    /// The messengers on which actions are performed, by the name of their service.
    pub messengers: BTreeMap<String, Arc<dyn Messenger>>,
    /// What reaches the person on duty; none leaves it to the console.
    pub pager: Option<Arc<dyn Pager>>,
    /// What the operator set.
    pub settings: Settings,
}

/// The application. Cheap to clone; every use case is a method of it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    matching: Matching,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner { parts, matching: Matching::empty() }))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// This process's view of the banks.
    pub(crate) fn matching(&self) -> &Matching {
        &self.0.matching
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
