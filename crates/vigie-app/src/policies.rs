//! The policies: who may do what, as text in `policies/*.cedar` that is compiled in, and judged by Cedar.
//!
//! What it is: the texts put together and held to `policies/vigie.cedarschema`, an operator's overlay that can only
//! forbid, and the engine that decides. What it is not: use cases ask [`authorise()`](crate::authorise()), never this.
//!
//! To add a policy: its text, with an `@id` and a comment, in the file of its concern. To add a file: a line in `TEXTS`.
//! docs/access-matrix.md shows what comes of it, and a test holds that page.

mod asker;
mod memo;

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

use cedar_policy::{
    Authorizer, Context, Effect, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, Response, Schema,
    ValidationMode, Validator,
};
use uuid::Uuid;
use vigie_model::Operation;

use crate::Resource;
pub(crate) use asker::{Asker, Kind};
pub(crate) use memo::Decision;
use memo::{Key, Memo};

/// What the policies are held to.
const SCHEMA: &str = include_str!("../policies/vigie.cedarschema");

/// The policies, a file for each concern.
const TEXTS: &[(&str, &str)] = &[
    ("alarms.cedar", include_str!("../policies/alarms.cedar")),
    ("banks.cedar", include_str!("../policies/banks.cedar")),
    ("bases.cedar", include_str!("../policies/bases.cedar")),
    ("disclosure.cedar", include_str!("../policies/disclosure.cedar")),
    ("evidence.cedar", include_str!("../policies/evidence.cedar")),
    ("hunts.cedar", include_str!("../policies/hunts.cedar")),
    ("ledger.cedar", include_str!("../policies/ledger.cedar")),
    ("machines.cedar", include_str!("../policies/machines.cedar")),
    ("material.cedar", include_str!("../policies/material.cedar")),
    ("people.cedar", include_str!("../policies/people.cedar")),
    ("review.cedar", include_str!("../policies/review.cedar")),
];

/// Why policies cannot be put in force. Nothing is permitted on the strength of policies that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema itself is wrong.
    #[error("cannot read the schema of policies: {0}")]
    Schema(String),
    /// It is no Cedar.
    #[error("cannot read the policies in {file}: {why}")]
    Text {
        /// Where.
        file: String,
        /// What Cedar says.
        why: String,
    },
    /// A policy of ours that could not be spoken of.
    #[error("a policy in {file} has no @id")]
    Unnamed {
        /// Where.
        file: String,
    },
    /// Two policies with one name.
    #[error("two policies are named {id}")]
    TwiceNamed {
        /// The name.
        id: String,
    },
    /// It speaks of roles, operations or attributes that do not exist, or can never apply.
    #[error("the policies in {file} do not fit the schema: {why}")]
    Misfit {
        /// Where.
        file: String,
        /// What Cedar says.
        why: String,
    },
    /// An overlay that gives instead of taking.
    #[error("{id} in {file} is a permit, and an overlay can only forbid")]
    Permits {
        /// Where.
        file: String,
        /// Which policy.
        id: String,
    },
    /// An overlay that forbids something to nobody.
    #[error(
        "{file} names {name}, which is not the identifier of a person or token: `vigie person list` shows them"
    )]
    NoIdentifier {
        /// Where.
        file: String,
        /// What it names.
        name: String,
    },
    /// Decisions were made by other policies already.
    #[error("other policies are in force in this process already")]
    InForce,
}

/// Policies that were read and held to the schema.
pub struct Policies {
    schema: Schema,
    set: PolicySet,
    /// How many of them are an operator's.
    added: usize,
    overlay: Option<String>,
    /// People and tokens that a policy names one by one, with the number by which a decision about each is remembered.
    named: BTreeMap<(Kind, Uuid), u8>,
    memo: Memo,
}

