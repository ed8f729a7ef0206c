//! Examination: what the house finds out about a request before a person looks at it. The job that follows its arrival.
//!
//! What it is: a hold on what is asked for, silently and at once; whom each identifier means in the time asked; what stands
//! against each task; and what should make somebody look twice. What it is not: a decision. And nothing of it is seen outside.
//!
//! To add a test: to a rule set where it is one of a law, to `regimes/general.rs` where it holds under each; here only what
//! asks the store or the messenger.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{
    AuthenticationLevel, Instrument, PreservationState, Request, RequestState, Span, TaskState,
};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_letters;
use vigie_store::request_tasks::{self, Outcome, TaskRow};
use vigie_store::{Transaction, requests};

use super::receive::Asked;
use super::{Secrets, begin, do_not_act, find, follow_up, object, step};
use crate::notices::tell_permitted;
use crate::ports::AccountRecords;
use crate::records::{Criterion, Holder, RecordsError};
use crate::regimes::{self, Circumstances, Remedy, RuleSet, Trigger};
use crate::{App, Error, Result};

mod warnings;

/// For how long the messenger keeps what was asked for: it is lifted when the request is over.
const KEPT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Of which time an identifier is looked up where the document gives none.
const UNSTATED_SPAN: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Something that stands against a task, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The test that found it.
    pub test: String,
    /// On what it rests.
    pub law: String,
    /// Whether counsel is still to confirm that.
    pub confirm: bool,
    /// What people read, in English.
    pub en: String,
    /// And in French.
    pub fr: String,
    /// What follows: `clarify`, `senior`, `refuse(…)`.
    pub remedy: Remedy,
}

impl From<regimes::Finding> for Finding {
    fn from(finding: regimes::Finding) -> Self {
        Self {
            test: finding.test,
            law: finding.law,
            confirm: finding.confirm,
            en: finding.what.en,
            fr: finding.what.fr,
            remedy: finding.remedy,
        }
    }
}

/// Why an examination did not come to its end.
pub(crate) enum Unexamined {
    /// The messenger has to be asked again.
    Later(String),
    /// The failure is ours.
    Ours(Error),
}

impl From<Error> for Unexamined {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<vigie_store::StoreError> for Unexamined {
    fn from(error: vigie_store::StoreError) -> Self {
        Self::Ours(error.into())
    }
}

/// Examines a request. Doing it again does no harm: each step looks where the request stands.
pub(crate) async fn examine(app: &App, id: RequestId) -> Result<(), Unexamined> {
    let request = find(&mut app.store.read().await?, id).await?;
    let known = Known::of(app, &request).await?;
    if request.state == RequestState::Received {
        known.sort(app, request).await?;
    }
    fail::fail_point!("request-before-validating");
    // Whoever found out who asks may have ended before the next step.
    validating(app, id).await?;
    let request = find(&mut app.store.read().await?, id).await?;
    if !matches!(request.state, RequestState::Quarantined | RequestState::Validating) {
        return Ok(());
    }
    let tasks = request_tasks::of_request(&mut app.store.read().await?, id).await?;
    let against = contradiction(app, &request).await?;
    for task in &tasks {
        if task.state == TaskState::Cancelled {
            let_go(app, &request, (task, &known.secrets)).await?;
        }
        known.examine_task(app, &request, (task, against.as_ref())).await?;
    }
    if request.state == RequestState::Validating {
        follow_up::join(app, &request).await?;
    }
    known.note_preserved(app, &request).await
}

/// What an examination works with.
struct Known {
    rules: RuleSet,
    instrument: Instrument,
    secrets: Secrets,
}

impl Known {
    async fn of(app: &App, request: &Request) -> Result<Self> {
        let secrets = app.secrets(request.id, RequestPart::Whole).await?;
        let sealed = requests::sealed(&mut app.store.read().await?, request.id).await?;
        let rules = app.rules_of(request)?.clone();
        Ok(Self { rules, instrument: secrets.open(&sealed.instrument)?, secrets })
    }

    /// Sorts a request that came in: what looks forged is frozen, what is not known well enough waits, the rest is validated.
    async fn sort(&self, app: &App, request: Request) -> Result<(), Unexamined> {
        let mut tx = app.store.begin().await?;
        let request = find(&mut tx, request.id).await?;
        if request.state != RequestState::Received {
            return Ok(());
        }
        let is_forged =
            warnings::note_new_anomalies(app, &mut tx, &request, (&self.rules, &self.instrument)).await?;
        let next = if is_forged {
            RequestState::ForgerySuspected
        } else if request.level < level_required(&self.rules, &self.instrument) {
            RequestState::Quarantined
        } else {
            RequestState::Authenticated
        };
        let entry = step(app, &mut tx, &Caller::system(), &request, next).await?;
        let kind = NoticeKind::RequestArrived;
        tell_permitted(app, &mut tx, Operation::HandleRequests, kind, &object(request.id)).await?;
        tx.commit(&entry).await?;
        Ok(())
    }

