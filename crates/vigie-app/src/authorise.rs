//! Who may do what: one function in front of every use case. What it answers stands in the policies; default deny.
//!
//! What it is: the question put to the policies in force, and the trace of a refusal. What it is not: it knows no role and
//! no scope. To permit an operation, write a policy (`policies.rs` says where).

use vigie_model::{Caller, Operation};
use vigie_store::people::Person;

use crate::policies::{Asker, Decision, in_force};
use crate::{Code, Error, Result};

/// What the operation is asked of. Rules that depend on the thing itself stand here, not in the use cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The whole kind: lists, and making new ones.
    Any,
    /// Sealed media of an incident.
    Material(Need),
}

/// Why this caller would see this material at this moment. Nothing of it: no need. The policies say which of these are
/// enough for whom; `vigie.cedarschema` says what each means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Need {
    /// They hold the incident.
    pub holds: bool,
    /// Somebody else asked a second person about it, and the answer is open.
    pub second_person: bool,
    /// It waits for a senior reviewer.
    pub escalated: bool,
    /// They were called for, or took, an alarm on it that is under way.
    pub alarm: bool,
    /// It is part of a wave that is not decided.
    pub in_open_wave: bool,
    /// They took its decision to read it again, and have not concluded.
    pub reads_again: bool,
}

impl Need {
    /// Every reason there is.
    const EVERY: Self = Self {
        holds: true,
        second_person: true,
        escalated: true,
        alarm: true,
        in_open_wave: true,
        reads_again: true,
    };

    /// Each, by its name in the schema.
    pub(crate) fn attributes(self) -> [(&'static str, bool); 6] {
        [
            ("holds", self.holds),
            ("second_person", self.second_person),
            ("escalated", self.escalated),
            ("alarm", self.alarm),
            ("in_open_wave", self.in_open_wave),
            ("reads_again", self.reads_again),
        ]
    }
}

/// Guards a use case: a policy must permit the operation, and none forbid it. A refusal leaves a line in the log.
///
/// # Errors
/// [`Code::Forbidden`], without saying who would be permitted; [`Code::NoNeed`] where the caller sees material when they
/// need to, and does not need to see this.
pub fn authorise(caller: &Caller, operation: Operation, resource: Resource) -> Result<()> {
    guard(&Asker::of(caller), operation, resource)
}

/// Whether the caller could do it: for screens that offer only what somebody can do, and answers that show more to some.
/// It guards nothing and leaves no trace.
#[must_use]
pub fn permits(caller: &Caller, operation: Operation, resource: Resource) -> bool {
    in_force().is_some_and(|policies| policies.decide(&Asker::of(caller), operation, resource).is_permitted())
}

/// Whether a living person who is not asking could do it: whom to tell, who can be on duty.
pub(crate) fn permits_person(person: &Person, operation: Operation) -> bool {
    let asker = Asker::person(person);
    person.ended_at.is_none()
        && in_force().is_some_and(|policies| policies.decide(&asker, operation, Resource::Any).is_permitted())
}

/// Guards what happens for a person by whom no request was signed: a ticket that was given to them is used.
pub(crate) fn authorise_person(person: &Person, operation: Operation, resource: Resource) -> Result<()> {
    if person.ended_at.is_some() {
        return Err(forbidden(operation));
    }
    guard(&Asker::person(person), operation, resource)
}

fn guard(asker: &Asker<'_>, operation: Operation, resource: Resource) -> Result<()> {
    let Some(policies) = in_force() else { return Err(forbidden(operation)) };
    let decision = policies.decide(asker, operation, resource);
    if decision.is_permitted() {
        return Ok(());
    }
    tell(&decision, asker, operation);
    let needed = Resource::Material(Need::EVERY);
    if resource != Resource::Any && policies.decide(asker, operation, needed).is_permitted() {
        return Err(Error::new(Code::NoNeed, "take the incident first: its media is for who holds it"));
    }
    Err(forbidden(operation))
}

fn forbidden(operation: Operation) -> Error {
    Error::new(Code::Forbidden, format!("{operation} is not permitted"))
}

/// A line in the log: what was asked, by what kind of caller, and which policies forbade it. Never of what.
fn tell(decision: &Decision, asker: &Asker<'_>, operation: Operation) {
    if let Some(times) = decision.count_denial() {
        tracing::warn!(
            operation = operation.name(),
            caller = asker.kind().name(),
            policies = decision.policies().join(" "),
            times,
            "not permitted"
        );
    }
}

#[cfg(test)]
mod tests;
