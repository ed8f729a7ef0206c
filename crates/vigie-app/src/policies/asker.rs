//! Who asks and of what, as the policies see it.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use uuid::Uuid;
use vigie_model::access::CallerKind;
use vigie_model::{Caller, Role, Scope};

use crate::Resource;

/// How somebody comes in, by the words of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Person,
    Token,
    Operator,
    System,
    Loopback,
    Authority,
}

impl Kind {
    /// The kinds that a policy may name one by one.
    pub(super) const ONE_BY_ONE: [Self; 2] = [Self::Person, Self::Token];

    /// The word of the schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Token => "Token",
            Self::Operator => "Operator",
            Self::System => "System",
            Self::Loopback => "Loopback",
            Self::Authority => "Authority",
        }
    }
}

/// Who asks: what a policy can tell apart, and nothing else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    kind: Kind,
    id: Option<Uuid>,
    roles: &'a [Role],
    scopes: &'a [Scope],
}

impl<'a> Asker<'a> {
    /// The caller of a use case.
    pub(crate) fn of(caller: &'a Caller) -> Self {
        let (kind, id) = match caller.kind {
            CallerKind::Person { id, .. } => (Kind::Person, Some(id.0)),
            CallerKind::Token(id) => (Kind::Token, Some(id.0)),
            CallerKind::Operator => (Kind::Operator, None),
            CallerKind::System => (Kind::System, None),
            CallerKind::Loopback => (Kind::Loopback, None),
            CallerKind::Authority(id) => (Kind::Authority, Some(id.0)),
        };
        Self { kind, id, roles: &caller.roles, scopes: &caller.scopes }
    }

    /// Somebody who does not ask at this moment: whom to tell, who can be on duty, whose ticket it is.
    pub(crate) fn person(person: &'a vigie_store::people::Person) -> Self {
        Self { kind: Kind::Person, id: Some(person.id.0), roles: &person.roles, scopes: &[] }
    }

    /// How they came in.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn id(&self) -> Option<Uuid> {
        self.id
    }

    pub(super) fn roles(&self) -> &'a [Role] {
        self.roles
    }

    pub(super) fn scopes(&self) -> &'a [Scope] {
        self.scopes
    }

    /// Only people have roles and only tokens have scopes, whatever else the caller carries.
    pub(super) fn entity(&self) -> Result<Entity, Box<dyn Error>> {
        let mut parents = HashSet::new();
        match self.kind {
            Kind::Person => {
                for role in self.roles {
                    parents.insert(uid("Role", role.name())?);
                }
            }
            Kind::Token => {
                for scope in self.scopes {
                    parents.insert(uid("Scope", scope.name())?);
                }
            }
            Kind::Operator | Kind::System | Kind::Loopback | Kind::Authority => {}
        }
        let id = self.id.map_or_else(|| self.kind.name().to_lowercase(), |id| id.to_string());
        Ok(Entity::new_no_attrs(uid(self.kind.name(), &id)?, parents))
    }
}

/// What is asked of.
pub(super) fn entity_of(resource: Resource) -> Result<Entity, Box<dyn Error>> {
    match resource {
        Resource::Any => Ok(Entity::new_no_attrs(uid("Instance", "vigie")?, HashSet::new())),
        Resource::Material(need) => {
            let attributes: HashMap<_, _> = need
                .attributes()
                .into_iter()
                .map(|(name, holds)| (name.to_owned(), RestrictedExpression::new_bool(holds)))
                .collect();
            Ok(Entity::new(uid("Material", "media")?, attributes, HashSet::new())?)
        }
    }
}

pub(super) fn uid(kind: &str, id: &str) -> Result<EntityUid, Box<dyn Error>> {
    Ok(EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>()?, EntityId::new(id)))
}
