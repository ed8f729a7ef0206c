//! Two people: a question with unchangeable parameters, answered by a second person, performed in the same transaction.
//!
//! To make an act need two people: a variant of [`Act`].

mod act;

use std::time::Duration;

use sha2::{Digest, Sha256};
use vigie_model::Caller;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::id::{ApprovalId, PersonId};
use vigie_seal::canonical;
use vigie_seal::ledger::Details;
use vigie_store::{StoreError, Transaction, approvals};

use crate::{App, Code, Error, Resource, Result, authorise, permits, requests};

pub use act::Act;

/// How long a second person has.
const LIFE: Duration = Duration::from_secs(72 * 60 * 60);

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
