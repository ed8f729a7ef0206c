//! Decisions about a request, task by task: ask, refuse, accept. What is accepted becomes the grant.
//!
//! What it is not: what stands against a task; that was found by `examine.rs`, and is proposed. Nobody's decision lies in a
//! rule.
//!
//! To add a decision: a method that says which tasks it is about, and ends in `step` where the request moves on.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_formats::request::letters::RefusedTask;
use vigie_model::disclosure::{
    Consent, Grant, GrantedTask, Identifier, Product, RefusalGround, Request, RequestKind, RequestState,
    Span, TaskState,
};
use vigie_model::id::{GrantId, LetterId, RequestId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::grants::SignedGrant;
use vigie_store::grants::{self, GrantRow};
use vigie_store::request_deadlines;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_letters::{self, Letter};
use vigie_store::request_tasks::{self, Outcome, TaskRow};
use vigie_store::request_warnings::{self, Warning};
use vigie_store::{Transaction, requests};

use super::EnteredRequest;
use super::deadlines::is_met_by;
use super::documents::{Kept, waiting, write_following};
use super::examine::Finding;
use super::receive::Asked;
use super::take_back::take_question_back;
use super::{Secrets, begin, conflict, find, refused_in, satisfy, step, step_as, wrong_state};
use crate::jobs::{Job, enqueue};
use crate::letters;
use crate::regimes::{Remedy, Satisfaction, Trigger};
use crate::{App, Code, Error, Resource, Result, authorise};

/// The product that the house discloses.
const PRODUCT: Product = Product::ConnectionsAndPhone;

/// What the authority is asked.
#[derive(Debug, Clone)]
pub struct Clarification {
    /// The letter.
    pub text: String,
}

/// That tasks are refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Which, by number; empty for all that are open.
    pub tasks: BTreeSet<i64>,
    /// On which ground.
    pub ground: RefusalGround,
    /// Why, in words, for the authority.
    pub explanation: String,
}

