//! The public log under `/log/`: C2SP tlog-tiles, and the key that verifies it. Anybody may read it: it holds salted hashes.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use vigie_api::Problem;
use vigie_app::Code;
use vigie_app::ledger::LogFile;

use super::Doors;

const TEXT: &str = "text/plain; charset=utf-8";
/// The next checkpoint comes soon.
const FOR_A_MOMENT: &str = "public, max-age=1";
/// A tile is what it is.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Path, and what answers.
pub(super) fn doors() -> [(&'static str, MethodRouter<Doors>); 3] {
    [
        ("/log/vkey", get(vkey)),
        ("/log/checkpoint", get(async |State(doors): State<Doors>| file(&doors, "checkpoint").await)),
        (
            "/log/tile/{*path}",
            get(async |State(doors): State<Doors>, Path(path): Path<String>| {
                file(&doors, &format!("tile/{path}")).await
            }),
        ),
    ]
}

async fn vkey(State(doors): State<Doors>) -> Result<Response, Problem> {
    let key = doors.app.ledger_verifier().await?;
    Ok(answer(TEXT, FOR_A_MOMENT, format!("{key}\n").into_bytes()))
}

async fn file(doors: &Doors, path: &str) -> Result<Response, Problem> {
    match doors.app.log_file(path).await? {
        Some(LogFile::Checkpoint(note)) => Ok(answer(TEXT, FOR_A_MOMENT, note.into_bytes())),
        Some(LogFile::Tile(bytes)) => Ok(answer("application/octet-stream", FOR_EVER, bytes)),
        None => Err(Problem::new(Code::NotFound, "the published log has no such file")),
    }
}

fn answer(kind: &'static str, cache: &'static str, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, body).into_response()
}
