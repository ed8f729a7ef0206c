//! Background work other than actions: what it is, as data, and what it does.
//!
//! To add a job: a variant of [`Job`] with what it is about, its name, and its arm in `effect`. Names are stored: never
//! change one. An effect may run more than once; it is written so that this does no harm.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigie_model::alarm::NoticeKind;
use vigie_model::id::{AlarmId, HuntId, JobId, RequestId};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::jobs::{self, Claimed, End, NewJob};
use vigie_store::{Transaction, alarms, people};

use crate::notices::tell_permitted;
use crate::ports::{DeliveryError, Page};
use crate::requests::{NotTaken, Unexamined};
use crate::{App, Error, Result, hunts, releases, requests};

/// A piece of background work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Reach the person on duty about an alarm, by one way.
    Page {
        /// The alarm.
        alarm: AlarmId,
        /// The way. Jobs that were stored before there were several went by the first.
        #[serde(default = "first_way")]
        way: String,
    },
    /// Carry out a retro-hunt that two people agreed to.
    Hunt {
        /// The hunt.
        hunt: HuntId,
    },
    /// Find out about a request before a person looks at it.
    ExamineRequest {
        /// The request.
        request: RequestId,
    },
    /// Take what was granted.
    ExtractRequest {
        /// The request.
        request: RequestId,
    },
    /// Let go what the messenger kept for a request of which nothing is left.
    EndRequest {
        /// The request.
        request: RequestId,
    },
    /// Seal the package that two people agreed to.
    ReleasePackage {
        /// The request.
        request: RequestId,
    },
}

impl Job {
    /// Its kind, as the database keeps it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Page { .. } => "page",
            Self::Hunt { .. } => "hunt",
            Self::ExamineRequest { .. } => "examine_request",
            Self::ExtractRequest { .. } => "extract_request",
            Self::ReleasePackage { .. } => "release_package",
            Self::EndRequest { .. } => "end_request",
        }
    }

    /// Of jobs with the same text here, one at a time is under way.
    fn once(&self) -> Option<String> {
        match self {
            Self::Page { alarm, way } => Some(format!("{}{way}", pages_of(*alarm))),
            Self::Hunt { hunt } => Some(format!("hunt:{hunt}")),
            Self::ExamineRequest { request }
            | Self::ExtractRequest { request }
            | Self::EndRequest { request }
            | Self::ReleasePackage { request } => Some(format!("{}:{request}", self.name())),
        }
    }
}

impl Job {
    /// Whether it is run once more where it runs already when it is asked for: it looks where a request stands, and that may have
    /// changed since it looked.
    fn is_run_anew(&self) -> bool {
        match self {
            Self::Page { .. } | Self::Hunt { .. } => false,
            Self::ExamineRequest { .. }
            | Self::ExtractRequest { .. }
            | Self::EndRequest { .. }
            | Self::ReleasePackage { .. } => true,
        }
    }
}

fn first_way() -> String {
    "webhook".into()
}

/// What the jobs that page about an alarm begin with, in what makes them one at a time.
pub(crate) fn pages_of(alarm: AlarmId) -> String {
    format!("page:{alarm}:")
}

/// Asks for a job in the caller's transaction. False when the same waits already, or is under way and sees what it is asked for.
pub(crate) async fn enqueue(app: &App, tx: &mut Transaction, job: &Job) -> Result<bool> {
    let payload = serde_json::to_string(job).map_err(|source| Error::internal("write a job", source))?;
    let new = NewJob {
        id: JobId::fresh(&*app.ids),
        kind: job.name(),
        payload,
        once: job.once(),
        anew: job.is_run_anew(),
        run_at: app.now(),
        created_at: app.now(),
    };
    Ok(jobs::insert(tx, &new).await?)
}

/// Why a job did not do its work.
enum Failure {
    /// Trying again later may help.
    Later { why: String, wait: Option<Duration> },
    /// It will never do.
    GiveUp { why: String },
}

impl From<Error> for Failure {
    /// The cause of a failure of ours is logged here, where it is met once; the row keeps only what it says.
    fn from(error: Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a job failed on our side");
        Self::Later { why: error.to_string(), wait: None }
    }
}

impl From<vigie_store::StoreError> for Failure {
    fn from(error: vigie_store::StoreError) -> Self {
        Error::from(error).into()
    }
}

impl From<Unexamined> for Failure {
    fn from(why: Unexamined) -> Self {
        match why {
            Unexamined::Later(why) => Self::Later { why, wait: None },
            Unexamined::Ours(error) => error.into(),
        }
    }
}

impl From<NotTaken> for Failure {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Later(why) => Self::Later { why, wait: None },
            NotTaken::Refused(why) => Self::GiveUp { why },
            NotTaken::Ours(error) => error.into(),
        }
    }
}

impl From<DeliveryError> for Failure {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Later { why, wait } => Self::Later { why, wait },
            DeliveryError::Refused(why) => Self::GiveUp { why: format!("refused: {why}") },
        }
    }
}

