//! Deadlines: started with what they are for, satisfied by an act, and told to people before they pass and after.

use vigie_model::alarm::{Deadline, DeadlineKind, NoticeKind};
use vigie_model::id::DeadlineId;
use vigie_model::{Caller, Operation};
use vigie_store::{Transaction, deadlines};

use crate::notices::{tell_permitted, told};
use crate::{App, Resource, Result, authorise};

impl App {
    /// Deadlines that run, the next to end first.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn deadlines(&self, caller: &Caller) -> Result<Vec<Deadline>> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        Ok(deadlines::list_running(&mut self.store.read().await?).await?)
    }

    /// Tells seniors about deadlines that are about to pass, and about those that have passed: each once. The worker
    /// calls it every few seconds. Returns how many deadlines people were told of.
    ///
    /// # Errors
    /// The store failed; what was not told is told next time.
    pub async fn escalate_deadlines(&self) -> Result<usize> {
        let running = deadlines::list_running(&mut self.store.read().await?).await?;
        let now = self.now();
        let mut told = 0;
        for deadline in running {
            let kind = match &deadline {
                missed if missed.due_at <= now && missed.missed_at.is_none() => NoticeKind::DeadlineMissed,
                near if near.due_at > now && near.escalates_at() <= now && near.escalated_at.is_none() => {
                    NoticeKind::DeadlineNear
                }
                _ => continue,
            };
            told += usize::from(self.tell_of(&deadline, kind).await?);
        }
        Ok(told)
    }

    /// Another process may have told of it meanwhile: the row decides.
    async fn tell_of(&self, deadline: &Deadline, kind: NoticeKind) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let ours = match kind {
            NoticeKind::DeadlineMissed => deadlines::note_missed(&mut tx, deadline.id, self.now()).await?,
            _ => deadlines::note_escalated(&mut tx, deadline.id, self.now()).await?,
        };
        if !ours {
            return Ok(false);
        }
        let people =
            tell_permitted(self, &mut tx, Operation::ReviewEscalated, kind, &deadline.subject).await?;
        tx.commit(&told(self, kind, &deadline.subject, people)).await?;
        Ok(true)
    }
}

/// Starts a deadline of its kind's length now.
pub(crate) async fn start(app: &App, tx: &mut Transaction, kind: DeadlineKind, subject: &str) -> Result<()> {
    let now = app.now();
    let deadline = Deadline {
        id: DeadlineId::fresh(&*app.ids),
        kind,
        subject: subject.to_owned(),
        triggered_at: now,
        due_at: now.after(kind.length()),
        satisfied_at: None,
        escalated_at: None,
        missed_at: None,
    };
    Ok(deadlines::insert(tx, &deadline).await?)
}
