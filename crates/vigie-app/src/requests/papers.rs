//! The papers of a request: Form 3, the refusal and the cover of a package, made from what stands when somebody asks for them.
//!
//! What it is: files for the machine of an authority and for people, in either language. What it is not: a decision; each says what
//! was decided and sent already, and nothing of whether anybody exists.
//!
//! To add a paper: a kind, where it is there, and what it is made of.

use std::collections::BTreeMap;

use serde_json::json;
use vigie_formats::request::Language;
use vigie_formats::request::form_3::{self, Certificate, Contact, NonExecution, Preservation, Reason};
use vigie_formats::request::letters::{
    self, AddressWarning, Clarification, CoverSheet, CoveredTask, Frame, Ports, Question, RefusedTask,
};
use vigie_model::disclosure::{Instrument, RefusalGround, Request, RequestKind, RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_seal::package::{self, Manifest, Package};
use vigie_store::packages::PackageRow;
use vigie_store::request_deadlines;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::TaskRow;
use vigie_store::{Read, packages, request_letters, request_tasks, requests};

use super::end::held_though_refused;
use super::receive::Asked;
use super::{ConflictObjection, Secrets, conflict, find, object, waits_for};
use crate::letters::{house, to_authority};
use crate::regimes::{AnswerDocument, Satisfaction};
use crate::{App, Code, Error, Result};

vigie_model::names! {
    /// A paper that can be made of a request.
    pub enum PaperKind {
        /// Form 3 for people.
        Form3 => "form_3",
        /// Form 3 for the machine of the authority.
        Form3Xml => "form_3_xml",
        /// What is asked of the authority, where its regime is not answered by Form 3.
        Clarification => "clarification",
        /// The refusal of tasks.
        Refusal => "refusal",
        /// The cover of what left.
        CoverSheet => "cover_sheet",
    }
}

vigie_model::names! {
    /// In which language a paper is written.
    pub enum PaperLanguage {
        /// English.
        English => "en",
        /// French.
        French => "fr",
    }
}

impl From<PaperLanguage> for Language {
    fn from(language: PaperLanguage) -> Self {
        match language {
            PaperLanguage::English => Self::English,
            PaperLanguage::French => Self::French,
        }
    }
}

/// A paper as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Which papers there are of a request whose tasks stand so. `has_cover` tells whether a package left for whoever reads: its cover lies on
/// it when the house carries it there, and an authority has the package itself, or may not have it.
pub(super) fn papers_of(
    app: &App,
    request: &Request,
    tasks: &[TaskRow],
    (has_cover, is_objected): (bool, bool),
) -> Result<Vec<PaperKind>> {
    let is_refused = tasks.iter().any(|task| told_ground(task).is_some());
    let by_form_3 = app.rules_of(request)?.answer.document == AnswerDocument::Form3;
    let is_form_3 =
        by_form_3 && (is_refused || (is_objected && !request.state.is_over()) || is_asked(request));
    let there = |kind: &PaperKind| match kind {
        PaperKind::Form3 | PaperKind::Form3Xml => is_form_3,
        PaperKind::Clarification => !by_form_3 && is_asked(request),
        PaperKind::Refusal => is_refused,
        PaperKind::CoverSheet => has_cover,
    };
    Ok(PaperKind::ALL.iter().filter(|kind| there(kind)).copied().collect())
}

/// Whether the authority was asked something and has not answered.
fn is_asked(request: &Request) -> bool {
    request.state == RequestState::Clarification
}

/// The ground on which a task was refused, as far as whoever sent it is told: whoever forged it reads nothing of that.
pub(crate) fn told_ground(task: &TaskRow) -> Option<RefusalGround> {
    task.ground.filter(|ground| task.state == TaskState::Refused && *ground != RefusalGround::Forged)
}

impl App {
    /// Makes a paper of a request, for who handles it or for its own authority. That it was made is written down.
    ///
    /// # Errors
    /// Not permitted, no such request, or there is nothing yet of which it could be made.
    pub async fn request_paper(
        &self,
        caller: &Caller,
        id: RequestId,
        (kind, language): (PaperKind, PaperLanguage),
    ) -> Result<PaperFile> {
        self.authorise_for(caller, id).await?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut reader = self.store.read().await?;
        let request = find(&mut reader, id).await?;
        let tasks = request_tasks::of_request(&mut reader, id).await?;
        let package = packages::of_request(&mut reader, id).await?;
        let package = package.filter(|_| !super::is_of_an_authority(caller));
        let is_objected = conflict::stands(&mut reader, id).await?;
        if !papers_of(self, &request, &tasks, (package.is_some(), is_objected))?.contains(&kind) {
            return Err(Error::new(Code::WrongState, "there is nothing yet that this paper could say"));
        }
        let left = match package.filter(|_| kind == PaperKind::CoverSheet) {
            Some(row) => Some(manifest_of(self, &mut reader, &row).await?),
            None => None,
        };
        let stands = Stands::of(&mut reader, (request, &secrets), (tasks, left)).await?;
        drop(reader);
        let bytes = stands.paper(self, kind, language.into())?;
        let entry = Details::new(caller, "request.paper_made", object(id), self.now());
        let tx = self.store.begin().await?;
        tx.commit(&entry.with(json!({ "paper": kind }))).await?;
        let (mime, ending) = match kind {
            PaperKind::Form3Xml => ("application/xml", "xml"),
            _ => ("application/pdf", "pdf"),
        };
        let what = kind.name().trim_end_matches("_xml").replace('_', "-");
        Ok(PaperFile { name: format!("request-{}-{what}.{ending}", stands.request.number), mime, bytes })
    }
}

/// How a request stands, as far as papers tell.
struct Stands {
    request: Request,
    instrument: Instrument,
    /// The tasks with what each asks.
    tasks: Vec<(TaskRow, Asked)>,
    /// The letter that waits to be answered, where one does.
    asked: Option<String>,
    /// Until when the answer to it is awaited, where the regime says.
    answer_by: Option<Moment>,
    /// The objection that waits to be answered, where one does.
    objection: Option<ConflictObjection>,
    /// Until when what was refused stays held.
    held_until: Option<Moment>,
    /// What the cover of a package is made of: its manifest, and the digest of that.
    left: Option<(Manifest, String)>,
}

/// The manifest of what left, and its digest. It stands in the package, which may be large: only its cover needs it.
async fn manifest_of(app: &App, read: &mut impl Read, row: &PackageRow) -> Result<(Manifest, String)> {
    let package = Package::read(&app.open_evidence_with(read, row.object).await?);
    let package = package.map_err(|error| Error::internal("read a package", error))?;
    let manifest = package.manifest().map_err(|error| Error::internal("read a manifest", error))?;
    Ok((manifest, package.manifest_sha256().to_owned()))
}

impl Stands {
    async fn of(
        read: &mut impl Read,
        (request, secrets): (Request, &Secrets),
        (tasks, left): (Vec<TaskRow>, Option<(Manifest, String)>),
    ) -> Result<Self> {
        let with_asked = |task: TaskRow| secrets.open(&task.asked).map(|asked| (task, asked));
        let letters = request_letters::of_request(read, request.id).await?;
        let waits = is_asked(&request);
        let asked = letters.iter().rev().find(|letter| waits && letter.kind == "clarification");
        let conflict = conflict::conflict(read, request.id, secrets).await?;
        let standing = conflict.filter(|conflict| conflict.answered_at.is_none());
        let deadlines = request_deadlines::of_request(read, request.id).await?;
        let answer = deadlines.iter().find(|one| waits_for(one, Satisfaction::Clarified));
        Ok(Self {
            instrument: secrets.open(&requests::sealed(read, request.id).await?.instrument)?,
            tasks: tasks.into_iter().map(with_asked).collect::<Result<_>>()?,
            asked: asked.map(|letter| secrets.open(&letter.text)).transpose()?,
            objection: standing.map(|conflict| conflict.objection),
            held_until: held_though_refused(&request, &deadlines),
            answer_by: answer.filter(|_| waits).map(|one| one.due_at),
            left,
            request,
        })
    }

    fn paper(&self, app: &App, kind: PaperKind, language: Language) -> Result<Vec<u8>> {
        let house = house(app);
        let frame = Frame { language, ..to_authority(&house, &self.request, app.now()) };
        Ok(match kind {
            PaperKind::Form3 => form_3::paper(&self.form_3(app), language).pdf(),
            PaperKind::Form3Xml => form_3::xml(&self.form_3(app)),
            PaperKind::Clarification => letters::clarification(&frame, &self.clarification()).pdf(),
            PaperKind::Refusal => letters::refusal(&frame, &self.refused()).pdf(),
            PaperKind::CoverSheet => letters::cover_sheet(&frame, &self.cover()?).pdf(),
        })
    }

    /// What is asked. (That time stands still meanwhile is said by Form 3, whose law has it so.)
    fn clarification(&self) -> Clarification {
        let text = self.asked.clone().unwrap_or_default();
        Clarification {
            questions: vec![Question { identifier: None, ground: None, text }],
            answer_by: self.answer_by,
            pauses: false,
        }
    }

    fn refused(&self) -> Vec<RefusedTask> {
        self.tasks.iter().filter_map(|(task, asked)| refused(task, asked)).collect()
    }

    fn form_3(&self, app: &App) -> NonExecution {
        let house = house(app);
        NonExecution {
            certificate: match self.request.kind {
                RequestKind::Preservation => Certificate::EpocPr,
                _ => Certificate::Epoc,
            },
            reference: self.request.reference.clone(),
            issuer: self.instrument.issuer.clone(),
            reasons: self.reasons(),
            conflict: self.objection.as_ref().map(|objection| form_3::Conflict {
                law: objection.law.clone(),
                nature: objection.nature.clone(),
            }),
            information_required: self.asked.clone().unwrap_or_default(),
            preservation: self.preservation(),
            contact: Contact {
                addressee: house.name,
                // The address of the web is no mailbox: it stands with that of the post.
                address: house.address.into_iter().chain([app.settings.public_url.clone()]).collect(),
                mail: app.settings.disclosure.contact.mail().unwrap_or_default().to_owned(),
                ..Contact::default()
            },
            at: app.now(),
        }
    }

    /// Why each identifier of which something was refused, or is objected to, is not carried out.
    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = BTreeMap::<usize, Reason>::new();
        for (task, asked) in &self.tasks {
            let Some((ground, explanation)) = self.reason(task) else { continue };
            let reason = reasons.entry(asked.entry).or_insert_with(|| Reason {
                number: number(asked.entry),
                identifier: asked.wanted.identifier.clone(),
                grounds: vec![],
                explanation: String::new(),
            });
            if !reason.grounds.contains(&ground) {
                reason.grounds.push(ground);
            }
            if !reason.explanation.contains(explanation) {
                let lines = [reason.explanation.as_str(), explanation];
                reason.explanation =
                    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            }
        }
        reasons.into_values().collect()
    }

    /// Why a task is not carried out, as its authority is told. What an objection says stands in a section of its own.
    fn reason<'a>(&self, task: &'a TaskRow) -> Option<(RefusalGround, &'a str)> {
        let is_objected = |objection: &ConflictObjection| objection.tasks.contains(&task.number);
        match told_ground(task) {
            Some(ground) => Some((ground, task.explanation.as_deref().unwrap_or_default())),
            None if self.objection.as_ref().is_some_and(is_objected) && !task.state.is_over() => {
                Some((RefusalGround::ThirdCountryConflict, ""))
            }
            None => None,
        }
    }

    /// Whether what was asked for is held: for each identifier alike, so that it tells nothing of whether anybody bears it.
    fn preservation(&self) -> Vec<Preservation> {
        let held = |entry| Preservation {
            number: number(entry),
            preserved: !self.request.state.is_over() || self.held_until.is_some(),
            until: self.held_until,
        };
        (0..self.instrument.wanted.len()).map(held).collect()
    }

    fn cover(&self) -> Result<CoverSheet> {
        let missing = || Error::new(Code::NothingReleased, "nothing was released for it yet");
        let (manifest, sha256) = self.left.as_ref().ok_or_else(missing)?;
        let covered = |one: &package::Coverage| {
            let (task, asked) = self.tasks.iter().find(|(task, _)| task.id == one.task)?;
            Some(CoveredTask {
                number: task.number,
                identifier: asked.wanted.identifier.clone(),
                category: one.category,
                span: Some(one.span),
                fields: one.fields.clone(),
                records: one.rows,
                nil: one.nil,
            })
        };
        Ok(CoverSheet {
            manifest: sha256.clone(),
            grant: manifest.grant_sha256.clone(),
            tasks: manifest.coverage.iter().filter_map(covered).collect(),
            ports: ports(manifest),
            warnings: manifest.warnings.iter().map(|one| warned(one.kind)).collect(),
        })
    }
}

