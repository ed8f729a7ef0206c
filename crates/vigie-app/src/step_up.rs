//! Confirming that it is still the same person, shortly before what shows or hands out material.
//!
//! A session proves that somebody signed in, not that they are still the one in front of it. What is worth an attacker's
//! walk to an unlocked screen asks for a passkey again: one function, [`App::confirmed_lately`], refuses with one code,
//! [`Code::StepUpNeeded`]. Signing in does not count: what is confirmed is the act, not the morning.
//!
//! To have another act ask: call the function after `authorise`, before anything is read or written.

use std::time::Duration;

use vigie_model::Caller;
use vigie_model::access::{CallerKind, StepUp};

use crate::{App, Code, Error, Result};

/// How long a confirmation holds, in the session in which it was given.
const HOLDS: Duration = Duration::from_secs(15 * 60);

impl App {
    /// Refuses a person who did not confirm lately that it is them, where the operator wants it.
    ///
    /// # Errors
    /// [`Code::StepUpNeeded`].
    pub(crate) fn confirmed_lately(&self, caller: &Caller) -> Result<()> {
        if self.settings.access.step_up == StepUp::None {
            return Ok(());
        }
        self.used_a_passkey_lately(caller)
    }

    /// Whether the caller used a passkey so lately that nothing asks for it.
    #[must_use]
    pub fn has_confirmed(&self, caller: &Caller) -> bool {
        self.used_a_passkey_lately(caller).is_ok()
    }

    /// The same whatever the operator wants: for changes of the passkeys themselves, which a stolen session must not make.
    ///
    /// # Errors
    /// [`Code::StepUpNeeded`].
    pub(crate) fn used_a_passkey_lately(&self, caller: &Caller) -> Result<()> {
        let holds = match caller.kind {
            CallerKind::Person { fresh, .. } => {
                fresh.is_some_and(|fresh| fresh <= self.now() && self.now().since(fresh) <= HOLDS)
            }
            CallerKind::System => true,
            CallerKind::Token(_) | CallerKind::Authority(_) | CallerKind::Operator | CallerKind::Loopback => {
                false
            }
        };
        if holds {
            return Ok(());
        }
        Err(Error::new(Code::StepUpNeeded, "use your passkey again: it holds for 15 minutes in this session"))
    }
}
