//! Banks and their entries, for machines that fill them: read, search, add, import, remove.
//!
//! Making, arming and exporting a bank take two people, and are asked for at the console.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use futures_util::StreamExt as _;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use vigie_app::bank_entries::{Added, EntryQuery, EntrySignals, NewEntry, ShownEntry};
use vigie_app::bank_lists::{Diagnostic, ImportReport, ImportSettings, ListFormat, ListedKind, Scratch};
use vigie_app::banks::BankOverview;
use vigie_app::{Code, Error, Resource, authorise};
use vigie_model::bank::{EntryState, Label};
use vigie_model::id::BankId;
use vigie_model::{Moment, Operation};

use crate::address::{Path, Query};
use crate::{Api, Machine, Problem, ProblemDocument, form};

/// Entries on a page where nobody says how many.
const PAGE: i64 = 100;

/// Bytes of the largest list that is taken.
const LARGEST_LIST: u64 = 1 << 30;

/// A bank.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BankView {
    /// Its identifier.
    #[schema(value_type = String)]
    id: BankId,
    /// Its name.
    name: String,
    /// What it is for.
    purpose: String,
    /// Who signed for another purpose than child safety.
    overlay: Option<String>,
    /// Who hands out the list.
    source: String,
    /// The legal ground on which it is held.
    legal_ground: String,
    /// `known` or `negative`.
    kind: &'static str,
    /// `desk`, or `hma` before two people adopted it.
    origin: &'static str,
    /// Greatest PDQ distance that is a match.
    distance: u32,
    /// What a match asks for: `allow`, `review`, `block`.
    verdict: &'static str,
    /// The vocabulary of its labels.
    label_scheme: String,
    /// Share of lookups in which it takes part.
    ratio: f64,
    /// Whether it takes part at all.
    enabled: bool,
    /// How many entries it has in each state.
    entries: BTreeMap<&'static str, i64>,
}

/// What an entry is about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabelView {
    /// The vocabulary; that of the bank if empty.
    #[serde(default)]
    scheme: String,
    /// The code within it.
    code: String,
}

/// An entry of a bank.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its number.
    id: i64,
    /// Its signals in hexadecimal digits, by kind.
    signals: BTreeMap<&'static str, String>,
    /// Who vouches for it.
    source: String,
    /// What it is about.
    labels: Vec<LabelView>,
    /// A free note.
    note: Option<String>,
    /// Where the source keeps the original.
    original_reference: Option<String>,
    /// Until when it does not match.
    #[schema(value_type = Option<String>)]
    disabled_until: Option<Moment>,
    /// `active`, `quarantined` or `removed`.
    state: &'static str,
    /// When it was added.
    #[schema(value_type = String)]
    created_at: Moment,
}

/// A page of entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryPage {
    /// The entries, in the order of their numbers.
    entries: Vec<EntryView>,
    /// Send this as `after` for the next page; none on the last.
    next: Option<i64>,
}

/// An entry to add.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EntryInput {
    /// Its signals in hexadecimal digits, by kind: `pdq`, `md5`, `sha1`, `sha256`.
    signals: BTreeMap<String, String>,
    /// Who vouches for it; the source of the bank if none.
    source: Option<String>,
    /// What it is about.
    #[serde(default)]
    labels: Vec<LabelView>,
    /// A free note of at most 255 characters.
    note: Option<String>,
    /// Where the source keeps the original.
    original_reference: Option<String>,
    /// Until when it does not match.
    #[schema(value_type = Option<String>)]
    disabled_until: Option<Moment>,
}

/// Entries to add.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EntriesInput {
    /// At most 10,000.
    entries: Vec<EntryInput>,
}

/// What became of added entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddedView {
    /// The number of the first; the others follow without a gap.
    first: i64,
    /// How many they are.
    count: i64,
    /// How many of them, the last ones, wait in quarantine for a person.
    quarantined: i64,
}

/// A line that could not be understood.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultView {
    /// The line, from 1.
    line: u64,
    /// What is wrong with it.
    problem: String,
}