/// The number of an identifier in the document, from 1.
fn number(entry: usize) -> String {
    (entry + 1).to_string()
}

/// A task as a refusal names it; none where it was not refused, or nobody is told.
fn refused(task: &TaskRow, asked: &Asked) -> Option<RefusedTask> {
    Some(RefusedTask {
        number: task.number,
        identifier: asked.wanted.identifier.clone(),
        category: task.category,
        ground: told_ground(task)?,
        explanation: task.explanation.clone().unwrap_or_default(),
    })
}

fn ports(manifest: &Manifest) -> Ports {
    let connections = manifest.coverage.iter().filter(|one| one.first.is_some());
    let ports: Vec<_> = connections.map(|one| one.port_present).collect();
    match ports.as_slice() {
        [] => Ports::NoConnections,
        all if all.iter().all(|one| *one == package::Ports::All) => Ports::Present,
        all if all.iter().all(|one| *one == package::Ports::None) => Ports::Absent,
        _ => Ports::Partly,
    }
}

const fn warned(kind: package::AddressKind) -> AddressWarning {
    match kind {
        package::AddressKind::Vpn => AddressWarning::Vpn,
        package::AddressKind::Hosting => AddressWarning::Hosting,
        package::AddressKind::CarrierNat => AddressWarning::CarrierNat,
    }
}