impl Policies {
    /// Those that are compiled in.
    ///
    /// # Errors
    /// They cannot be read, or do not fit the schema.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::from_texts(SCHEMA, TEXTS)
    }

    /// Those that are compiled in, and an operator's that forbid more.
    ///
    /// # Errors
    /// The overlay cannot be read, permits something, does not fit the schema, or can never apply.
    pub fn with_overlay(file: &str, text: &str) -> Result<Self, PolicyError> {
        let mut policies = Self::built_in()?;
        for (number, policy) in read(file, text)?.into_iter().enumerate() {
            let id = policy.annotation("id").map_or_else(|| (number + 1).to_string(), str::to_owned);
            let id = format!("overlay.{id}");
            if policy.effect() == Effect::Permit {
                return Err(PolicyError::Permits { file: file.to_owned(), id });
            }
            add(&mut policies.set, &policy, id)?;
            policies.name_one_by_one(file, &policy)?;
            policies.added += 1;
        }
        policies.overlay = Some(text.to_owned());
        fit(&policies.schema, &policies.set, file)?;
        Ok(policies)
    }

    /// Holds ours to the schema after reading them.
    fn from_texts(schema: &str, texts: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let policies = Self::read_in(schema, texts)?;
        fit(&policies.schema, &policies.set, "the program")?;
        Ok(policies)
    }

    fn read_in(schema: &str, texts: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let (schema, _warnings) =
            Schema::from_cedarschema_str(schema).map_err(|error| PolicyError::Schema(said(&error)))?;
        let mut set = PolicySet::new();
        for (file, text) in texts {
            for policy in read(file, text)? {
                let unnamed = || PolicyError::Unnamed { file: (*file).to_owned() };
                let id = policy.annotation("id").ok_or_else(unnamed)?.to_owned();
                add(&mut set, &policy, id)?;
            }
        }
        Ok(Self { schema, set, added: 0, overlay: None, named: BTreeMap::new(), memo: Memo::default() })
    }

    /// How many policies there are, and how many of these are the operator's.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.set.num_of_policies(), self.added)
    }

    /// Decides. What was decided before about the same roles, scopes, operation and resource is remembered.
    pub(crate) fn decide(
        &self,
        asker: &Asker<'_>,
        operation: Operation,
        resource: Resource,
    ) -> Arc<Decision> {
        let named = if self.named.is_empty() { 0 } else { self.number_of(asker) };
        let key = Key::of(asker, operation, resource, named);
        self.memo.get(key).unwrap_or_else(|| self.memo.keep(key, self.judge(asker, operation, resource)))
    }

    /// Has Cedar judge. Whatever goes wrong is a refusal: a `forbid` that failed would otherwise forbid nothing.
    fn judge(&self, asker: &Asker<'_>, operation: Operation, resource: Resource) -> Decision {
        match self.ask(asker, operation, resource) {
            Ok(response) => {
                let failed = response.diagnostics().errors().next().is_some();
                let permitted = response.decision() == cedar_policy::Decision::Allow && !failed;
                let reasons = response.diagnostics().reason().map(ToString::to_string);
                Decision::new(permitted, reasons.collect())
            }
            // The schema has no such act for such a caller: nobody could permit it.
            Err(_) => Decision::new(false, vec!["schema".to_owned()]),
        }
    }

    fn ask(
        &self,
        asker: &Asker<'_>,
        operation: Operation,
        resource: Resource,
    ) -> Result<Response, Box<dyn std::error::Error>> {
        let (principal, resource) = (asker.entity()?, asker::entity_of(resource)?);
        let action = asker::uid("Action", operation.name())?;
        let request =
            Request::new(principal.uid(), action, resource.uid(), Context::empty(), Some(&self.schema))?;
        let entities = Entities::from_entities([principal, resource], None)?;
        Ok(Authorizer::new().is_authorized(&request, &self.set, &entities))
    }

    fn number_of(&self, asker: &Asker<'_>) -> u8 {
        let id = asker.id().and_then(|id| self.named.get(&(asker.kind(), id)));
        id.copied().unwrap_or_default()
    }

    /// A decision about somebody whom a policy names is remembered for them alone.
    fn name_one_by_one(&mut self, file: &str, policy: &Policy) -> Result<(), PolicyError> {
        for uid in policy.entity_literals() {
            let Some(kind) = Kind::ONE_BY_ONE.into_iter().find(|kind| is_of(&uid, *kind)) else { continue };
            let misnamed = || PolicyError::NoIdentifier { file: file.to_owned(), name: uid.to_string() };
            let id = Uuid::from_str(uid.id().unescaped()).map_err(|_| misnamed())?;
            // Cedar compares texts: another way to write the same identifier would name nobody.
            if id.to_string() != uid.id().unescaped() {
                return Err(misnamed());
            }
            let number = u8::try_from(self.named.len() + 1).map_err(|_| PolicyError::Misfit {
                file: file.to_owned(),
                why: "it names more than 255 people and tokens: give them a role or a scope".into(),
            })?;
            self.named.entry((kind, id)).or_insert(number);
        }
        Ok(())
    }
}

