//! One bank: its entries with search, its settings, lists imported into it and taken out of it.

use askama::Template;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use http::{HeaderName, header};
use tokio::io::AsyncWriteExt;
use vigie_app::bank_entries::{EntryQuery, ShownEntry};
use vigie_app::bank_exports::Export;
use vigie_app::bank_lists::{ImportReport, ImportSettings};
use vigie_app::banks::{BankEdit, BankOverview, Changed};
use vigie_app::{Code, Error, Resource, authorise, permits};
use vigie_model::Operation;
use vigie_model::bank::{Bank, BankKind, BankOrigin, CHILD_SAFETY, EntryState, Verdict};
use vigie_model::id::{ApprovalId, BankId};

use super::{Id, go, page, passkeys, quality};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::{Identifier, When};
use crate::section::Section;
use crate::visit::Desk;

/// How many entries one page shows.
const PAGE: i64 = 50;
/// The largest list that is taken in: some twelve million lines of digests.
const LARGEST_LIST: usize = 1 << 30;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/banks/{id}", bank),
        Door::post("/banks/{id}", change),
        Door::post("/banks/{id}/import", import).taking(DefaultBodyLimit::max(LARGEST_LIST)),
        Door::post("/banks/{id}/export", ask_to_export),
        Door::post("/banks/{id}/quarantine/release", release),
        Door::post("/banks/{id}/quarantine/discard", discard),
        Door::post("/questions/{id}/export", fetch),
    ]
}

/// An entry as the table shows it.
pub(crate) struct Entry {
    pub(crate) number: String,
    pub(crate) signals: Vec<(String, Identifier)>,
    pub(crate) labels: String,
    pub(crate) source: String,
    pub(crate) note: String,
    pub(crate) state: EntryState,
    pub(crate) added: When,
}

/// What an import told.
pub(crate) struct Imported {
    pub(crate) entries: String,
    pub(crate) empty: String,
    pub(crate) faulty: usize,
    pub(crate) faults: Vec<(u64, String)>,
    pub(crate) added: String,
    pub(crate) quarantined: usize,
    pub(crate) is_dry: bool,
}

#[derive(Template)]
#[template(path = "bank.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) bank: Bank,
    pub(crate) purpose: String,
    pub(crate) active: String,
    pub(crate) quarantined: usize,
    pub(crate) ratio: String,
    pub(crate) judged: quality::BankRow,
    pub(crate) entries: Vec<Entry>,
    pub(crate) search: String,
    pub(crate) next: String,
    pub(crate) may_manage: bool,
    pub(crate) may_fill: bool,
    pub(crate) may_export: bool,
    pub(crate) imported: Option<Imported>,
    pub(crate) problem: Option<Problem>,
}

async fn bank(desk: Desk, Id(id): Id<BankId>, Query(query): Query) -> Result<Response> {
    show(&desk, id, &query, None, None).await
}

async fn show(
    desk: &Desk,
    id: BankId,
    query: &Fields,
    imported: Option<Imported>,
    problem: Option<Problem>,
) -> Result<Response> {
    let app = &desk.console.app;
    let BankOverview { bank, entries } = app.bank(&desk.caller, id).await?;
    let judged = app.judged_of_bank(&desk.caller, id).await?;
    let search = query.text("q").to_owned();
    let wanted = EntryQuery {
        state: None,
        text: Some(search.clone()).filter(|text| !text.is_empty()),
        after: query.text("after").parse().unwrap_or(0),
        limit: PAGE,
    };
    let found = app.entries(&desk.caller, id, &wanted).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == PAGE);
    let next = found.last().filter(|_| full).map(|last| {
        let search: String = url::form_urlencoded::byte_serialize(search.as_bytes()).collect();
        format!("/banks/{id}?q={search}&after={}", last.entry.id)
    });
    let counted = |state| entries.get(&state).copied().unwrap_or(0);
    let permitted = |operation| permits(&desk.caller, operation, Resource::Any);
    let frame = Frame::of(desk.visit(), Section::Banks, bank.name.to_string()).await;
    Ok(page(&One {
        frame: frame.below("banks-title", "/banks").noting(query.text("done")),
        id: id.to_string(),
        purpose: if bank.purpose == CHILD_SAFETY {
            desk.words.say("purpose-child-safety")
        } else {
            bank.purpose.clone()
        },
        active: desk.words.number(counted(EntryState::Active)),
        quarantined: usize::try_from(counted(EntryState::Quarantined)).unwrap_or(0),
        ratio: format!("{}", bank.ratio * 100.0),
        judged: quality::bank_row(desk.words, id, &bank.name, &judged),
        entries: found.iter().map(|shown| entry(desk, shown)).collect(),
        search,
        next: next.unwrap_or_default(),
        may_manage: permitted(Operation::ManageBanks) && bank.origin == BankOrigin::Desk,
        may_fill: permitted(Operation::FillBanks) && bank.kind == BankKind::Known,
        may_export: permitted(Operation::ExportBanks),
        imported,
        problem,
        bank,
    }))
}

fn entry(desk: &Desk, shown: &ShownEntry) -> Entry {
    let signal = |kind: String, hex: String| (kind, Identifier::new(desk.words, &hex));
    let single = shown.signals.single.iter().map(|one| signal(one.kind().to_string(), one.hex()));
    // Of a video, how many frames there are and the first of them.
    let video = shown.signals.video.iter().map(|video| {
        let frames = video.frames();
        signal(format!("vpdq × {}", frames.len()), frames[0].hash.to_string())
    });
    let labels: Vec<_> =
        shown.entry.labels.iter().map(|label| format!("{} {}", label.scheme, label.code)).collect();
    Entry {
        number: desk.words.number(shown.entry.id),
        signals: single.chain(video).collect(),
        labels: labels.join(", "),
        source: shown.entry.source.clone(),
        note: shown.entry.note.clone().unwrap_or_default(),
        state: shown.entry.state,
        added: When::new(desk.words, shown.entry.created_at, desk.now),
    }
}

