//! Who is asking: roles of people, scopes of tokens, and the caller that every use case receives.

use crate::Moment;
use crate::id::{AuthorityId, PersonId, SessionId, TokenId};

crate::names! {
    /// What a person is trusted with. A person may hold several.
    pub enum Role {
        /// Reviews incidents.
        Reviewer => "reviewer",
        /// Reviews, and is the second person for what cannot be undone.
        SeniorReviewer => "senior_reviewer",
        /// Answers requests of authorities.
        LegalOfficer => "legal_officer",
        /// Is the second person for a disclosure.
        Releaser => "releaser",
        /// Works on cases of a unit.
        Analyst => "analyst",
        /// Heads a unit.
        UnitHead => "unit_head",
        /// Reads a case as its magistrate.
        Magistrate => "magistrate",
        /// Guards the rights of the people whose data this is.
        DataProtectionOfficer => "data_protection_officer",
        /// Reads the ledger and the statistics, never material.
        Auditor => "auditor",
        /// Looks after people and settings, never material.
        Administrator => "administrator",
        /// Acts for an authority at the portal. Holds no other role, and sees nothing of the house.
        Official => "official",
    }
}

impl Role {
    /// Whether administrators of the house give it. An official is invited for an authority, by that authority.
    #[must_use]
    pub const fn is_of_the_house(self) -> bool {
        !matches!(self, Self::Official)
    }

    /// Whether it is given by two people: who holds it can give away data, destroy it, or say who may.
    #[must_use]
    pub const fn is_powerful(self) -> bool {
        matches!(
            self,
            Self::Administrator
                | Self::SeniorReviewer
                | Self::LegalOfficer
                | Self::Releaser
                | Self::DataProtectionOfficer
        )
    }
}

crate::names! {
    /// What an API token may be used for.
    pub enum Scope {
        /// Send submissions, conversations and user reports.
        Submit => "submit",
        /// Receive match receipts with the answer: distance, bank and entry.
        Receipts => "receipts",
        /// Hash and match through the HMA-compatible API.
        HmaMatch => "hma_match",
        /// Change banks through the HMA-compatible API.
        HmaCurate => "hma_curate",
        /// Read and fill banks through our own API.
        Banks => "banks",
        /// Read the service's own figures.
        Metrics => "metrics",
    }
}

crate::names! {
    /// What an operator wants of passkeys.
    pub enum PasskeyRule {
        /// A person without one is offered to make one, and signs in by links until then.
        Offered => "offered",
        /// A link lets a person make a passkey, and do nothing else before.
        Required => "required",
    }
}

crate::names! {
    /// What is asked of a person, in the same session, shortly before what shows or hands out material.
    pub enum StepUp {
        /// A fresh use of a passkey.
        Passkey => "passkey",
        /// Nothing.
        None => "none",
    }
}

crate::names! {
    /// What opened a session.
    pub enum OpenedBy {
        /// A one-time link.
        Link => "link",
        /// A passkey.
        Passkey => "passkey",
        /// The sign-in service of the organisation.
        Provider => "provider",
    }
}

crate::names! {
    /// What a ceremony with an authenticator, or with the sign-in service of the organisation, is for.
    pub enum CeremonyKind {
        /// To make a passkey.
        Enrol => "enrol",
        /// To sign in.
        SignIn => "sign_in",
        /// To confirm, within a session, that it is the same person.
        Confirm => "confirm",
        /// To sign in by the sign-in service.
        ProviderSignIn => "provider_sign_in",
        /// To join the person who is signed in to their account there.
        ProviderJoin => "provider_join",
    }
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// A signed-in person.
    Person {
        /// Who.
        id: PersonId,
        /// In which browser.
        session: SessionId,
        /// When they last confirmed in it, by a passkey, that it is them.
        fresh: Option<Moment>,
    },
    /// A machine with a token.
    Token(TokenId),
    /// The local operator on the command line: sees no material, and is no second person.
    Operator,
    /// Vigie itself, doing what somebody asked before.
    System,
    /// An authority whose registered key signed what came in.
    Authority(AuthorityId),
    /// A caller of the HMA-compatible API where the operator allows strangers on loopback.
    Loopback,
}

/// Who is asking, as every use case receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// How they came in.
    pub kind: CallerKind,
    /// The name to show: of the person, of the token, or the word for the rest.
    pub name: String,
    /// Roles held at this moment; empty for machines.
    pub roles: Vec<Role>,
    /// Scopes of the token; empty for people.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// The local operator.
    #[must_use]
    pub fn operator() -> Self {
        Self { kind: CallerKind::Operator, name: "operator".into(), roles: vec![], scopes: vec![] }
    }

    /// Vigie itself.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: CallerKind::System, name: "system".into(), roles: vec![], scopes: vec![] }
    }

    /// The person, where the caller is one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self.kind {
            CallerKind::Person { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The token, where the caller is a machine.
    #[must_use]
    pub fn token(&self) -> Option<TokenId> {
        match self.kind {
            CallerKind::Token(id) => Some(id),
            _ => None,
        }
    }

    /// Whether the caller holds this role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// How the ledger names the caller: kind and identifier, never the name.
    #[must_use]
    pub fn actor(&self) -> String {
        match self.kind {
            CallerKind::Person { id, .. } => format!("person:{id}"),
            CallerKind::Token(id) => format!("token:{id}"),
            CallerKind::Operator => "operator".into(),
            CallerKind::System => "system".into(),
            CallerKind::Authority(id) => format!("authority:{id}"),
            CallerKind::Loopback => "loopback".into(),
        }
    }
}