    async fn examine_task(
        &self,
        app: &App,
        request: &Request,
        (task, against): (&TaskRow, Option<&Finding>),
    ) -> Result<(), Unexamined> {
        if task.state.is_over() {
            return Ok(());
        }
        let asked: Asked = self.secrets.open(&task.asked)?;
        let meant = self.whom(app, &asked).await?;
        let holders = meant.as_ref().ok().and_then(|holders| u32::try_from(holders.len()).ok());
        let here = circumstances(app, request, holders);
        let found = regimes::validate(&self.rules, &self.instrument, asked.entry, task.category, &here);
        let mut findings: Vec<Finding> = found.into_iter().map(Finding::from).collect();
        let policy = app.settings.disclosure.policy.as_ref();
        findings.extend(
            policy.and_then(|policy| policy.narrows(&self.rules, &self.instrument)).map(Finding::from),
        );
        findings.extend(meant.as_ref().err().cloned());
        findings.extend(against.cloned());
        let accounts: Option<Vec<String>> =
            meant.ok().map(|holders| holders.into_iter().map(|holder| holder.account).collect());
        if let Some(accounts) = &accounts {
            preserve(app, request, &asked, task, accounts).await?;
        }
        let mut tx = app.store.begin().await?;
        let service = &asked.wanted.identifier.service;
        let placed = match &accounts {
            Some(accounts) => {
                let document = (request, &self.instrument);
                do_not_act::place(app, &mut tx, document, (service, accounts)).await?
            }
            None => 0,
        };
        let sealed = accounts.map(|accounts| self.secrets.seal(&accounts)).transpose()?;
        let texts = (sealed.as_deref(), &*self.secrets.seal(&findings)?);
        request_tasks::set_examined(&mut tx, task.id, texts, app.now()).await?;
        if task.state == TaskState::Pending {
            let states = (TaskState::Pending, TaskState::Preserved);
            request_tasks::advance(&mut tx, task.id, states, &Outcome::default(), app.now()).await?;
        }
        warnings::note_alarms(app, &mut tx, request, self, (task, &findings)).await?;
        let entry = Details::new(&Caller::system(), "request.task_examined", object(request.id), app.now());
        let parameters = json!({ "task": task.number, "category": task.category, "findings": findings.len(), "do_not_act": placed });
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }

    /// Whom an identifier means in the time asked; or why that cannot be told.
    async fn whom(&self, app: &App, asked: &Asked) -> Result<Result<Vec<Holder>, Finding>, Unexamined> {
        let identifier = &asked.wanted.identifier;
        let Some(records) = app.account_records(&identifier.service) else {
            // What is of another service is found by the rules themselves.
            return Ok(Ok(vec![]));
        };
        let now = app.now();
        let span = asked.wanted.span.filter(Span::is_possible);
        let span = span.unwrap_or(Span { from: now.before(UNSTATED_SPAN), until: now });
        let answer = match (&asked.wanted.criterion, asked.wanted.cap) {
            (Some(criterion), Some(cap)) if regimes::names_a_group(&asked.wanted) => {
                let Ok(criterion) = criterion.parse::<Criterion>() else {
                    return Ok(Err(unresolved("criterion", &criterion_unknown())));
                };
                records.resolve_group(identifier, &criterion, cap, &span, now).await
            }
            _ if regimes::names_a_group(&asked.wanted) => return Ok(Ok(vec![])),
            _ => records.resolve(identifier, &span, now).await,
        };
        match answer {
            Ok(holders) => Ok(Ok(holders)),
            Err(RecordsError::Later { why, .. }) => Err(Unexamined::Later(why)),
            Err(error) => Ok(Err(unresolved("resolution", &error.to_string()))),
        }
    }

    /// Says once that what is asked for is held, and lets what counts from then begin.
    async fn note_preserved(&self, app: &App, request: &Request) -> Result<(), Unexamined> {
        let mut tx = app.store.begin().await?;
        let request = find(&mut tx, request.id).await?;
        let states = (PreservationState::Received, PreservationState::Preserved);
        if request.preservation == Some(PreservationState::Received)
            && request.state == RequestState::Validating
        {
            requests::advance_preservation(&mut tx, request.id, states, app.now()).await?;
            begin(app, &mut tx, &request, &self.instrument, Trigger::Preserved).await?;
        }
        let entry = Details::new(&Caller::system(), "request.preserved", object(request.id), app.now());
        tx.commit(&entry.with(super::facts(&request))).await?;
        Ok(())
    }
}

/// How sure it must be who asks, for all of a document.
pub(super) fn level_required(rules: &RuleSet, instrument: &Instrument) -> AuthenticationLevel {
    let emergency = instrument.emergency.is_some();
    let level = |category| regimes::minimum_level(rules, category, emergency, instrument.kind).level;
    let categories = instrument.wanted.iter().flat_map(|wanted| &wanted.categories);
    categories.map(|category| level(*category)).max().unwrap_or(AuthenticationLevel::L4)
}

/// Whether its rules want a second person of the authority reached, for anything that a document asks. People see to it: the level
/// that a key or a call gives is asked for by the program, and who else was spoken to is theirs to judge.
pub(super) fn wants_second(rules: &RuleSet, instrument: &Instrument) -> bool {
    let emergency = instrument.emergency.is_some();
    let mut categories = instrument.wanted.iter().flat_map(|wanted| &wanted.categories);
    categories
        .any(|category| regimes::minimum_level(rules, *category, emergency, instrument.kind).second_reachable)
}

/// Opens the validation of a request of which it is known who asks. Doing it again does no harm.
pub(super) async fn validating(app: &App, id: RequestId) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let request = find(&mut tx, id).await?;
    if request.state != RequestState::Authenticated {
        return Ok(());
    }
    let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::Validating).await?;
    tx.commit(&entry).await?;
    Ok(())
}

