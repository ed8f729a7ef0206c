//! Multipart bodies: one part of JSON, and media that is taken in within the room of all uploads.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use vigie_app::{Code, Media, Upload};

use crate::{Api, Problem};

/// A part of JSON, or a body of nothing but JSON about one thing, has so many bytes at most.
const JSON_LENGTH: usize = 256 * 1024;

/// A multipart body that is being read.
pub(crate) struct Form {
    parts: Multipart,
    announced: usize,
}

/// Whether the body is a form; otherwise it is JSON.
///
/// # Errors
/// It is neither.
pub(crate) fn is_form(headers: &HeaderMap) -> Result<bool, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("multipart/form-data") {
        return Ok(true);
    }
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(false);
    }
    Err(Problem::new(Code::BadRequest, "send multipart/form-data or application/json"))
}

impl Form {
    pub(crate) async fn of(request: Request, api: &Api) -> Result<Self, Problem> {
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let announced = announced.and_then(|length| length.parse().ok()).unwrap_or(0);
        let parts = Multipart::from_request(request, api).await;
        let parts = parts.map_err(|error| Problem::new(Code::BadRequest, error.body_text()))?;
        Ok(Self { parts, announced })
    }

    /// The next part.
    pub(crate) async fn next(&mut self) -> Result<Option<Field<'_>>, Problem> {
        self.parts.next_field().await.map_err(|error| unreadable(&error))
    }

    /// As many bytes as the media of this body may have.
    pub(crate) fn announced(&self) -> usize {
        self.announced
    }

    /// Reads what is left and keeps nothing of it, so that the sender hears the answer.
    pub(crate) async fn drain(&mut self) -> Result<(), Problem> {
        while let Some(mut field) = self.next().await? {
            while field.chunk().await.map_err(|error| unreadable(&error))?.is_some() {}
        }
        Ok(())
    }
}

/// Takes media in.
pub(crate) async fn media(
    mut field: Field<'_>,
    mut upload: Upload,
    announced: usize,
) -> Result<Media, Problem> {
    upload.announce(announced)?;
    while let Some(chunk) = field.chunk().await.map_err(|error| unreadable(&error))? {
        upload.push(&chunk)?;
    }
    Ok(upload.finish())
}

/// Reads a part of JSON.
pub(crate) async fn json<T: DeserializeOwned>(mut field: Field<'_>) -> Result<T, Problem> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| unreadable(&error))? {
        if text.len() + chunk.len() > JSON_LENGTH {
            return Err(Problem::new(Code::BadRequest, "the part of JSON is too long"));
        }
        text.extend_from_slice(&chunk);
    }
    parse(&text)
}

/// Reads a body of nothing but JSON.
pub(crate) async fn json_body<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let body = axum::body::to_bytes(request.into_body(), JSON_LENGTH).await;
    parse(&body.map_err(|_| Problem::new(Code::BadRequest, "the body cannot be read, or is too long"))?)
}

pub(crate) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    if names_zero(text) {
        return Err(zero());
    }
    serde_json::from_slice(text).map_err(|error| Problem::new(Code::BadRequest, error.to_string()))
}

/// The character of number zero is kept by one database and refused by the other: nobody needs it, and it is never taken.
pub(crate) fn zero() -> Problem {
    Problem::new(Code::InvalidValue, "a text holds the character of number zero, which cannot be kept")
}

/// Whether a string of this JSON names that character.
fn names_zero(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(escape) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[escape + 1..];
        if rest.starts_with(b"u0000") {
            return true;
        }
        // What stands behind the sign, another one above all, begins nothing.
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// A part that nobody asks for is a mistake of the sender, which silence would hide.
pub(crate) fn unknown_part(name: Option<&str>) -> Problem {
    Problem::new(Code::BadRequest, format!("no part is named {:?}", name.unwrap_or_default()))
}

/// A part that has to be there.
pub(crate) fn missing_part(name: &str) -> Problem {
    Problem::new(Code::BadRequest, format!("the part {name:?} is missing"))
}

fn unreadable(error: &MultipartError) -> Problem {
    Problem::new(Code::BadRequest, error.body_text())
}

#[cfg(test)]
mod tests {
    use super::names_zero;

    #[test]
    fn the_character_zero_is_seen_however_it_is_escaped_and_nothing_else_is_taken_for_it() {
        for (json, zero) in [
            (r#"{"a":"\u0000"}"#, true),
            (r#"{"a":"\\u0000"}"#, false),
            (r#"{"a":"\\\u0000"}"#, true),
            (r#"{"a":"\n\"\u00001"}"#, true),
            (r#"{"a":"\u0001u0000"}"#, false),
            (r#"{"a":"\"#, false),
        ] {
            assert_eq!(names_zero(json.as_bytes()), zero, "{json}");
        }
    }
}
