//! Notices: what people should know, without content, until they have seen it.

use serde_json::json;
use vigie_model::alarm::{Notice, NoticeKind};
use vigie_model::id::{NoticeId, PersonId};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Transaction, notices, people};

use crate::authorise::permits_person;
use crate::{App, Code, Error, Result};

impl App {
    /// What the caller has not seen yet, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn notices(&self, caller: &Caller) -> Result<Vec<Notice>> {
        let Some(person) = caller.person() else { return Ok(vec![]) };
        Ok(notices::list_unseen(&mut self.store.read().await?, person).await?)
    }

    /// Notes that the caller has seen a notice of theirs.
    ///
    /// # Errors
    /// The caller is no person, or the store failed.
    pub async fn note_seen(&self, caller: &Caller, notice: NoticeId) -> Result<()> {
        let person =
            caller.person().ok_or_else(|| Error::new(Code::Forbidden, "only people have notices"))?;
        let mut tx = self.store.begin().await?;
        notices::note_seen(&mut tx, notice, person, self.now()).await?;
        tx.commit(&Details::new(caller, "notice.seen", format!("notice:{notice}"), self.now())).await?;
        Ok(())
    }
}

/// Tells one person.
pub(crate) async fn tell(
    app: &App,
    tx: &mut Transaction,
    person: PersonId,
    kind: NoticeKind,
    subject: &str,
) -> Result<()> {
    let notice = Notice {
        id: NoticeId::fresh(&*app.ids),
        person,
        kind,
        subject: subject.to_owned(),
        created_at: app.now(),
    };
    Ok(notices::insert(tx, &notice).await?)
}

/// Tells everybody who may perform an operation. Returns how many they are.
pub(crate) async fn tell_permitted(
    app: &App,
    tx: &mut Transaction,
    operation: Operation,
    kind: NoticeKind,
    subject: &str,
) -> Result<usize> {
    let mut told = 0;
    for person in people::list(tx).await?.into_iter().filter(|person| permits_person(person, operation)) {
        tell(app, tx, person.id, kind, subject).await?;
        told += 1;
    }
    Ok(told)
}

/// The ledger entry of telling people something.
pub(crate) fn told(app: &App, kind: NoticeKind, subject: &str, people: usize) -> Details {
    Details::new(&Caller::system(), "people.told", subject, app.now())
        .with(json!({ "kind": kind, "people": people }))
}
