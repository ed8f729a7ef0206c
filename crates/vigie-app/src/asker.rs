//! Who asked, told outwards: the door that logs a refusal stands before whoever recognises the caller.
//!
//! What it is: one place for the ledger's name of a caller, laid beside a request on its way in and read on the way out.
//! What it is not: a permission. Nobody is let in by it.

use std::sync::{Arc, OnceLock};

use vigie_model::Caller;

/// The place for the name. Copies are handles to the same.
#[derive(Debug, Clone, Default)]
pub struct Asker(Arc<OnceLock<String>>);

impl Asker {
    /// Notes who it is, once a credential was recognised. The first word counts.
    pub fn is(&self, caller: &Caller) {
        let _known = self.0.set(caller.actor());
    }

    /// Kind and identifier of who asked, never a name; none where no credential was recognised.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