/// What became of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    /// How it is written.
    format: &'static str,
    /// Entries it holds.
    entries: i64,
    /// Lines that list a picture without a signal.
    empty: i64,
    /// Lines that could not be understood. If there is one, nothing was applied.
    faulty: i64,
    /// The first of those.
    faults: Vec<FaultView>,
    /// What was added; none after a dry run, for an empty list, and where a line is faulty.
    added: Option<AddedView>,
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntryParameters {
    /// Only entries in this state: `active`, `quarantined`, `removed`.
    state: Option<String>,
    /// The digits of a signal, or a text in note, original reference or source, or a whole label.
    q: Option<String>,
    /// Entries behind this number.
    #[serde(default)]
    after: i64,
    /// How many, at most 500.
    limit: Option<i64>,
}

/// How a list is to be imported.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportParameters {
    /// `csv`, `jsonl` or `plain`; guessed from its beginning if none.
    format: Option<String>,
    /// What 64 digits are where the list does not say it: `pdq` (also if none) or `sha256`.
    long: Option<String>,
    /// Who vouches for its entries, where the list does not say it.
    source: Option<String>,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// Lists banks.
#[utoipa::path(get, path = "/api/v1/banks", tag = "banks", responses(
    (status = 200, body = Vec<BankView>),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Machine(caller): Machine,
) -> Result<Json<Vec<BankView>>, Problem> {
    Ok(Json(api.app.bank_overviews(&caller).await?.into_iter().map(bank_view).collect()))
}

/// Shows a bank.
#[utoipa::path(get, path = "/api/v1/banks/{bank}", tag = "banks", params(("bank" = String, Path)), responses(
    (status = 200, body = BankView),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn read(
    State(api): State<Api>,
    Machine(caller): Machine,
    Path(bank): Path<String>,
) -> Result<Json<BankView>, Problem> {
    Ok(Json(bank_view(api.app.bank(&caller, bank_id(&bank)).await?)))
}

/// Lists and searches the entries of a bank, page by page.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/entries", tag = "banks", params(("bank" = String, Path), EntryParameters), responses(
    (status = 200, body = EntryPage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn entries(
    State(api): State<Api>,
    Machine(caller): Machine,
    Path(bank): Path<String>,
    Query(asked): Query<EntryParameters>,
) -> Result<Json<EntryPage>, Problem> {
    let limit = asked.limit.unwrap_or(PAGE);
    let state = asked.state.map(|state| named::<EntryState>(&state)).transpose()?;
    let query = EntryQuery { state, text: asked.q, after: asked.after, limit };
    let found = api.app.entries(&caller, bank_id(&bank), &query).await?;
    let is_full = i64::try_from(found.len()).is_ok_and(|length| length >= limit.min(500));
    let next = found.last().filter(|_| is_full).map(|last| last.entry.id);
    Ok(Json(EntryPage { entries: found.into_iter().map(entry_view).collect(), next }))
}

/// Adds entries to a bank, all of them or none.
#[utoipa::path(post, path = "/api/v1/banks/{bank}/entries", tag = "banks", params(("bank" = String, Path)), request_body = EntriesInput, responses(
    (status = 201, body = AddedView),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn add(
    State(api): State<Api>,
    Machine(caller): Machine,
    Path(bank): Path<String>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<AddedView>), Problem> {
    authorise(&caller, Operation::FillBanks, Resource::Any)?;
    let body = body.map_err(|rejection| Problem::new(Code::BadRequest, rejection.body_text()))?;
    let input: EntriesInput = form::parse(&body)?;
    let entries = input.entries.into_iter().map(new_entry).collect::<Result<_, _>>()?;
    let added = api.app.add_entries(&caller, bank_id(&bank), entries).await?;
    Ok((StatusCode::CREATED, Json(added_view(added))))
}

/// Imports a list into a bank, all of it or nothing. The body is the list.
#[utoipa::path(post, path = "/api/v1/banks/{bank}/import", tag = "banks", params(("bank" = String, Path), ImportParameters), request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = ImportView, description = "What it holds, and what was added"),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn import(
    State(api): State<Api>,
    Machine(caller): Machine,
    Path(bank): Path<String>,
    Query(asked): Query<ImportParameters>,
    body: Body,
) -> Result<Json<ImportView>, Problem> {
    let mut scratch = api.app.begin_import(&caller, LARGEST_LIST)?;
    let settings = ImportSettings {
        format: asked.format.map(|format| named::<ListFormat>(&format)).transpose()?,
        long: asked.long.map_or(Ok(ListedKind::Pdq), |long| named(&long))?,
        source: asked.source,
        dry_run: asked.dry_run,
    };
    receive(body, &mut scratch).await?;
    Ok(Json(import_view(
        api.app.import_list(&caller, bank_id(&bank), scratch.finish().await?, settings).await?,
    )))
}

