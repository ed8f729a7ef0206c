//! Two people: a question with unchangeable parameters, answered by a second person, performed in the same transaction.
//!
//! To make an act need two people: a variant of [`Act`], its operation and subject, and its performance.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vigie_formats::bank_list::ListFormat;
use vigie_model::action::{ActionKind, Target};
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::hunt::HuntTerms;
use vigie_model::id::{ActionId, ApprovalId, BankId, HuntId, PersonId, RequestId};
use vigie_model::{Caller, Operation, Period};
use vigie_seal::canonical;
use vigie_seal::ledger::Details;
use vigie_store::{StoreError, Transaction, approvals};

use crate::{
    App, Code, Error, Resource, Result, actions, authorise, authorities, bank_entries, banks, bases,
    evidence, hunts, locks, officials, people, permits, releases, requests, retention, waves,
};

/// How long a second person has.
const LIFE: Duration = Duration::from_secs(72 * 60 * 60);

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
    fn lets_material_out(&self) -> bool {
        matches!(self, Self::ExportBank { .. } | Self::ReleasePackage(_))
    }

    /// Performs the act in the transaction that consumes the approval.
    async fn perform(self, app: &App, tx: &mut Transaction) -> Result<()> {
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
    async fn give_up(self, app: &App, tx: &mut Transaction, why: ApprovalState) -> Result<()> {
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

/// How many lapsed questions one round ends.
const LAPSED_AT_ONCE: i64 = 50;

impl App {
    /// Puts a question to a second person, in a transaction of its own.
    pub(crate) async fn ask_second_person(
        &self,
        caller: &Caller,
        act: &Act,
        reason: &str,
    ) -> Result<Approval> {
        let mut tx = self.store.begin().await?;
        let approval = self.write_question(&mut tx, caller, act, reason).await?;
        tx.commit(&asked(caller, &approval)).await?;
        Ok(approval)
    }

    /// Writes the question into a transaction that does more than asking.
    pub(crate) async fn write_question(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        act: &Act,
        reason: &str,
    ) -> Result<Approval> {
        let requested_by = caller
            .person()
            .ok_or_else(|| Error::new(Code::Forbidden, "only a signed-in person can ask a second person"))?;
        if reason.trim().is_empty() {
            return Err(Error::new(Code::InvalidValue, "give the second person a reason"));
        }
        let parameters =
            canonical::to_string(act).map_err(|source| Error::internal("write the question", source))?;
        let now = self.now();
        let approval = Approval {
            id: ApprovalId::fresh(&*self.ids),
            operation: act.operation(),
            subject: act.subject(),
            parameters_hash: hash(&parameters),
            parameters,
            requested_by,
            reason: reason.trim().to_owned(),
            requested_at: now,
            expires_at: now.after(LIFE),
            state: ApprovalState::Waiting,
            decided_by: None,
            decided_at: None,
        };
        approvals::insert(tx, &approval).await?;
        Ok(approval)
    }

    /// Agrees as the second person. The act happens in the same transaction, with the parameters that were asked.
    ///
    /// # Errors
    /// The question is answered or lapsed, its parameters were altered, the caller asked it, or may not answer it;
    /// [`Code::StepUpNeeded`] where material leaves by it.
    pub async fn approve(&self, caller: &Caller, id: ApprovalId) -> Result<()> {
        let (mut tx, approval, person) = self.begin_answer(caller, id).await?;
        let act = act_of(&approval)?;
        if act.lets_material_out() {
            self.confirmed_lately(caller)?;
        }
        if let Err(error) = act.clone().perform(self, &mut tx).await {
            drop(tx);
            if error.code() == Code::SeniorReviewFirst {
                self.note_too_early(caller, id, &act).await?;
            }
            return Err(error);
        }
        self.answer(tx, caller, &approval, person, ApprovalState::Approved).await?;
        self.show_bank_changes().await;
        Ok(())
    }

    /// That somebody agreed to what waits for senior review is written down, whatever it waits for; those who may have to lift
    /// something hear of it.
    async fn note_too_early(&self, caller: &Caller, id: ApprovalId, act: &Act) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if let Act::PerformAction { kind, service, target, .. } = act {
            let by = requests::do_not_act::met(self, &mut tx, (*kind, service, target)).await?;
            requests::do_not_act::tell_of(self, &mut tx, &by).await?;
        }
        let object = format!("approval:{id}");
        tx.commit(&Details::new(caller, "question.early_answer_refused", object, self.now())).await?;
        Ok(())
    }

    /// Refuses as the second person.
    ///
    /// # Errors
    /// As [`App::approve`].
    pub async fn refuse(&self, caller: &Caller, id: ApprovalId) -> Result<()> {
        let (mut tx, approval, person) = self.begin_answer(caller, id).await?;
        act_of(&approval)?.give_up(self, &mut tx, ApprovalState::Refused).await?;
        self.answer(tx, caller, &approval, person, ApprovalState::Refused).await
    }

    /// Ends questions that nobody answered in time, and what waited for them. Returns how many.
    pub(crate) async fn end_lapsed_questions(&self) -> Result<usize> {
        let lapsed =
            approvals::list_lapsed(&mut self.store.read().await?, self.now(), LAPSED_AT_ONCE).await?;
        for approval in &lapsed {
            let mut tx = self.store.begin().await?;
            if !approvals::end(&mut tx, approval.id, ApprovalState::Expired, self.now()).await? {
                continue;
            }
            // Parameters that cannot be read hold nothing up: the question ends all the same.
            if let Ok(act) = act_of(approval) {
                act.give_up(self, &mut tx, ApprovalState::Expired).await?;
            }
            let object = format!("approval:{}", approval.id);
            let entry = Details::new(&Caller::system(), "question.expired", object, self.now());
            tx.commit(&entry.with(question_parameters(approval))).await?;
        }
        Ok(lapsed.len())
    }

    /// Questions that wait for somebody with the caller's permissions, oldest first; the caller's own included, so that
    /// they see them waiting.
    ///
    /// # Errors
    /// The store failed.
    pub async fn waiting_questions(&self, caller: &Caller) -> Result<Vec<Approval>> {
        let waiting = approvals::list_waiting(&mut self.store.read().await?, self.now()).await?;
        Ok(waiting.into_iter().filter(|approval| may_see(caller, approval)).collect())
    }

    /// A question, answered or not, for who asked it and for who may answer it.
    ///
    /// # Errors
    /// No such question, or none of the caller's.
    pub async fn question(&self, caller: &Caller, id: ApprovalId) -> Result<Approval> {
        let found = approvals::find(&mut self.store.read().await?, id).await?;
        found.filter(|approval| may_see(caller, approval)).ok_or_else(|| Error::not_found("question"))
    }

    /// The transaction of an answer. That somebody tried to give one that does not count is written down.
    async fn begin_answer(
        &self,
        caller: &Caller,
        id: ApprovalId,
    ) -> Result<(Transaction, Approval, PersonId)> {
        let mut tx = self.store.begin().await?;
        match self.open_question(&mut tx, caller, id).await {
            Ok((approval, person)) => Ok((tx, approval, person)),
            Err(error) => {
                if let Some(action) = refused(error.code()) {
                    let object = format!("approval:{id}");
                    tx.commit(&Details::new(caller, action, object, self.now())).await?;
                }
                Err(error)
            }
        }
    }

    async fn open_question(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        id: ApprovalId,
    ) -> Result<(Approval, PersonId)> {
        let approval = approvals::find(tx, id).await?.ok_or_else(|| Error::not_found("question"))?;
        authorise(caller, approval.operation, Resource::Any)?;
        let person = caller
            .person()
            .filter(|person| *person != approval.requested_by)
            .ok_or_else(|| Error::new(Code::SamePerson, "who asked cannot also answer"))?;
        if approval.state != ApprovalState::Waiting {
            return Err(Error::new(Code::WrongState, format!("the question is {} already", approval.state)));
        }
        if approval.expires_at <= self.now() {
            return Err(Error::new(Code::ApprovalExpired, "the question has lapsed: ask it again"));
        }
        act_of(&approval)?;
        Ok((approval, person))
    }

    async fn answer(
        &self,
        mut tx: Transaction,
        caller: &Caller,
        approval: &Approval,
        person: PersonId,
        state: ApprovalState,
    ) -> Result<()> {
        approvals::decide(&mut tx, approval.id, state, person, self.now()).await.map_err(|error| {
            match error {
                // Somebody else was faster by a moment.
                StoreError::WrongCount { .. } => {
                    Error::new(Code::WrongState, "the question is answered already").because(error)
                }
                error => error.into(),
            }
        })?;
        let entry = Details::new(
            caller,
            &format!("question.{state}"),
            format!("approval:{}", approval.id),
            self.now(),
        );
        tx.commit(&entry.with(question_parameters(approval))).await?;
        Ok(())
    }
}

/// What the ledger says of an answer that does not count; nothing where somebody had no business with the question.
fn refused(code: Code) -> Option<&'static str> {
    match code {
        Code::SamePerson => Some("question.own_answer_refused"),
        Code::WrongState => Some("question.second_answer_refused"),
        Code::ApprovalExpired => Some("question.late_answer_refused"),
        Code::ApprovalAltered => Some("question.altered_answer_refused"),
        _ => None,
    }
}

fn may_see(caller: &Caller, approval: &Approval) -> bool {
    Some(approval.requested_by) == caller.person() || permits(caller, approval.operation, Resource::Any)
}

/// The act that was asked about, after making sure that nobody altered it.
fn act_of(approval: &Approval) -> Result<Act> {
    if hash(&approval.parameters) != approval.parameters_hash {
        return Err(Error::new(Code::ApprovalAltered, "the parameters are not those that were asked"));
    }
    serde_json::from_str(&approval.parameters)
        .map_err(|source| Error::new(Code::ApprovalAltered, "the parameters cannot be read").because(source))
}

/// The ledger entry of a question that is asked and does nothing more.
pub(crate) fn asked(caller: &Caller, approval: &Approval) -> Details {
    let object = format!("approval:{}", approval.id);
    Details::new(caller, "question.asked", object, approval.requested_at).with(question_parameters(approval))
}

fn question_parameters(approval: &Approval) -> serde_json::Value {
    serde_json::json!({
        "operation": approval.operation,
        "subject": approval.subject,
        "parameters_hash": approval.parameters_hash,
    })
}

fn hash(parameters: &str) -> String {
    hex::encode(Sha256::digest(parameters.as_bytes()))
}

#[cfg(test)]
mod tests;
