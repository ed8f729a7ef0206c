//! Requests of authorities. What says of whom is asked is sealed before it comes here, and is opened above.
//!
//! What it is not: a rule about which state follows; `RequestState::may_become` says that, and `advance` holds to it. To add
//! a fact that is kept in the clear: a column and its migration, and only where it says nothing about a person.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::disclosure::{AuthenticationLevel, PreservationState, Request, RequestState};
use vigie_model::id::{AuthorityId, BlobId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key, wrong};
use crate::{Read, StoreError, Transaction};

/// What is sealed of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedParts {
    /// The legal document as values.
    pub instrument: Vec<u8>,
    /// What could not be read of it.
    pub diagnostics: Vec<u8>,
}

/// Writes a request that came in. `nonce_hash` is of what its authority drew for it, where it drew anything.
///
/// # Errors
/// The statement failed.
pub async fn insert(
    tx: &mut Transaction,
    request: &Request,
    sealed: &SealedParts,
    nonce_hash: Option<[u8; 32]>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO requests (id, number, authority, authority_name, country, regime, rule_set, kind, reference, door, \
         brought_by, level, state, preservation, is_emergency, is_binding, document, document_sha256, nonce_hash, instrument, \
         diagnostics, earlier, received_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
         $15, $16, $17, $18, $19, $20, $21, $22, $23, $23)",
    )
    .bind(key(request.id))
    .bind(request.number)
    .bind(optional_key(request.authority))
    .bind(&request.authority_name)
    .bind(&request.country)
    .bind(&request.regime)
    .bind(&request.rule_set)
    .bind(request.kind.name())
    .bind(&request.reference)
    .bind(request.door.name())
    .bind(&request.brought_by)
    .bind(request.level.name())
    .bind(request.state.name())
    .bind(request.preservation.map(PreservationState::name))
    .bind(i64::from(request.is_emergency))
    .bind(i64::from(request.is_binding))
    .bind(key(request.document))
    .bind(request.document_sha256.to_vec())
    .bind(nonce_hash.map(|hash| hash.to_vec()))
    .bind(&sealed.instrument)
    .bind(&sealed.diagnostics)
    .bind(optional_key(request.earlier))
    .bind(request.received_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a request")?;
    Ok(())
}

/// The request with this identifier. Whoever finds it in a transaction has it alone until that ends: what was seen of it, of its
/// tasks and of what was granted stays so, and the next one sees what came of it.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: RequestId) -> Result<Option<Request>, StoreError> {
    // Safe: made of constants.
    let statement = format!("SELECT * FROM requests WHERE id = $1{}", read.and_hold());
    let row = sqlx::query(AssertSqlSafe(statement)).bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a request")?.as_ref().map(request).transpose()
}

/// The requests with these identifiers, in no order.
///
/// # Errors
/// The statement failed.
pub async fn find_all(read: &mut impl Read, ids: &[RequestId]) -> Result<Vec<Request>, StoreError> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let places: Vec<_> = (1..=ids.len()).map(|number| format!("${number}")).collect();
    let statement = format!("SELECT * FROM requests WHERE id IN ({})", places.join(", "));
    // Safe: made of numbers of places.
    let rows = ids.iter().fold(sqlx::query(AssertSqlSafe(statement)), |query, id| query.bind(key(*id)));
    all(&rows.fetch_all(read.connection()).await.attempt("find requests")?)
}

/// What is sealed of a request.
///
/// # Errors
/// No such request, or the statement failed.
pub async fn sealed(read: &mut impl Read, id: RequestId) -> Result<SealedParts, StoreError> {
    let row = sqlx::query("SELECT instrument, diagnostics FROM requests WHERE id = $1").bind(key(id));
    let row = row.fetch_one(read.connection()).await.attempt("find what is sealed of a request")?;
    Ok(SealedParts { instrument: row.bytes("instrument")?, diagnostics: row.bytes("diagnostics")? })
}

/// The request for which this was drawn, where there is one.
///
/// # Errors
/// The statement failed.
pub async fn find_by_nonce(
    read: &mut impl Read,
    nonce_hash: [u8; 32],
) -> Result<Option<Request>, StoreError> {
    let row = sqlx::query("SELECT * FROM requests WHERE nonce_hash = $1").bind(nonce_hash.to_vec());
    let row = row.fetch_optional(read.connection()).await.attempt("find a request by its nonce")?;
    row.as_ref().map(request).transpose()
}

/// Requests that brought these very bytes, or bear this reference of this authority; the oldest first.
///
/// # Errors
/// The statement failed.
pub async fn alike(
    read: &mut impl Read,
    document_sha256: [u8; 32],
    (country, authority_name, reference): (&str, &str, &str),
) -> Result<Vec<Request>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM requests WHERE document_sha256 = $1 \
         OR (country = $2 AND authority_name = $3 AND reference = $4) ORDER BY number LIMIT 20",
    );
    let rows = rows.bind(document_sha256.to_vec()).bind(country).bind(authority_name).bind(reference);
    all(&rows.fetch_all(read.connection()).await.attempt("find requests that are alike")?)
}

