//! A witness: it cosigns the growth of the logs it watches, and so nobody can take a log back or show two of them.
//!
//! What it is: a small server for `POST /add-checkpoint` (C2SP tlog-witness) with a folder of its own: its key, and for each
//! log the last checkpoint it cosigned. That is durable before the answer leaves. What it is not: part of the service it
//! watches. It is run by somebody else, on another machine, by one command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use vigie_app::heavy::Heavy;
use vigie_model::Clock;
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::ledger::leaf_hash;
use vigie_seal::merkle::Tree;
use vigie_seal::note::{Kind, Note, SignerKey, VerifierKey};
use vigie_seal::witness::{self, Refusal, Request, SIZE_TYPE};
use vigie_store::mark;

/// More than any request has: a proof is short, and a checkpoint with many cosignatures is not long either.
const LARGEST_REQUEST: usize = 256 * 1024;

/// A witness with its folder.
#[derive(Clone)]
pub struct Witness(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    key: SignerKey,
    logs: Vec<VerifierKey>,
    clock: Arc<dyn Clock>,
    heavy: Heavy,
}

/// Why no answer of the protocol could be given.
type Failure = std::io::Error;

impl Witness {
    /// A witness of these logs, whose key and memory lie in a folder; both are made at first.
    ///
    /// # Errors
    /// The folder cannot be used, or no key may have this name.
    pub fn open(
        folder: &Path,
        name: &str,
        logs: Vec<VerifierKey>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let seed =
            vigie_store::signing_seed(folder, "witness").context("cannot read the key of the witness")?;
        let key = SignerKey::from_seed(name, Kind::Cosignature, &seed).context("cannot use this name")?;
        let heavy = Heavy::new(std::num::NonZeroUsize::MIN);
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), key, logs, clock, heavy })))
    }

    /// The key that verifies its cosignatures, as it is handed from person to person.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.0.key.verifier()
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/add-checkpoint", post(add_checkpoint))
            .route("/vkey", get(async |State(witness): State<Self>| format!("{}\n", witness.verifier())))
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .with_state(self.clone())
    }

    /// Decides, remembers, and only then signs. Blocking.
    fn cosign(&self, body: &[u8]) -> Result<Result<String, Refusal>, Failure> {
        let request = match Request::read(body) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let origin = &request.checkpoint.origin;
        // Nothing is written for a log that is not watched.
        if self.0.logs.iter().all(|log| log.name() != origin) {
            return Ok(Err(Refusal::UnknownOrigin));
        }
        let path = self.0.folder.join(hex::encode(leaf_hash(origin.as_bytes()))).with_extension("seen");
        let mut decided = Ok(Err(Refusal::Inconsistent));
        mark::raise(&path, |before| {
            decided =
                before.map(remembered).transpose().map(|seen| witness::decide(&request, &self.0.logs, seen));
            matches!(decided, Ok(Ok(_))).then(|| request.note.to_string())
        })?;
        let seconds = u64::try_from(self.0.clock.now().unix_seconds()).unwrap_or(0);
        Ok(decided?.map(|_| format!("{}\n", self.0.key.sign(request.note.text(), seconds))))
    }
}

/// What was cosigned last. A memory that cannot be read is no reason to cosign.
fn remembered(note: &str) -> Result<Tree, Failure> {
    let read = Note::read(note.as_bytes()).and_then(|note| Checkpoint::read(note.text()));
    read.map(|checkpoint| checkpoint.tree).map_err(std::io::Error::other)
}

async fn add_checkpoint(State(witness): State<Witness>, body: Bytes) -> Response {
    let worker = witness.clone();
    let cosigned = witness.0.heavy.run(move || worker.cosign(&body)).await;
    match cosigned.map_err(std::io::Error::other).flatten() {
        Ok(Ok(lines)) => lines.into_response(),
        Ok(Err(Refusal::Stale(size))) => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE_TYPE)], format!("{size}\n")).into_response()
        }
        Ok(Err(refusal)) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, format!("{refusal}\n")).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "cannot remember what is cosigned");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
