//! The acts that need two people: whom each asks, what it is about, and what it does once they agree or do not.
//!
//! What it is not: the question and its answer, which are the same for every act (`approvals.rs`).
//!
//! To add one: a variant, and its line in each `match` here.

use serde::{Deserialize, Serialize};
use vigie_formats::bank_list::ListFormat;
use vigie_model::action::{ActionKind, Target};
use vigie_model::approval::ApprovalState;
use vigie_model::hunt::HuntTerms;
use vigie_model::id::{ActionId, BankId, HuntId, RequestId};
use vigie_model::{Operation, Period};
use vigie_store::Transaction;

use crate::{
    App, Result, actions, authorities, bank_entries, banks, bases, evidence, hunts, locks, officials, people,
    releases, requests, retention, waves,
};

/// An act that needs two people, with all its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Make a bank.
    MakeBank(banks::NewBank),
    /// Do something on the messenger that is hard to undo.
    PerformAction {
        /// The action that waits.
        action: ActionId,
        /// What is done.
        kind: ActionKind,
        /// On which messenger.
        service: String,
        /// To what.
        target: Target,
    },
    /// Give a bank more force: arm it, or widen a negative one.
    ChangeBank {
        /// The bank.
        bank: BankId,
        /// The whole change.
        edit: banks::BankEdit,
    },
    /// Take over a bank that came through the HMA-compatible API.
    AdoptBank {
        /// The bank.
        bank: BankId,
        /// On which terms.
        terms: banks::Adoption,
    },
    /// Remove a bank.
    RemoveBank {
        /// The bank.
        bank: BankId,
    },
    /// Add entries to a bank of what is known not to be illegal.
    FillNegativeBank {
        /// The bank.
        bank: BankId,
        /// The entries.
        entries: Vec<bank_entries::NewEntry>,
    },
    /// Take a bank out of the house. The asker fetches it once this is agreed.
    ExportBank {
        /// The bank.
        bank: BankId,
        /// How it is written.
        format: ListFormat,
    },
    /// Confirm a lock that one person set under a child-at-risk alarm.
    ConfirmLock {
        /// The action that was sent.
        action: ActionId,
        /// What was done.
        kind: ActionKind,
        /// On which messenger.
        service: String,
        /// To what.
        target: Target,
    },
    /// Decide a wave, and remove its content in bulk.
    DecideWave(waves::Proposal),
    /// Look through history by the entries of a bank.
    Hunt {
        /// The hunt that waits.
        hunt: HuntId,
        /// What it looks for, why and where.
        terms: HuntTerms,
    },
    /// Add a person who is trusted with much.
    AddPerson(people::NewPerson),
    /// Trust somebody with more.
    ChangeRoles(people::RoleChange),
    /// Enter a detection basis by which more is examined.
    EnterBasis(bases::NewBasis),
    /// Lift a hold from evidence.
    LiftHold(retention::Lifting),
    /// End a retention period ahead of its time.
    EndPeriod {
        /// The period.
        period: Period,
    },
    /// Enter an authority that may ask for data.
    EnterAuthority(authorities::NewAuthority),
    /// Change the keys by which an authority is known.
    ChangeAuthorityKeys(authorities::KeyChange),
    /// Accept again what an authority hands in.
    LiftSuspension(authorities::Suspension),
    /// Invite the official who administers their authority.
    InviteOfficial(officials::NewOfficial),
    /// Let a package leave.
    ReleasePackage(releases::Release),
    /// Find unfounded that a request is forged.
    ClearSuspicion {
        /// The request.
        request: RequestId,
    },
    /// Let something be done again to the accounts of a request.
    LiftDoNotAct {
        /// The request.
        request: RequestId,
    },
}