/// Runs a claimed job and writes down how it ended.
pub(crate) async fn run(app: &App, claimed: &Claimed) -> Result<()> {
    let job = serde_json::from_str(&claimed.payload);
    let outcome = match &job {
        Ok(job) => effect(app, job).await,
        Err(error) => Err(Failure::GiveUp { why: format!("not a job of this version: {error}") }),
    };
    match outcome {
        Ok(entry) => finish(app, claimed, entry).await,
        Err(Failure::Later { why, wait }) => match app.next_attempt(claimed.attempts, wait) {
            Some(next) => {
                tracing::warn!(job.id = %claimed.id, job.kind = claimed.kind, why, "a job was put off");
                let mut house = app.store.housekeeping().await?;
                jobs::postpone(&mut house, claimed.id, claimed.fence, &why, next).await?;
                Ok(house.commit().await?)
            }
            None => give_up(app, claimed, job.ok(), why).await,
        },
        Err(Failure::GiveUp { why }) => give_up(app, claimed, job.ok(), why).await,
    }
}

/// Does the work. What matters to others comes back as the ledger entry that is written with the job's end.
async fn effect(app: &App, job: &Job) -> Result<Option<Details>, Failure> {
    match job {
        Job::Page { alarm, way } => page(app, *alarm, way).await,
        // It writes down itself what it finds and how it ends, so that no attempt does so twice.
        Job::Hunt { hunt } => Ok(hunts::run(app, *hunt).await.map(|()| None)?),
        Job::ExamineRequest { request } => Ok(requests::examine(app, *request).await.map(|()| None)?),
        Job::ExtractRequest { request } => Ok(requests::extract(app, *request).await.map(|()| None)?),
        Job::EndRequest { request } => Ok(requests::end(app, *request).await.map(|()| None)?),
        Job::ReleasePackage { request } => Ok(releases::seal_package(app, *request).await.map(|()| None)?),
    }
}

async fn page(app: &App, id: AlarmId, way: &str) -> Result<Option<Details>, Failure> {
    let mut reader = app.store.read().await.map_err(Error::from)?;
    let alarm = alarms::find(&mut reader, id).await?;
    let alarm = alarm.ok_or_else(|| Failure::GiveUp { why: "no such alarm".into() })?;
    let pager = app.pagers.iter().find(|pager| pager.way() == way);
    let Some(pager) = pager.filter(|_| alarm.state.is_running()) else { return Ok(None) };
    let person = match alarm.paged {
        Some(person) => people::find(&mut reader, person).await?,
        None => None,
    };
    drop(reader);
    let page = Page {
        alarm: id,
        raised_at: alarm.raised_at,
        link: format!("{}/alarms/{id}", app.settings.public_url),
        mail: person.and_then(|person| person.mail),
    };
    pager.page(&page, app.now()).await?;
    let entry = Details::new(&Caller::system(), "alarm.paged", format!("alarm:{id}"), app.now());
    Ok(Some(entry.with(serde_json::json!({ "way": way }))))
}

async fn finish(app: &App, claimed: &Claimed, entry: Option<Details>) -> Result<()> {
    let Some(entry) = entry else {
        let mut house = app.store.housekeeping().await?;
        jobs::end(&mut house, claimed.id, claimed.fence, &End::Done, app.now()).await?;
        return Ok(house.commit().await?);
    };
    let mut tx = app.store.begin().await?;
    if jobs::end(&mut tx, claimed.id, claimed.fence, &End::Done, app.now()).await? {
        tx.commit(&entry).await?;
    }
    Ok(())
}

/// Gives a job up, and tells those who can do by hand what it should have done.
async fn give_up(app: &App, claimed: &Claimed, job: Option<Job>, why: String) -> Result<()> {
    tracing::error!(job.id = %claimed.id, job.kind = claimed.kind, why, "a job was given up");
    let object = format!("job:{}", claimed.id);
    let entry = Details::new(&Caller::system(), "job.failed", object, app.now())
        .with(serde_json::json!({ "kind": claimed.kind, "attempts": claimed.attempts, "why": why }));
    let mut tx = app.store.begin().await?;
    if !jobs::end(&mut tx, claimed.id, claimed.fence, &End::Failed { why }, app.now()).await? {
        return Ok(());
    }
    match job {
        // The person on duty could not be reached: everybody who can take the alarm is told.
        Some(Job::Page { alarm, .. }) => {
            let subject = format!("alarm:{alarm}");
            tell_permitted(app, &mut tx, Operation::ChildAtRisk, NoticeKind::AlarmRaised, &subject).await?;
        }
        Some(Job::Hunt { hunt }) => hunts::given_up(app, &mut tx, hunt).await?,
        Some(
            Job::ExamineRequest { request }
            | Job::ExtractRequest { request }
            | Job::EndRequest { request }
            | Job::ReleasePackage { request },
        ) => requests::given_up(app, &mut tx, request).await?,
        None => {}
    }
    tx.commit(&entry).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
