//! What people see of requests: the board by time left, and one request with everything that is known of it.
//!
//! What it is not: what an authority reads of its own request (`exchange.rs`, `portal.rs`). To add something that people see:
//! a member of `RequestView`, opened in `view_of`.

use std::collections::BTreeSet;

use vigie_formats::request::letters::HumanRightsConcern;
use vigie_model::Caller;
use vigie_model::Operation;
use vigie_model::disclosure::{
    AuthenticationLevel, Category, Instrument, NilReturn, RefusalGround, Request, TaskState, Wanted,
};
use vigie_model::id::{RequestId, TaskId};
use vigie_seal::ledger::Details;
use vigie_store::packages::{Delivered, PackageRow};
use vigie_store::request_deadlines::{self, RequestDeadline};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_letters::{self, Call, Letter};
use vigie_store::request_tasks::{self, TaskRow};
use vigie_store::request_warnings::{self, Warning};
use vigie_store::requests::{self, Listed};
use vigie_store::{Read, approvals};

use super::authenticate::has_confirmed;
use super::examine::{level_required, wants_second};
use super::papers::papers_of;
use super::receive::Asked;
use super::{
    Conflict, Finding, FollowUpKind, PaperKind, RequestDocument, RightsDrafts, Secrets, conflict, find,
    follow_up, object,
};
use crate::letters;
use crate::{App, Resource, Result, authorise};

/// How many deadlines or requests a page lists.
pub const LISTED: i64 = 100;
/// What is due so soon stands out on the board.
pub const SOON: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// The board: what is due, the next first.
#[derive(Debug, Clone)]
pub struct Board {
    /// How many there are.
    pub counts: BoardCounts,
    /// A page of them.
    pub rows: Vec<BoardRow>,
}

/// How many are due, and how soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardCounts {
    /// Deadlines that are not met.
    pub running: i64,
    /// Those that have passed.
    pub passed: i64,
    /// Those that end within a day.
    pub soon: i64,
    /// Tasks that are open.
    pub tasks: i64,
}

/// A deadline and the request that it is of.
#[derive(Debug, Clone)]
pub struct BoardRow {
    /// The deadline.
    pub deadline: RequestDeadline,
    /// The request.
    pub request: Request,
}

/// A task as people read it.
#[derive(Debug, Clone)]
pub struct StatedTask {
    /// Its identifier.
    pub id: TaskId,
    /// Its number within the request.
    pub number: i64,
    /// Which data.
    pub category: Category,
    /// What is wanted.
    pub wanted: Wanted,
    /// Whom it means; none before somebody looked.
    pub accounts: Option<Vec<String>>,
    /// What stands against it; none before it was examined.
    pub findings: Option<Vec<Finding>>,
    /// Where it stands.
    pub state: TaskState,
    /// On which ground it was refused.
    pub ground: Option<RefusalGround>,
    /// Why, in words.
    pub explanation: Option<String>,
    /// Why there was nothing to give.
    pub nil: Option<NilReturn>,
    /// How many records were taken.
    pub records: Option<i64>,
}

/// A letter that was opened.
#[derive(Debug, Clone)]
pub struct OpenLetter {
    /// The letter.
    pub letter: Letter,
    /// Its text.
    pub text: String,
}