impl Act {
    /// What the second person must be permitted.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::PerformAction { .. } | Self::ConfirmLock { .. } => Operation::ApproveActions,
            Self::DecideWave(_) => Operation::ReviewEscalated,
            Self::Hunt { .. } => Operation::ApproveHunts,
            Self::AddPerson(_) | Self::ChangeRoles(_) => Operation::ManagePeople,
            Self::EnterBasis(_) => Operation::ApproveBases,
            Self::LiftHold(_) | Self::EndPeriod { .. } => Operation::ManageEvidence,
            Self::ReleasePackage(_) => Operation::ReleasePackages,
            Self::ClearSuspicion { .. } => Operation::SettleWarnings,
            Self::LiftDoNotAct { .. } => Operation::LiftDoNotAct,
            Self::MakeBank(_)
            | Self::ChangeBank { .. }
            | Self::AdoptBank { .. }
            | Self::RemoveBank { .. }
            | Self::FillNegativeBank { .. }
            | Self::ExportBank { .. } => Operation::ApproveBanks,
            Self::EnterAuthority(_)
            | Self::ChangeAuthorityKeys(_)
            | Self::LiftSuspension(_)
            | Self::InviteOfficial(_) => Operation::ApproveAuthorities,
        }
    }

    /// What it is about, to find the question by.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::MakeBank(bank) => format!("bank:{}", bank.name),
            Self::DecideWave(proposal) => waves::object(proposal.wave),
            Self::Hunt { hunt, .. } => hunts::object(*hunt),
            Self::AddPerson(new) => format!("person:{}", new.name),
            Self::ChangeRoles(change) => format!("person:{}", change.person),
            Self::EnterBasis(new) => format!("surface:{}", new.surface),
            Self::LiftHold(lifting) => lifting.hold.clone(),
            Self::EndPeriod { period } => evidence::object(*period),
            Self::EnterAuthority(new) => format!("authority:{}", new.name),
            Self::ChangeAuthorityKeys(change) => authorities::object(change.authority),
            Self::LiftSuspension(suspension) => authorities::object(suspension.authority),
            Self::InviteOfficial(new) => authorities::object(new.authority),
            Self::ReleasePackage(release) => releases::release_subject(release.request),
            Self::ClearSuspicion { request } => requests::object(*request),
            Self::LiftDoNotAct { request } => requests::do_not_act::subject(*request),
            Self::PerformAction { action, .. } | Self::ConfirmLock { action, .. } => {
                format!("action:{action}")
            }
            Self::ChangeBank { bank, .. }
            | Self::AdoptBank { bank, .. }
            | Self::RemoveBank { bank }
            | Self::FillNegativeBank { bank, .. }
            | Self::ExportBank { bank, .. } => banks::object(*bank),
        }
    }

    /// Whether material leaves the house by it: then the second person confirms first that it is them.
    pub(super) fn lets_material_out(&self) -> bool {
        matches!(self, Self::ExportBank { .. } | Self::ReleasePackage(_))
    }

    /// Performs the act in the transaction that consumes the approval.
    pub(super) async fn perform(self, app: &App, tx: &mut Transaction) -> Result<()> {
        match self {
            Self::MakeBank(bank) => banks::make(app, tx, bank).await.map(drop),
            Self::PerformAction { action, kind, service, target } => {
                actions::agreed(app, tx, action, kind, &service, &target).await
            }
            Self::DecideWave(proposal) => waves::decide(app, tx, proposal).await,
            Self::Hunt { hunt, terms } => hunts::agreed(app, tx, hunt, &terms).await,
            Self::AddPerson(new) => people::add(app, tx, new).await.map(drop),
            Self::ChangeRoles(change) => people::agreed(app, tx, change).await,
            Self::EnterBasis(new) => bases::enter(app, tx, new).await.map(drop),
            Self::LiftHold(lifting) => retention::lift(tx, &lifting).await,
            Self::EndPeriod { period } => retention::end_period(app, tx, period).await,
            Self::EnterAuthority(new) => authorities::enter(app, tx, new).await,
            Self::ChangeAuthorityKeys(change) => authorities::change_keys(app, tx, change).await,
            Self::LiftSuspension(suspension) => authorities::lift(tx, &suspension).await,
            Self::InviteOfficial(new) => officials::invited(app, tx, new).await,
            Self::ReleasePackage(release) => releases::agreed(app, tx, &release).await,
            Self::ClearSuspicion { request } => requests::clear_suspicion(app, tx, request).await,
            Self::LiftDoNotAct { request } => requests::do_not_act::lifted(app, tx, request).await,
            Self::ChangeBank { bank, edit } => banks::change(tx, bank, &edit).await.map(drop),
            Self::AdoptBank { bank, terms } => banks::adopt(tx, bank, &terms).await,
            Self::RemoveBank { bank } => banks::remove(app, tx, bank).await,
            Self::FillNegativeBank { bank, entries } => {
                bank_entries::fill_negative(app, tx, bank, entries).await
            }
            // What is agreed to is that the asker may fetch it.
            Self::ExportBank { bank, .. } => banks::find(tx, bank).await.map(drop),
            Self::ConfirmLock { action, .. } => locks::confirmed(app, tx, action).await,
        }
    }

    /// What follows in the transaction that ends the question without agreement.
    pub(super) async fn give_up(self, app: &App, tx: &mut Transaction, why: ApprovalState) -> Result<()> {
        match self {
            Self::PerformAction { action, .. } => actions::not_agreed(app, tx, action, why).await,
            Self::Hunt { hunt, .. } => hunts::not_agreed(app, tx, hunt).await,
            Self::DecideWave(_)
            | Self::MakeBank(_)
            | Self::ChangeBank { .. }
            | Self::AdoptBank { .. }
            | Self::RemoveBank { .. }
            | Self::FillNegativeBank { .. }
            | Self::ExportBank { .. }
            | Self::AddPerson(_)
            | Self::ChangeRoles(_)
            | Self::EnterBasis(_)
            | Self::LiftHold(_)
            | Self::EndPeriod { .. }
            | Self::EnterAuthority(_)
            | Self::ChangeAuthorityKeys(_)
            | Self::LiftSuspension(_)
            | Self::InviteOfficial(_) => Ok(()),
            Self::ReleasePackage(_) | Self::ClearSuspicion { .. } | Self::LiftDoNotAct { .. } => Ok(()),
            Self::ConfirmLock { action, .. } => locks::not_confirmed(app, tx, action, why).await,
        }
    }
}