/// Which requests a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Those that are not over.
    Open,
    /// Those that are.
    Over,
    /// Those of one authority.
    Of(AuthorityId),
}

/// Requests of a list, the newest first, so many after so many.
///
/// # Errors
/// The statement failed.
pub async fn list(
    read: &mut impl Read,
    which: Listed,
    (offset, limit): (i64, i64),
) -> Result<Vec<Request>, StoreError> {
    let rows = match which {
        Listed::Open => sqlx::query(
            "SELECT * FROM requests WHERE closed_at IS NULL AND $1 IS NULL ORDER BY number DESC LIMIT $2 OFFSET $3",
        )
        .bind(None::<Vec<u8>>),
        Listed::Over => sqlx::query(
            "SELECT * FROM requests WHERE closed_at IS NOT NULL AND $1 IS NULL ORDER BY number DESC LIMIT $2 OFFSET $3",
        )
        .bind(None::<Vec<u8>>),
        Listed::Of(authority) => {
            sqlx::query("SELECT * FROM requests WHERE authority = $1 ORDER BY number DESC LIMIT $2 OFFSET $3")
                .bind(Some(key(authority)))
        }
    };
    let rows = rows.bind(limit).bind(offset);
    all(&rows.fetch_all(read.connection()).await.attempt("list requests")?)
}

/// How many requests an authority sent since a moment, and how many it ever sent.
///
/// # Errors
/// The statement failed.
pub async fn sent_by(
    read: &mut impl Read,
    (country, name): (&str, &str),
    since: Moment,
) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS ever, COUNT(CASE WHEN received_at >= $3 THEN 1 END) AS lately FROM requests \
         WHERE country = $1 AND authority_name = $2",
    );
    let row = row.bind(country).bind(name).bind(since.0);
    let row = row.fetch_one(read.connection()).await.attempt("count requests of an authority")?;
    Ok((row.number("lately")?, row.number("ever")?))
}

/// Requests that close by themselves: delivered, with no deadline running and nothing left to fetch; or a preservation that has ended.
///
/// # Errors
/// The statement failed.
pub async fn finished(read: &mut impl Read, now: Moment, limit: i64) -> Result<Vec<RequestId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM requests WHERE (state IN ('delivered', 'use_restricted') \
         AND NOT EXISTS (SELECT 1 FROM request_deadlines d WHERE d.request = requests.id \
         AND d.satisfied_at IS NULL AND d.due_at > $1) \
         AND NOT EXISTS (SELECT 1 FROM packages p WHERE p.request = requests.id AND p.expires_at > $1)) \
         OR (kind = 'preservation' AND state IN ('validating', 'accepted') AND preservation IN ('ended', 'expired')) \
         ORDER BY number LIMIT $2",
    );
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list requests that are finished")?.iter().map(|row| row.id("id")).collect()
}

/// Requests that were over before a moment and are not archived. One about which silence stands, of which a user is still to be told,
/// or for which something was still held by then, is not among them.
///
/// # Errors
/// The statement failed.
pub async fn over_since(
    read: &mut impl Read,
    before: Moment,
    limit: i64,
) -> Result<Vec<RequestId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM requests WHERE closed_at IS NOT NULL AND closed_at <= $1 AND state <> 'archived' \
         AND NOT EXISTS (SELECT 1 FROM gags g WHERE g.request = requests.id AND g.ended_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM user_notices n WHERE n.request = requests.id AND n.sent_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM request_deadlines d WHERE d.request = requests.id \
         AND d.satisfied_by LIKE '%\"hold_settled\"%' AND (d.satisfied_at IS NULL OR d.satisfied_at > $1)) \
         ORDER BY closed_at LIMIT $2",
    );
    let rows = rows.bind(before.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list requests to archive")?.iter().map(|row| row.id("id")).collect()
}

/// Moves a request on, where it still stands where the caller thinks. Tells whether it did. Nothing moves it against
/// [`RequestState::may_become`].
///
/// # Errors
/// The statement failed.
pub async fn advance(
    tx: &mut Transaction,
    id: RequestId,
    (from, to): (RequestState, RequestState),
    now: Moment,
) -> Result<bool, StoreError> {
    if !from.may_become(to) {
        return Ok(false);
    }
    let done = sqlx::query(
        "UPDATE requests SET state = $3, updated_at = $4, closed_at = $5, stopped_in = CASE WHEN $6 = 0 THEN NULL \
         ELSE COALESCE(stopped_in, $2) END WHERE id = $1 AND state = $2",
    )
    .bind(key(id))
    .bind(from.name())
    .bind(to.name())
    .bind(now.0)
    .bind(to.is_over().then_some(now.0))
    .bind(i64::from(to.is_stopped()))
    .execute(tx.connection())
    .await
    .attempt("move a request on")?;
    Ok(done.rows_affected() == 1)
}