/// One request with everything that is known of it.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// The request.
    pub request: Request,
    /// The document as values.
    pub instrument: Instrument,
    /// What could not be read of it.
    pub diagnostics: Vec<String>,
    /// How sure it must be who asks.
    pub required: AuthenticationLevel,
    /// Its tasks.
    pub tasks: Vec<StatedTask>,
    /// Its deadlines.
    pub deadlines: Vec<RequestDeadline>,
    /// Letters, the oldest first.
    pub letters: Vec<OpenLetter>,
    /// Its documents, the oldest first.
    pub documents: Vec<RequestDocument>,
    /// Calls back.
    pub calls: Vec<Call>,
    /// Whether its rules want a second person of the authority reached, as in an emergency, and no call has reached anybody yet.
    pub awaits_second: bool,
    /// What should make somebody look twice.
    pub warnings: Vec<Warning>,
    /// Which documents of the authority fit where it stands.
    pub may_follow: Vec<FollowUpKind>,
    /// Whether its regime has the house object, and not refuse, where the law of a third country forbids it.
    pub knows_objection: bool,
    /// Until when that can be objected; none where it cannot.
    pub objectable: Option<vigie_model::Moment>,
    /// What was objected of that, where something was.
    pub conflict: Option<Conflict>,
    /// Papers that can be made of it.
    pub papers: Vec<PaperKind>,
    /// Letters that are ready where the screen for human rights found something.
    pub drafts: Option<RightsDrafts>,
    /// What left, and what came of it.
    pub package: Option<(PackageRow, Vec<Delivered>)>,
    /// The newest question to a second person about it.
    pub question: Option<vigie_model::approval::Approval>,
    /// Its entries in the ledger, the oldest first.
    pub trail: Vec<TrailEntry>,
}

/// An entry of the ledger about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// Its number.
    pub number: i64,
    /// What was done.
    pub action: String,
    /// By whom.
    pub actor: String,
    /// When.
    pub at: vigie_model::Moment,
}

impl App {
    /// The board, a page from so many on.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn request_board(&self, caller: &Caller, offset: i64) -> Result<Board> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let counts = count(&mut reader, self.now()).await?;
        let deadlines = request_deadlines::board(&mut reader, (offset.max(0), LISTED)).await?;
        let ids: Vec<RequestId> = deadlines.iter().map(|deadline| deadline.request).collect();
        let found = requests::find_all(&mut reader, &ids).await?;
        let row = |deadline: RequestDeadline| {
            let request = found.iter().find(|request| request.id == deadline.request)?.clone();
            Some(BoardRow { deadline, request })
        };
        let rows = deadlines.into_iter().filter_map(row).collect();
        Ok(Board { counts, rows })
    }

    /// The counts of the board alone.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn request_counts(&self, caller: &Caller) -> Result<BoardCounts> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        count(&mut self.store.read().await?, self.now()).await
    }

    /// Requests of a list, the newest first, a page from so many on.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn requests(&self, caller: &Caller, which: Listed, offset: i64) -> Result<Vec<Request>> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        Ok(requests::list(&mut self.store.read().await?, which, (offset.max(0), LISTED)).await?)
    }

    /// One request. It tells of whom is asked, so that somebody looks is written down before anything is shown.
    ///
    /// # Errors
    /// Not permitted, or no such request.
    pub async fn request(&self, caller: &Caller, id: RequestId) -> Result<RequestView> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        tx.commit(&Details::new(caller, "request.viewed", object(id), self.now())).await?;
        self.view_of(request).await
    }

    /// One request as it stands, for callers that wrote down why they look.
    pub(crate) async fn view_of(&self, request: Request) -> Result<RequestView> {
        let id = request.id;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut reader = self.store.read().await?;
        let sealed = requests::sealed(&mut reader, id).await?;
        let tasks = request_tasks::of_request(&mut reader, id).await?;
        let letters = request_letters::of_request(&mut reader, id).await?;
        let instrument = secrets.open(&sealed.instrument)?;
        let rules = self.rules_of(&request)?;
        let deadlines = request_deadlines::of_request(&mut reader, id).await?;
        let warnings = request_warnings::of_request(&mut reader, id).await?;
        let package = self.package_of(&mut reader, id).await?;
        let calls = request_letters::calls(&mut reader, id).await?;
        let conflict = conflict::conflict(&mut reader, id, &secrets).await?;
        let is_objected = conflict.as_ref().is_some_and(|conflict| conflict.answered_at.is_none());
        Ok(RequestView {
            papers: papers_of(self, &request, &tasks, (package.is_some(), is_objected))?,
            objectable: conflict::objectable(&request, &deadlines, self.now()),
            drafts: drafts(self, &request, &warnings),
            required: level_required(rules, &instrument),
            may_follow: follow_up::fitting(&request, (&deadlines, is_objected), rules),
            knows_objection: conflict::is_objected(rules),
            conflict,
            diagnostics: secrets.open(&sealed.diagnostics)?,
            tasks: tasks.into_iter().map(|task| stated(task, &secrets)).collect::<Result<_>>()?,
            deadlines,
            letters: letters.into_iter().map(|letter| opened(letter, &secrets)).collect::<Result<_>>()?,
            documents: super::documents::documents(&mut reader, id, &secrets).await?,
            awaits_second: !request.state.is_over()
                && wants_second(rules, &instrument)
                && !calls.iter().any(has_confirmed),
            calls,
            warnings,
            package,
            question: approvals::newest_about(&mut reader, &crate::releases::release_subject(id)).await?,
            trail: trail(&mut reader, id).await?,
            instrument,
            request,
        })
    }

    /// The document of a request as it came, for a legal officer. That it is read is written down first.
    ///
    /// # Errors
    /// Not permitted, or no such request.
    pub async fn request_document(&self, caller: &Caller, id: RequestId) -> Result<(String, Vec<u8>)> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let kept = vigie_store::blobs::find(&mut tx, request.document).await?;
        tx.commit(&Details::new(caller, "request.document_read", object(id), self.now())).await?;
        let mime = kept.map(|kept| kept.mime).unwrap_or_default();
        Ok((mime, self.open_evidence(request.document).await?))
    }
}