fn circumstances(app: &App, request: &Request, holders: Option<u32>) -> Circumstances {
    let settings = &app.settings.disclosure;
    Circumstances {
        received_at: request.received_at,
        now: app.now(),
        services: settings.services.clone(),
        addressees: settings.addressees.clone(),
        held: settings.held.clone(),
        holders,
    }
}

/// Has the messenger keep what it would delete. What it cannot keep is no reason to stop: it says so where it is known.
async fn preserve(
    app: &App,
    request: &Request,
    asked: &Asked,
    task: &TaskRow,
    accounts: &[String],
) -> Result<(), Unexamined> {
    let Some(records) = app.account_records(&asked.wanted.identifier.service) else { return Ok(()) };
    if !records.capabilities().holds {
        return Ok(());
    }
    let reason = reason_to_keep(request.id, task.number);
    for account in accounts {
        keep(app, &**records, (account, &reason), task).await?;
    }
    Ok(())
}

async fn keep(
    app: &App,
    records: &dyn AccountRecords,
    (account, reason): (&str, &str),
    task: &TaskRow,
) -> Result<(), Unexamined> {
    let (now, categories) = (app.now(), [task.category]);
    match records.preserve(account, &categories, now.after(KEPT), reason, now).await {
        Ok(_) => Ok(()),
        Err(RecordsError::Later { why, .. }) => Err(Unexamined::Later(why)),
        Err(error) => {
            tracing::warn!(%error, "the messenger does not keep what a request asks for");
            Ok(())
        }
    }
}

/// Has the messenger keep no more what a corrected document does not ask for. Doing it again does no harm.
async fn let_go(
    app: &App,
    request: &Request,
    (task, secrets): (&TaskRow, &Secrets),
) -> Result<(), Unexamined> {
    let asked: Asked = secrets.open(&task.asked)?;
    let Some(records) = app.account_records(&asked.wanted.identifier.service) else { return Ok(()) };
    if !records.capabilities().holds {
        return Ok(());
    }
    match records.lift(&reason_to_keep(request.id, task.number), app.now()).await {
        Ok(()) => Ok(()),
        Err(RecordsError::Later { why, .. }) => Err(Unexamined::Later(why)),
        Err(error) => {
            tracing::warn!(%error, "the messenger does not let go what it kept");
            Ok(())
        }
    }
}

/// Whether a corrected document brings something that calls for the suspicion that it is forged. What was found before, and what
/// people settled, does not count again.
pub(super) async fn looks_forged(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
) -> Result<bool> {
    warnings::note_new_anomalies(app, tx, request, (app.rules_of(request)?, instrument)).await
}

/// The name of the reason under which the messenger keeps what a task asks for.
pub(super) fn reason_to_keep(request: RequestId, task: i64) -> String {
    format!("{}:{task}", object(request))
}

/// What stands against a request because of another one, until its authority has answered about it.
async fn contradiction(app: &App, request: &Request) -> Result<Option<Finding>> {
    let letters = request_letters::of_request(&mut app.store.read().await?, request.id).await?;
    if letters.iter().any(|letter| letter.kind == "answer") {
        return Ok(None);
    }
    let found = follow_up::contradicts(app, request).await?;
    Ok(found.map(|(test, en, fr)| Finding {
        test: test.to_owned(),
        law: "policy".to_owned(),
        confirm: false,
        en,
        fr,
        remedy: Remedy::Clarify,
    }))
}

fn unresolved(test: &str, why: &str) -> Finding {
    Finding {
        test: test.to_owned(),
        law: "policy".to_owned(),
        confirm: false,
        en: format!("The messenger does not say whom it means: {why}"),
        fr: format!("La messagerie ne dit pas qui est visé : {why}"),
        remedy: Remedy::Clarify,
    }
}

fn criterion_unknown() -> String {
    crate::records::NoCriterion.to_string()
}