/// Where a request stood when it was stopped; none where nothing stops it.
///
/// # Errors
/// No such request, or the statement failed.
pub async fn stopped_in(read: &mut impl Read, id: RequestId) -> Result<Option<RequestState>, StoreError> {
    let row = sqlx::query("SELECT stopped_in FROM requests WHERE id = $1").bind(key(id));
    let row = row.fetch_one(read.connection()).await.attempt("find where a request was stopped")?;
    let state = row.optional_text("stopped_in")?.map(|text| text.parse()).transpose();
    state.map_err(|error| wrong("stopped_in", error))
}

/// Moves a preservation request on, where it still stands where the caller thinks. Tells whether it did. Nothing moves it against
/// [`PreservationState::may_become`].
///
/// # Errors
/// The statement failed.
pub async fn advance_preservation(
    tx: &mut Transaction,
    id: RequestId,
    (from, to): (PreservationState, PreservationState),
    now: Moment,
) -> Result<bool, StoreError> {
    if !from.may_become(to) {
        return Ok(false);
    }
    let done = sqlx::query(
        "UPDATE requests SET preservation = $3, updated_at = $4 WHERE id = $1 AND preservation = $2",
    );
    let done = done.bind(key(id)).bind(from.name()).bind(to.name()).bind(now.0).execute(tx.connection());
    Ok(done.await.attempt("move a preservation request on")?.rows_affected() == 1)
}

/// Says how sure it is by now who asks, and of which authority of the directory they are.
///
/// # Errors
/// The statement failed.
pub async fn set_level(
    tx: &mut Transaction,
    id: RequestId,
    level: AuthenticationLevel,
    authority: AuthorityId,
    now: Moment,
) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE requests SET level = $2, authority = $3, updated_at = $4 WHERE id = $1");
    let done = done.bind(key(id)).bind(level.name()).bind(key(authority)).bind(now.0);
    let done = done.execute(tx.connection()).await.attempt("say who asks")?;
    crate::transaction::one_row("saying who asks", done.rows_affected())
}

/// Replaces the document of a request: its authority corrected it.
///
/// # Errors
/// The statement failed.
pub async fn set_document(
    tx: &mut Transaction,
    id: RequestId,
    (document, sha256, reference): (BlobId, [u8; 32], &str),
    sealed: &SealedParts,
    now: Moment,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE requests SET instrument = $2, diagnostics = $3, document = $4, document_sha256 = $5, reference = $6, \
         updated_at = $7 WHERE id = $1",
    );
    let done = done.bind(key(id)).bind(&sealed.instrument).bind(&sealed.diagnostics);
    let done = done.bind(key(document)).bind(sha256.to_vec()).bind(reference).bind(now.0);
    let done = done.execute(tx.connection()).await.attempt("correct a request")?;
    crate::transaction::one_row("correcting a request", done.rows_affected())
}

/// Notes that its authority was told that a request came. The first time counts.
///
/// # Errors
/// The statement failed.
pub async fn note_acknowledged(tx: &mut Transaction, id: RequestId, now: Moment) -> Result<(), StoreError> {
    sqlx::query("UPDATE requests SET acknowledged_at = $2 WHERE id = $1 AND acknowledged_at IS NULL")
        .bind(key(id))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("note an acknowledgement")?;
    Ok(())
}

fn all(rows: &[AnyRow]) -> Result<Vec<Request>, StoreError> {
    rows.iter().map(request).collect()
}

pub(crate) fn request(row: &AnyRow) -> Result<Request, StoreError> {
    let preservation = row.optional_text("preservation")?.map(|text| text.parse()).transpose();
    let sha256 = row.bytes("document_sha256")?;
    Ok(Request {
        id: row.id("id")?,
        number: row.number("number")?,
        authority: row.optional_id("authority")?,
        authority_name: row.text("authority_name")?,
        country: row.text("country")?,
        regime: row.text("regime")?,
        rule_set: row.text("rule_set")?,
        kind: row.parsed("kind")?,
        reference: row.text("reference")?,
        door: row.parsed("door")?,
        brought_by: row.text("brought_by")?,
        level: row.parsed("level")?,
        state: row.parsed("state")?,
        preservation: preservation.map_err(|error| wrong("preservation", error))?,
        is_emergency: row.truth("is_emergency")?,
        is_binding: row.truth("is_binding")?,
        document: row.id("document")?,
        document_sha256: sha256.try_into().map_err(|_| wrong("document_sha256", "not 32 bytes"))?,
        earlier: row.optional_id("earlier")?,
        received_at: row.moment("received_at")?,
        updated_at: row.moment("updated_at")?,
        acknowledged_at: row.optional_moment("acknowledged_at")?,
        closed_at: row.optional_moment("closed_at")?,
    })
}