async fn count(read: &mut impl Read, now: vigie_model::Moment) -> Result<BoardCounts> {
    let (running, passed, soon) = request_deadlines::count(read, now, now.after(SOON)).await?;
    Ok(BoardCounts { running, passed, soon, tasks: request_tasks::count_open(read).await? })
}

async fn trail(read: &mut impl Read, id: RequestId) -> Result<Vec<TrailEntry>> {
    let mut entries = vigie_store::acts::about(read, &object(id)).await?;
    // What a second person was asked, and answered, is about the request too.
    let subjects = (&*object(id), &*crate::releases::release_subject(id));
    for question in approvals::ids_about(read, subjects).await? {
        entries.extend(vigie_store::acts::about(read, &format!("approval:{question}")).await?);
    }
    entries.sort_unstable_by_key(|(number, ..)| *number);
    let entry = |(number, action, actor, at)| TrailEntry { number, action, actor, at };
    Ok(entries.into_iter().map(entry).collect())
}

/// Letters about what the screen for human rights found; none where it found nothing.
fn drafts(app: &App, request: &Request, warnings: &[Warning]) -> Option<RightsDrafts> {
    let of_screen = warnings.iter().filter(|one| one.task > 0).filter_map(|one| one.kind.parse().ok());
    let concerns: BTreeSet<HumanRightsConcern> = of_screen.collect();
    let concerns: Vec<_> = concerns.into_iter().collect();
    (!concerns.is_empty()).then(|| letters::about_rights(app, request, &concerns))
}

fn stated(task: TaskRow, secrets: &Secrets) -> Result<StatedTask> {
    let asked: Asked = secrets.open(&task.asked)?;
    Ok(StatedTask {
        id: task.id,
        number: task.number,
        category: task.category,
        wanted: asked.wanted,
        accounts: task.accounts.as_deref().map(|sealed| secrets.open(sealed)).transpose()?,
        findings: task.findings.as_deref().map(|sealed| secrets.open(sealed)).transpose()?,
        state: task.state,
        ground: task.ground,
        explanation: task.explanation,
        nil: task.nil,
        records: task.records,
    })
}

fn opened(letter: Letter, secrets: &Secrets) -> Result<OpenLetter> {
    let text = secrets.open(&letter.text)?;
    Ok(OpenLetter { letter, text })
}