/// Removes an entry from a bank. Its row stays, so that old receipts can be read.
#[utoipa::path(delete, path = "/api/v1/banks/{bank}/entries/{entry}", tag = "banks", params(("bank" = String, Path), ("entry" = i64, Path)), responses(
    (status = 204, description = "It matches no more"),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn remove(
    State(api): State<Api>,
    Machine(caller): Machine,
    Path((bank, entry)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    // As with banks: entries are numbered from 1.
    match api.app.remove_entry(&caller, bank_id(&bank), entry.parse().unwrap_or(0)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::not_found("entry").into()),
    }
}

async fn receive(body: Body, scratch: &mut Scratch) -> Result<(), Problem> {
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Problem::new(Code::BadRequest, "the list did not come in whole"))?;
        scratch.push(&part).await?;
    }
    Ok(())
}

/// What is no identifier names no bank; that is told only to who may know of banks.
fn bank_id(text: &str) -> BankId {
    text.parse().unwrap_or(BankId(uuid::Uuid::nil()))
}

fn named<T: std::str::FromStr<Err = vigie_model::id::UnknownName>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| Problem::new(Code::InvalidValue, error.to_string()))
}

fn new_entry(input: EntryInput) -> Result<NewEntry, Error> {
    let label = |label: LabelView| Label { scheme: label.scheme, code: label.code };
    Ok(NewEntry {
        signals: EntrySignals::read(&input.signals)?,
        source: input.source,
        labels: input.labels.into_iter().map(label).collect(),
        note: input.note,
        original_reference: input.original_reference,
        metadata: None::<Value>,
        disabled_until: input.disabled_until,
    })
}

fn bank_view(overview: BankOverview) -> BankView {
    let BankOverview { bank, entries } = overview;
    BankView {
        id: bank.id,
        name: bank.name.into(),
        purpose: bank.purpose,
        overlay: bank.overlay,
        source: bank.source,
        legal_ground: bank.legal_ground,
        kind: bank.kind.name(),
        origin: bank.origin.name(),
        distance: bank.distance,
        verdict: bank.verdict.name(),
        label_scheme: bank.label_scheme,
        ratio: bank.ratio,
        enabled: bank.enabled,
        entries: entries.into_iter().map(|(state, count)| (state.name(), count)).collect(),
    }
}

fn entry_view(shown: ShownEntry) -> EntryView {
    let ShownEntry { entry, signals } = shown;
    let label = |label: Label| LabelView { scheme: label.scheme, code: label.code };
    EntryView {
        id: entry.id,
        signals: signals.by_kind(),
        source: entry.source,
        labels: entry.labels.into_iter().map(label).collect(),
        note: entry.note,
        original_reference: entry.original_reference,
        disabled_until: entry.disabled_until,
        state: entry.state.name(),
        created_at: entry.created_at,
    }
}

fn added_view(added: Added) -> AddedView {
    AddedView { first: added.first, count: added.count, quarantined: added.quarantined }
}

fn import_view(report: ImportReport) -> ImportView {
    let fault = |Diagnostic { line, problem }| FaultView { line, problem };
    ImportView {
        format: report.format.name(),
        entries: report.entries,
        empty: report.empty,
        faulty: report.faulty,
        faults: report.faults.into_iter().map(fault).collect(),
        added: report.added.map(added_view),
    }
}