impl App {
    /// Asks the authority to clarify. Its deadlines stand still meanwhile, and its own begins to run.
    ///
    /// # Errors
    /// Not permitted, the request is not under validation, or the letter is empty.
    pub async fn ask_clarification(
        &self,
        caller: &Caller,
        id: RequestId,
        clarification: &Clarification,
    ) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let text = worded(&clarification.text, "say what the authority is asked")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let sealed = requests::sealed(&mut self.store.read().await?, id).await?;
        let instrument = secrets.open(&sealed.instrument)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let entry = step(self, &mut tx, caller, &request, RequestState::Clarification).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "clarification", true), text).await?;
        begin(self, &mut tx, &request, &instrument, Trigger::ClarificationAsked).await?;
        tx.commit(&entry).await?;
        Ok(())
    }

    /// Takes in what the authority answered: a letter, and where it corrected the document, the document as it is now. That is kept
    /// beside the one before it, and its tasks are examined as those of a document that comes first. Where the authority itself
    /// says more with it than before, it waits until a legal officer decides.
    ///
    /// # Errors
    /// Not permitted, no clarification was asked, or the document cannot be one of this request.
    pub async fn take_clarification(
        &self,
        caller: &Caller,
        id: RequestId,
        (text, clarified): (&str, Option<EnteredRequest>),
    ) -> Result<()> {
        self.answer_request(caller, id, (text, clarified), None).await
    }

    /// The same, with a signed answer as it came.
    pub(super) async fn answer_request(
        &self,
        caller: &Caller,
        id: RequestId,
        (text, clarified): (&str, Option<EnteredRequest>),
        kept: Option<&Kept>,
    ) -> Result<()> {
        self.authorise_for(caller, id).await?;
        let text = worded(text, "say what the authority answered")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let request = find(&mut self.store.read().await?, id).await?;
        if request.state != RequestState::Clarification {
            return Err(refused_in(caller, request.state));
        }
        let corrected = match clarified {
            Some(entered) => Some(self.keep_corrected(caller, id, entered).await?),
            None => None,
        };
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state != RequestState::Clarification {
            return Err(refused_in(caller, request.state));
        }
        self.write_letter(&mut tx, &secrets, caller, (id, "answer", false), text).await?;
        write_following(self, &mut tx, (&request, caller), ("answer", kept)).await?;
        satisfy(&mut tx, id, Satisfaction::Clarified, self.now()).await?;
        let taken = match &corrected {
            Some(corrected) => {
                Some(self.take_corrected(&mut tx, caller, (&request, &secrets), corrected).await?)
            }
            None => None,
        };
        let entry = if taken.as_ref().is_some_and(|taken| taken.is_forged) {
            step(self, &mut tx, caller, &request, RequestState::ForgerySuspected).await?
        } else {
            enqueue(self, &mut tx, &Job::ExamineRequest { request: id }).await?;
            step_as(self, &mut tx, caller, &request, (RequestState::Validating, "request.answered")).await?
        };
        let mut parameters = super::facts(&request);
        if let Some(taken) = taken {
            parameters["document"] = json!(taken.number);
            parameters["document_sha256"] = json!(hex::encode(taken.sha256));
            parameters["differs"] = json!(taken.differs);
            parameters["waits"] = json!(taken.waits);
        }
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }

    /// Refuses tasks, on a ground and with words for the authority. Where none is left the whole request is refused.
    ///
    /// # Errors
    /// Not permitted, the request is not under validation, no such task is open, or no reason is given.
    pub async fn refuse_tasks(&self, caller: &Caller, id: RequestId, refusal: &Refusal) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let explanation = worded(&refusal.explanation, "say to the authority why it is refused")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let may_be = [RequestState::Validating, RequestState::Clarification, RequestState::Quarantined];
        if !may_be.contains(&request.state) {
            return Err(wrong_state(request.state));
        }
        if refusal.ground == RefusalGround::HousePolicy && request.is_binding {
            return Err(Error::new(
                Code::InvalidValue,
                "a binding order is never refused by a policy of the house",
            ));
        }
        if refusal.ground == RefusalGround::ThirdCountryConflict
            && conflict::is_objected(self.rules_of(&request)?)
        {
            let detail = "where the law of a third country forbids it, it is objected and not refused: the authority, and a court, decide";
            return Err(Error::new(Code::InvalidValue, detail));
        }
        let open = open_tasks(&mut tx, id).await?;
        let named = |task: &&TaskRow| refusal.tasks.is_empty() || refusal.tasks.contains(&task.number);
        let refused: Vec<_> = open.iter().filter(named).collect();
        if refused.is_empty() {
            return Err(Error::not_found("open task"));
        }
        let outcome =
            Outcome { ground: Some(refusal.ground), explanation: Some(&explanation), ..Outcome::default() };
        for task in &refused {
            request_tasks::advance(&mut tx, task.id, (task.state, TaskState::Refused), &outcome, self.now())
                .await?;
        }
        let instrument = secrets.open(&requests::sealed(&mut tx, id).await?.instrument)?;
        let letter = refusal_letter(self, &request, &refused, (refusal.ground, &explanation, &secrets))?;
        self.write_letter(&mut tx, &secrets, caller, (id, "refusal", true), letter).await?;
        let is_whole = refused.len() == open.len() && !any_granted(&mut tx, id).await?;
        let entry = if is_whole {
            let entry = step(self, &mut tx, caller, &request, RequestState::Refused).await?;
            if may_be_enforced(&request, refusal.ground) {
                begin(self, &mut tx, &request, &instrument, Trigger::Refused).await?;
            }
            entry
        } else {
            super::partial(self, caller, &request, "request.partly_refused")
        };
        let mut parameters = super::facts(&request);
        parameters["ground"] = json!(refusal.ground);
        parameters["refused"] = json!(refused.len());
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }

    /// Accepts what is left of a request: its open tasks become the grant, and what was granted is taken next.
    ///
    /// # Errors
    /// Not permitted, the request is not under validation, a task still has something against it, or a warning is not settled.
    pub async fn accept_request(&self, caller: &Caller, id: RequestId) -> Result<Grant> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state != RequestState::Validating {
            return Err(wrong_state(request.state));
        }
        if request.kind == RequestKind::Removal {
            let detail = "an order to act gives nothing: say which effect it was given";
            return Err(Error::new(Code::WrongState, detail));
        }
        if request.kind == RequestKind::Preservation {
            let detail = "a preservation request gives nothing: what it names is held until it ends";
            return Err(Error::new(Code::WrongState, detail));
        }
        let required = self.required_level(&mut tx, &request).await?;
        if request.level < required {
            let detail = format!("it must be known at {required} who asks, and is at {}", request.level);
            return Err(Error::new(Code::NotAuthenticated, detail));
        }
        refuse_unsettled(&mut tx, id, caller).await?;
        conflict::refuse_unanswered(&mut tx, id).await?;
        if waiting(&mut tx, id).await?.is_some() {
            let detail =
                "its authority sent a corrected document that says more: take it, or leave it aside, first";
            return Err(Error::new(Code::DocumentUndecided, detail));
        }
        let open = open_tasks(&mut tx, id).await?;
        if open.is_empty() {
            return Err(Error::new(Code::WrongState, "no task is open"));
        }
        let from = last_hold(&mut tx, id).await?.map_or(self.now(), |ends| ends.max(self.now()));
        let grant = self.compile(caller, &request, (&open, &secrets), from)?;
        self.write_grant(&mut tx, &grant, &secrets).await?;
        for task in &open {
            let states = (task.state, TaskState::Granted);
            request_tasks::advance(&mut tx, task.id, states, &Outcome::default(), self.now()).await?;
        }
        let entry = step(self, &mut tx, caller, &request, RequestState::Accepted).await?;
        enqueue(self, &mut tx, &Job::ExtractRequest { request: id }).await?;
        let mut parameters = super::facts(&request);
        parameters["tasks"] = json!(grant.tasks.len());
        tx.commit(&entry.with(parameters)).await?;
        Ok(grant)
    }

    /// The grant of a request: exactly its open tasks, exactly the accounts they meant, exactly the fields of their categories.
    fn compile(
        &self,
        caller: &Caller,
        request: &Request,
        (open, secrets): (&[TaskRow], &Secrets),
        from: Moment,
    ) -> Result<Grant> {
        let now = self.now();
        let officer = caller.person().ok_or_else(|| Error::new(Code::Forbidden, "only a person accepts"))?;
        let mut granted = Vec::new();
        let mut services = BTreeSet::new();
        for task in open {
            let asked: Asked = secrets.open(&task.asked)?;
            let Identifier { service, .. } = asked.wanted.identifier.clone();
            services.insert(service);
            granted.push(granted_task(task, &asked, secrets)?);
        }
        let service = services.pop_first().unwrap_or_default();
        if !services.is_empty() {
            return Err(Error::new(
                Code::InvalidValue,
                "one request is granted for one service: refuse or split the rest",
            ));
        }
        Ok(Grant {
            version: vigie_seal::grants::VERSION,
            id: GrantId::fresh(&*self.ids),
            request: request.id,
            reference: request.reference.clone(),
            authority: request.authority_name.clone(),
            service,
            rule_set: request.rule_set.clone(),
            tasks: granted,
            granted_at: now,
            expires_at: from.after(self.settings.disclosure.grant_life),
            approvals: vec![Consent { person: officer, role: "legal_officer".into(), at: now }],
        })
    }

    async fn write_grant(&self, tx: &mut Transaction, grant: &Grant, secrets: &Secrets) -> Result<()> {
        let signed = SignedGrant::sign(grant, &self.disclosure_key()?).map_err(|error| {
            Error::new(Code::InvalidValue, format!("nothing can be granted: {error}")).because(error)
        })?;
        let hash = hex::decode(signed.hash()).ok().and_then(|hash| hash.try_into().ok());
        let row = GrantRow {
            id: grant.id,
            request: grant.request,
            // It names accounts: it is sealed as the request is.
            envelope: secrets.seal(&String::from_utf8_lossy(&signed.to_bytes()))?,
            hash: hash.ok_or_else(|| Error::internal("hash a grant", "it is not 32 bytes"))?,
            granted_at: grant.granted_at,
            expires_at: grant.expires_at,
            revoked_at: None,
        };
        Ok(grants::insert(tx, &row).await?)
    }

    /// Writes a letter, ours or theirs.
    pub(crate) async fn write_letter(
        &self,
        tx: &mut Transaction,
        secrets: &Secrets,
        caller: &Caller,
        (request, kind, is_ours): (RequestId, &str, bool),
        text: String,
    ) -> Result<()> {
        let now = self.now();
        let letter = Letter {
            id: LetterId::fresh(&*self.ids),
            request,
            kind: kind.to_owned(),
            is_ours,
            text: secrets.seal(&text)?,
            written_by: caller.actor(),
            written_at: now,
            sent_at: Some(now),
        };
        Ok(request_letters::insert(tx, &letter).await?)
    }
}

