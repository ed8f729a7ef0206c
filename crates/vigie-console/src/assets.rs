//! Styles and scripts, embedded as they lie in `assets/`: no build step, one address each that changes with its content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::door::Door;

const STYLE: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/frame.css"),
    include_str!("../assets/css/parts.css"),
    include_str!("../assets/css/pages.css"),
);

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// What is served: name, type, content. Modules find each other by name, so they share one versioned folder.
const FILES: &[(&str, &str, &str)] = &[
    ("console.css", CSS, STYLE),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
    ("console.js", JAVASCRIPT, include_str!("../assets/js/console.js")),
    ("copy.js", JAVASCRIPT, include_str!("../assets/js/copy.js")),
    ("drop.js", JAVASCRIPT, include_str!("../assets/js/drop.js")),
    ("keys.js", JAVASCRIPT, include_str!("../assets/js/keys.js")),
    ("ledger.js", JAVASCRIPT, include_str!("../assets/js/ledger.js")),
    ("lease.js", JAVASCRIPT, include_str!("../assets/js/lease.js")),
    ("passkey.js", JAVASCRIPT, include_str!("../assets/js/passkey.js")),
    ("shield.js", JAVASCRIPT, include_str!("../assets/js/shield.js")),
    ("time.js", JAVASCRIPT, include_str!("../assets/js/time.js")),
];

/// Changes whenever any of the files does.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, _, content) in FILES {
        digest.update(name);
        digest.update(content);
    }
    hex::encode(&digest.finalize()[..8])
});

/// The address of a file.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// The door of all files, open to everybody.
pub(crate) fn door() -> Door {
    Door::get("/assets/{version}/{name}", serve).public()
}

async fn serve(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some((_, kind, content)) = FILES.iter().find(|(known, _, _)| *known == name && version == *VERSION)
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", *VERSION);
    let seen = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response =
        if seen { StatusCode::NOT_MODIFIED.into_response() } else { (*content).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_served_and_small() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/js");
        let names =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let forgotten: Vec<_> = names
            .filter(|name| name.ends_with(".js") && !FILES.iter().any(|(known, _, _)| known == name))
            .collect();
        assert!(forgotten.is_empty(), "scripts that are not served: {forgotten:?}");
        let scripts: usize = FILES.iter().filter(|file| file.1 == JAVASCRIPT).map(|file| file.2.len()).sum();
        assert!(scripts < 60_000, "{scripts} bytes of script: over 20 kB compressed, most likely");
        assert!(STYLE.len() < 70_000, "{} bytes of style: over 20 kB compressed, most likely", STYLE.len());
    }
}
