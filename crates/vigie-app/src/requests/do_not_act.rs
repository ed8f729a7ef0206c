//! Do not act: for a while nothing is done to the accounts of a request, because one of them may be an officer's.
//!
//! What it is: a keyed hash of each account, asked about at the one moment when something is about to be done to one. Whoever is told
//! to wait is told what anybody is told whose act waits for senior review. What it is not: a list. Nobody can ask which accounts these
//! are. And it never stops the removal of content, what is preserved, a hotline report, or the lock under a child-at-risk alarm.
//!
//! To add something that waits: ask `met` where it is about to be done, and `tell_of` what it met.

use std::time::Duration;

use serde_json::json;
use vigie_model::action::{ActionKind, Target};
use vigie_model::alarm::NoticeKind;
use vigie_model::approval::Approval;
use vigie_model::disclosure::{AuthenticationLevel, Instrument, IssuerRole, Request};
use vigie_model::id::RequestId;
use vigie_model::incident::SubjectKind;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_keys::RequestPart;
use vigie_store::{Read, Transaction, alarms, do_not_act, incidents};

use super::{find, object, worded};
use crate::approvals::Act;
use crate::notices::tell_permitted;
use crate::{App, Code, Error, Resource, Result, authorise};

/// The longest that a request keeps anything from being done, whatever it asks.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// For what these accounts are hashed.
const PURPOSE: &str = "do_not_act";

/// Places the accounts of a document that asks for it and may: of a signature of its authority, or of a magistrate who was called back.
/// Gives of how many.
pub(super) async fn place(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
    (service, accounts): (&str, &[String]),
) -> Result<usize> {
    let Some(asked) = instrument.do_not_act.as_ref().filter(|_| may_ask(request, instrument)) else {
        return Ok(0);
    };
    let (now, until) = (app.now(), asked.until.min(request.received_at.after(LONGEST)));
    if until <= now {
        return Ok(0);
    }
    let mut placed = 0;
    for account in accounts {
        let hash = app.blinded(PURPOSE, service, account)?;
        placed += usize::from(do_not_act::place(tx, hash, request.id, (until, now)).await?);
    }
    Ok(placed)
}

fn may_ask(request: &Request, instrument: &Instrument) -> bool {
    match request.level {
        AuthenticationLevel::L4 => true,
        AuthenticationLevel::L3 => instrument.issuer.role.is_some_and(is_magistrate),
        _ => false,
    }
}

const fn is_magistrate(role: IssuerRole) -> bool {
    matches!(
        role,
        IssuerRole::Judge | IssuerRole::Court | IssuerRole::InvestigatingJudge | IssuerRole::Prosecutor
    )
}

/// By which requests this waits: it would be done to an account to which nothing is done. Content, groups and restorations never wait.
pub(crate) async fn met(
    app: &App,
    read: &mut impl Read,
    (kind, service, target): (ActionKind, &str, &Target),
) -> Result<Vec<RequestId>> {
    let is_of_account = matches!(kind, ActionKind::RestrictAccount | ActionKind::SuspendAccount);
    let Some(account) = target.account_id.as_deref().filter(|_| is_of_account) else { return Ok(vec![]) };
    let hash = app.blinded(PURPOSE, service, account)?;
    Ok(do_not_act::standing_on(read, hash, app.now()).await?)
}

/// Tells those who may lift it that something was to be done, by the request. Which account it is they find there.
pub(crate) async fn tell_of(app: &App, tx: &mut Transaction, by: &[RequestId]) -> Result<()> {
    for request in by {
        let kind = NoticeKind::DoNotActMet;
        tell_permitted(app, tx, Operation::LiftDoNotAct, kind, &object(*request)).await?;
    }
    Ok(())
}

/// What is answered to who agrees to an act that waits: for whatever reason it waits.
pub(crate) fn waits_for_senior_review() -> Error {
    Error::new(Code::SeniorReviewFirst, "this account is under senior review: the question stays open")
}

/// How questions about it name what they are about.
pub(crate) fn subject(id: RequestId) -> String {
    format!("do_not_act:{id}")
}

impl App {
    /// Until when nothing is done to the accounts of a request; none where nothing of the kind stands.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn do_not_act_until(&self, caller: &Caller, id: RequestId) -> Result<Option<Moment>> {
        authorise(caller, Operation::LiftDoNotAct, Resource::Any)?;
        Ok(do_not_act::until(&mut self.store.read().await?, id, self.now()).await?)
    }

    /// Lifts it, with a reason: at once where a child-at-risk alarm stands on an account of the request, else a second person is asked.
    /// Gives the question where there is one.
    ///
    /// # Errors
    /// Not permitted, nothing stands, or no reason is given.
    pub async fn lift_do_not_act(
        &self,
        caller: &Caller,
        id: RequestId,
        reason: &str,
    ) -> Result<Option<Approval>> {
        authorise(caller, Operation::LiftDoNotAct, Resource::Any)?;
        let reason = worded(reason, "say why something may be done again")?;
        let mut tx = self.store.begin().await?;
        find(&mut tx, id).await?;
        if do_not_act::until(&mut tx, id, self.now()).await?.is_none() {
            return Err(Error::new(Code::WrongState, "nothing is kept from being done by this request"));
        }
        if !self.alarm_stands(&mut tx, id).await? {
            let act = Act::LiftDoNotAct { request: id };
            let question = self.write_question(&mut tx, caller, &act, &reason).await?;
            tx.commit(&crate::approvals::asked(caller, &question)).await?;
            return Ok(Some(question));
        }
        do_not_act::lift(&mut tx, id, self.now()).await?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "note", true), reason).await?;
        let entry = Details::new(caller, "request.acts_allowed", object(id), self.now());
        tx.commit(&entry.with(json!({ "child_at_risk": true }))).await?;
        Ok(None)
    }

    /// Whether a child-at-risk alarm is under way on an account that this request placed.
    async fn alarm_stands(&self, tx: &mut Transaction, id: RequestId) -> Result<bool> {
        for alarm in alarms::list_running(tx).await? {
            let Some(incident) = incidents::find(tx, alarm.incident).await? else { continue };
            let subject = incident.subject;
            if subject.kind != SubjectKind::Account {
                continue;
            }
            let hash = self.blinded(PURPOSE, &subject.service, &subject.reference)?;
            if do_not_act::standing_on(tx, hash, self.now()).await?.contains(&id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Lifts it, as two people agreed.
pub(crate) async fn lifted(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    do_not_act::lift(tx, id, app.now()).await?;
    Ok(())
}