/// Whether what was refused may come back by another way: what it names stays held as long as its rules say. Nothing is kept for whom
/// nobody knows.
fn may_be_enforced(request: &Request, ground: RefusalGround) -> bool {
    let is_nobody = matches!(ground, RefusalGround::Forged | RefusalGround::NotAuthenticated);
    request.state != RequestState::Quarantined && !is_nobody
}

/// What the authority reads of a refusal: each task with its ground, and the words of the officer.
fn refusal_letter(
    app: &App,
    request: &Request,
    tasks: &[&TaskRow],
    (ground, explanation, secrets): (RefusalGround, &str, &Secrets),
) -> Result<String> {
    let refused = tasks.iter().map(|task| {
        let asked: Asked = secrets.open(&task.asked)?;
        Ok(RefusedTask {
            number: task.number,
            identifier: asked.wanted.identifier,
            category: task.category,
            ground,
            explanation: explanation.to_owned(),
        })
    });
    let refused = refused.collect::<Result<Vec<_>>>()?;
    Ok(letters::refusal(app, request, &refused).text())
}

/// Makes the grant of a request as narrow as what is left of it: tasks that the enforcing authority blocked are in it no more.
pub(super) async fn narrow(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    let row = grants::standing(tx, id).await?.ok_or_else(|| Error::not_found("grant"))?;
    let (_, mut grant) = super::extract::open_grant(app, &row).await?;
    let tasks = request_tasks::of_request(tx, id).await?;
    let is_left = |task| tasks.iter().any(|one| one.id == task && !one.state.is_over());
    grant.tasks.retain(|granted| is_left(granted.task));
    grant.id = GrantId::fresh(&*app.ids);
    grants::revoke(tx, id, app.now()).await?;
    take_question_back(app, tx, id).await?;
    let secrets = app.secrets(id, RequestPart::Whole).await?;
    app.write_grant(tx, &grant, &secrets).await
}