async fn change(desk: Desk, Id(id): Id<BankId>, Form(fields): Form) -> Result<Response> {
    let ratio = fields.text("ratio").replace(',', ".").parse::<f64>().ok().map(|percent| percent / 100.0);
    let edit = BankEdit {
        distance: fields.text("distance").parse().ok(),
        ratio,
        enabled: Some(fields.text("enabled") == "yes"),
        verdict: fields.text("verdict").parse::<Verdict>().ok(),
        ..BankEdit::default()
    };
    match desk.console.app.change_bank(&desk.caller, id, edit, fields.text("reason")).await {
        Ok(Changed::Done(_)) => Ok(go(format!("/banks/{id}?done=bank-changed"))),
        Ok(Changed::Asked(_)) => Ok(go("/questions?done=question-asked")),
        Err(error) => mended(&desk, id, error).await,
    }
}

/// Takes in a list by its file or by what was pasted, and tells line by line what could not be understood.
async fn import(desk: Desk, Id(id): Id<BankId>, mut form: Multipart) -> Result<Response> {
    authorise(&desk.caller, Operation::FillBanks, Resource::Any)?;
    let unreadable = |_| Failure::new(Code::BadRequest, "the list did not arrive whole");
    let mut file = tokio::fs::File::from_std(desk.console.app.scratch_file()?);
    let kept = |source| Error::internal("keep the list while it is read", source);
    let (mut long, mut is_dry) = (String::from("pdq"), false);
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "list" | "pasted" => {
                while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                    file.write_all(&chunk).await.map_err(kept)?;
                }
            }
            "long" => long = field.text().await.map_err(unreadable)?,
            "dry" => is_dry = true,
            _ => {}
        }
    }
    file.flush().await.map_err(kept)?;
    let long = long.parse().map_err(|_| Failure::new(Code::InvalidValue, "no such kind of signal"))?;
    let settings = ImportSettings { format: None, long, source: None, dry_run: is_dry };
    match desk.console.app.import_list(&desk.caller, id, file.into_std().await, settings).await {
        Ok(report) => show(&desk, id, &Fields::default(), Some(imported(&desk, &report, is_dry)), None).await,
        Err(error) => mended(&desk, id, error).await,
    }
}

fn imported(desk: &Desk, report: &ImportReport, is_dry: bool) -> Imported {
    let count = |count: i64| usize::try_from(count).unwrap_or(0);
    Imported {
        entries: desk.words.number(report.entries),
        empty: if report.empty > 0 { desk.words.number(report.empty) } else { String::new() },
        faulty: count(report.faulty),
        faults: report.faults.iter().map(|fault| (fault.line, fault.problem.clone())).collect(),
        added: report.added.map(|added| desk.words.number(added.count)).unwrap_or_default(),
        quarantined: report.added.map_or(0, |added| count(added.quarantined)),
        is_dry,
    }
}

async fn ask_to_export(desk: Desk, Id(id): Id<BankId>, Form(fields): Form) -> Result<Response> {
    let format = fields.text("format").parse();
    let format = format.map_err(|_| Failure::new(Code::InvalidValue, "no such format"))?;
    match desk.console.app.propose_export(&desk.caller, id, format, fields.text("reason")).await {
        Ok(_) => Ok(go("/questions?done=question-asked")),
        Err(error) => mended(&desk, id, error).await,
    }
}

/// Hands out an export that a second person agreed to, piece by piece: a bank may be larger than memory. Its headers name the entry
/// of the ledger, and the digest that stands there.
async fn fetch(desk: Desk, Id(question): Id<ApprovalId>) -> Result<Response> {
    let app = desk.console.app.clone();
    let export = match app.begin_export(&desk.caller, question).await {
        Err(error) if error.code() == Code::StepUpNeeded => {
            let back = format!("/questions/{question}");
            return passkeys::ask_first(&desk, &format!("{back}/export"), &Fields::default(), &back).await;
        }
        begun => begun?,
    };
    let name = format!("attachment; filename=\"{}.{}\"", export.bank.name, export.format);
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_LENGTH, export.length.to_string()),
        (
            HeaderName::from_static("repr-digest"),
            format!("sha-256=:{}:", BASE64_STANDARD.encode(export.sha256)),
        ),
        (HeaderName::from_static("vigie-ledger-entry"), export.entry.to_string()),
    ];
    let pieces = stream::try_unfold(export, next_piece);
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn next_piece(mut export: Export) -> Result<Option<(Vec<u8>, Export)>, Error> {
    Ok(export.next().await?.map(|piece| (piece, export)))
}

async fn release(desk: Desk, Id(id): Id<BankId>) -> Result<Response> {
    desk.console.app.release_quarantine(&desk.caller, id).await?;
    Ok(go(format!("/banks/{id}?done=quarantine-released")))
}

async fn discard(desk: Desk, Id(id): Id<BankId>) -> Result<Response> {
    desk.console.app.discard_quarantine(&desk.caller, id).await?;
    Ok(go(format!("/banks/{id}?done=quarantine-discarded")))
}

async fn mended(desk: &Desk, id: BankId, error: Error) -> Result<Response> {
    if !failure::can_be_mended(&error) {
        return Err(error.into());
    }
    show(desk, id, &Fields::default(), None, Some(Problem::of(&error, desk.visit()))).await
}
