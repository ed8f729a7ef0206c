//! Retro-hunts, for machines that watch them: what was asked, how far each is, and the counts for the public figures.
//!
//! Asking for one takes a named person, and agreeing a second: both at the console. No address here takes a hash.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_app::hunts::{HuntCount, HuntOverview};
use vigie_model::Moment;
use vigie_model::id::{BankId, HuntId};

use crate::address::Path;
use crate::{Api, Machine, Problem, ProblemDocument};

/// A retro-hunt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HuntDocument {
    /// Its identifier.
    #[schema(value_type = String)]
    id: HuntId,
    /// Its number.
    number: i64,
    /// The bank whose entries are looked for.
    #[schema(value_type = String)]
    bank: BankId,
    /// The name of the bank; none when it was removed.
    bank_name: Option<String>,
    /// Why.
    purpose: String,
    /// Only entries that joined the bank since then; the whole bank if none.
    #[schema(value_type = Option<String>)]
    entries_since: Option<Moment>,
    /// How many entries that were when it was asked.
    entries: i64,
    /// Uploads that came in at or after this moment.
    #[schema(value_type = String)]
    from: Moment,
    /// And before this one.
    #[schema(value_type = String)]
    until: Moment,
    /// `asked`, `running`, `done`, `cancelled`, `refused` or `failed`.
    state: &'static str,
    /// Segments of history that it covers; 0 before it began.
    segments: i64,
    /// Those that were looked through.
    segments_done: i64,
    /// Uploads that were examined.
    rows: i64,
    /// Uploads that were found and that no hunt for this bank had found before.
    hits: i64,
    /// When it was asked.
    #[schema(value_type = String)]
    asked_at: Moment,
    /// When it was over.
    #[schema(value_type = Option<String>)]
    ended_at: Option<Moment>,
}

/// What retro-hunts did by the entries of one bank in one month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HuntCountDocument {
    /// The bank.
    #[schema(value_type = String)]
    bank: BankId,
    /// The month in UTC, as `2026-11`.
    month: String,
    /// Hunts that were carried out.
    hunts: i64,
    /// Uploads that they examined.
    rows: i64,
    /// Uploads that they found.
    hits: i64,
}

/// Lists the newest hundred retro-hunts.
#[utoipa::path(get, path = "/api/v1/hunts", tag = "hunts", responses(
    (status = 200, body = Vec<HuntDocument>),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Machine(caller): Machine,
) -> Result<Json<Vec<HuntDocument>>, Problem> {
    Ok(Json(api.app.hunts(&caller).await?.into_iter().map(document).collect()))
}

/// Shows a retro-hunt, and how far it is.
#[utoipa::path(get, path = "/api/v1/hunts/{hunt}", tag = "hunts", params(("hunt" = String, Path)), responses(
    (status = 200, body = HuntDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn read(
    State(api): State<Api>,
    Machine(caller): Machine,
    Path(hunt): Path<String>,
) -> Result<Json<HuntDocument>, Problem> {
    // What is no identifier names no hunt; that is told only to who may know of hunts.
    let id = hunt.parse().unwrap_or(HuntId(uuid::Uuid::nil()));
    let view = api.app.hunt(&caller, id).await?;
    Ok(Json(document(HuntOverview { hunt: view.hunt, bank: view.bank })))
}

/// Counts by bank and month, for the public figures.
#[utoipa::path(get, path = "/api/v1/hunts/counts", tag = "hunts", responses(
    (status = 200, body = Vec<HuntCountDocument>),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn counts(
    State(api): State<Api>,
    Machine(caller): Machine,
) -> Result<Json<Vec<HuntCountDocument>>, Problem> {
    let document =
        |HuntCount { bank, month, hunts, rows, hits }| HuntCountDocument { bank, month, hunts, rows, hits };
    Ok(Json(api.app.hunt_counts(&caller).await?.into_iter().map(document).collect()))
}

fn document(HuntOverview { hunt, bank }: HuntOverview) -> HuntDocument {
    HuntDocument {
        id: hunt.id,
        number: hunt.number,
        bank: hunt.terms.bank,
        bank_name: bank,
        purpose: hunt.terms.purpose,
        entries_since: hunt.terms.entries_since,
        entries: hunt.entries,
        from: hunt.terms.from,
        until: hunt.terms.until,
        state: hunt.state.name(),
        segments: hunt.progress.segments,
        segments_done: hunt.progress.segments_done,
        rows: hunt.progress.rows,
        hits: hunt.progress.hits,
        asked_at: hunt.asked_at,
        ended_at: hunt.ended_at,
    }
}