/// What is granted of a task. What is against it must be settled by now.
fn granted_task(task: &TaskRow, asked: &Asked, secrets: &Secrets) -> Result<GrantedTask> {
    let not_ready = |why: &str| Err(Error::new(Code::TaskNotReady, format!("task {}: {why}", task.number)));
    let (Some(accounts), Some(findings)) = (&task.accounts, &task.findings) else {
        return not_ready("it was not examined yet, or the messenger does not say whom it means");
    };
    let findings: Vec<Finding> = secrets.open(findings)?;
    if let Some(finding) = findings.iter().find(|finding| finding.remedy != Remedy::Senior) {
        return not_ready(&format!("{} ({})", finding.en, finding.law));
    }
    let Some(span) = asked.wanted.span.filter(Span::is_possible) else {
        return not_ready("it names no time");
    };
    let fields = PRODUCT.fields(task.category);
    if fields.is_empty() {
        return not_ready("the house holds nothing of this category: refuse it as not stored");
    }
    Ok(GrantedTask {
        task: task.id,
        category: task.category,
        subjects: secrets.open(accounts)?,
        fields,
        span,
    })
}

pub(super) async fn open_tasks(tx: &mut Transaction, id: RequestId) -> Result<Vec<TaskRow>> {
    let tasks = request_tasks::of_request(tx, id).await?;
    let is_open = |task: &TaskRow| matches!(task.state, TaskState::Pending | TaskState::Preserved);
    Ok(tasks.into_iter().filter(is_open).collect())
}

/// When the time of the enforcing authority ends: until then nothing leaves, so that a grant has to outlive it.
async fn last_hold(tx: &mut Transaction, id: RequestId) -> Result<Option<Moment>> {
    let deadlines = request_deadlines::of_request(tx, id).await?;
    let of_it = deadlines.iter().filter(|one| is_met_by(one, Satisfaction::EnforcingAuthorityAnswered));
    Ok(of_it.map(|one| one.due_at).max())
}

async fn any_granted(tx: &mut Transaction, id: RequestId) -> Result<bool> {
    Ok(grants::standing(tx, id).await?.is_some())
}

/// What should make somebody look twice has been looked at twice, by two.
pub(super) async fn refuse_unsettled(tx: &mut Transaction, id: RequestId, caller: &Caller) -> Result<()> {
    let mut warnings = request_warnings::of_request(tx, id).await?;
    warnings.retain(|warning| warning.weight != "hint");
    let own = |warning: &Warning| {
        warning.settled.as_ref().is_some_and(|settled| Some(settled.by) == caller.person())
    };
    if warnings.iter().any(own) {
        let detail = "who settled an alarm of this request cannot also accept it";
        return Err(Error::new(Code::SamePerson, detail));
    }
    let open = warnings.iter().find(|warning| warning.settled.is_none());
    match open {
        None => Ok(()),
        Some(warning) => Err(Error::new(
            Code::WarningNotSettled,
            format!(
                "{}: a senior legal officer or the data-protection officer settles it first",
                warning.text.en
            ),
        )),
    }
}

/// What is said, where it is said and not too long.
pub(crate) fn worded(text: &str, why: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 20_000 {
        return Err(Error::new(Code::InvalidValue, format!("{why}, in at most 20,000 characters")));
    }
    Ok(text.to_owned())
}