/// The policies of this process.
static IN_FORCE: OnceLock<Policies> = OnceLock::new();

/// Puts policies in force for this process, before anything is asked. Doing it again with the same changes nothing.
///
/// # Errors
/// Others are in force.
pub fn put_in_force(policies: Policies) -> Result<(), PolicyError> {
    let overlay = policies.overlay.clone();
    let now = IN_FORCE.get_or_init(|| policies);
    if now.overlay == overlay { Ok(()) } else { Err(PolicyError::InForce) }
}

/// The policies in force: those compiled in, unless others were put. Should they be unreadable, nothing is permitted.
///
/// Whoever starts a service puts them, held to the schema. Where nobody did, as in a test of a use case, they are only
/// read: a test of their own holds them.
pub(crate) fn in_force() -> Option<&'static Policies> {
    if let Some(policies) = IN_FORCE.get() {
        return Some(policies);
    }
    match Policies::read_in(SCHEMA, TEXTS) {
        Ok(policies) => Some(IN_FORCE.get_or_init(|| policies)),
        Err(error) => {
            tracing::error!(%error, "nothing is permitted");
            None
        }
    }
}

fn read(file: &str, text: &str) -> Result<Vec<Policy>, PolicyError> {
    let unreadable = |why: String| PolicyError::Text { file: file.to_owned(), why };
    let set = PolicySet::from_str(text).map_err(|error| unreadable(said(&error)))?;
    if set.templates().next().is_some() {
        return Err(unreadable("a policy has a slot, which nothing fills".into()));
    }
    Ok(set.policies().cloned().collect())
}

fn add(set: &mut PolicySet, policy: &Policy, id: String) -> Result<(), PolicyError> {
    set.add(policy.new_id(PolicyId::new(&id))).map_err(|_| PolicyError::TwiceNamed { id })
}

/// Holds policies to the schema. What can never apply is refused as well: a typing mistake must not leave a gate open.
fn fit(schema: &Schema, set: &PolicySet, file: &str) -> Result<(), PolicyError> {
    let found = Validator::new(schema.clone()).validate(set, ValidationMode::Strict);
    let errors = found.validation_errors().map(|error| said(error));
    let why: Vec<_> = errors.chain(found.validation_warnings().map(|warning| said(warning))).collect();
    if why.is_empty() {
        return Ok(());
    }
    Err(PolicyError::Misfit { file: file.to_owned(), why: why.join("; ") })
}

/// What Cedar says of an error, with what it says underneath.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(source) = below {
        text = format!("{text}: {source}");
        below = source.source();
    }
    text
}

fn is_of(uid: &EntityUid, kind: Kind) -> bool {
    uid.type_name().basename() == kind.name()
}

#[cfg(test)]
mod tests;
