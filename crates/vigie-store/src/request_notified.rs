//! Which office each request says was notified of it as the enforcing authority.
//!
//! What it is: the way from an office to the requests that name it. What it is not: who may read them; that is asked above. Names
//! come here as they are compared, so that two ways of writing one office are the same. To list by something else: a query here.

use vigie_model::disclosure::Request;
use vigie_model::id::RequestId;

use crate::error::Attempt;
use crate::row::key;
use crate::{Read, StoreError, Transaction};

/// Says which office a request names, in place of the one before; none where it names none.
///
/// # Errors
/// A statement failed.
pub async fn set(
    tx: &mut Transaction,
    request: RequestId,
    office: Option<(&str, &str)>,
) -> Result<(), StoreError> {
    let gone = sqlx::query("DELETE FROM request_notified WHERE request = $1").bind(key(request));
    gone.execute(tx.connection()).await.attempt("forget the office that was notified")?;
    let Some((office, country)) = office else { return Ok(()) };
    sqlx::query("INSERT INTO request_notified (request, office, country) VALUES ($1, $2, $3)")
        .bind(key(request))
        .bind(office)
        .bind(country)
        .execute(tx.connection())
        .await
        .attempt("note the office that was notified")?;
    Ok(())
}

/// Requests that name an office, the newest first, so many after so many: those of which it is known whose they are.
///
/// # Errors
/// The statement failed.
pub async fn of_office(
    read: &mut impl Read,
    (office, country): (&str, &str),
    (offset, limit): (i64, i64),
) -> Result<Vec<Request>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.* FROM requests r JOIN request_notified n ON n.request = r.id \
         WHERE n.office = $1 AND n.country = $2 AND r.authority IS NOT NULL ORDER BY r.number DESC LIMIT $3 OFFSET $4",
    );
    let rows = rows.bind(office).bind(country).bind(limit).bind(offset).fetch_all(read.connection()).await;
    rows.attempt("list requests of which an office was notified")?
        .iter()
        .map(crate::requests::request)
        .collect()
}
