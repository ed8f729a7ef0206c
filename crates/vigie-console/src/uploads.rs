//! Forms that bring a file: the clerk's, those of the portal, the check of a file.
//!
//! What it is: the one reader of such a form. What it is not: for a list that is as long as a disk (`pages/bank.rs`). How much a form
//! may bring is said at its door.

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use http::StatusCode;
use vigie_app::Code;

use crate::failure::{Failure, Result};
use crate::fields::Fields;

/// A form that was not read yet: its page first asks whether whoever sends it may.
pub(crate) struct Upload(Multipart);

/// A file as it was chosen; empty where none was.
#[derive(Default)]
pub(crate) struct File {
    pub(crate) bytes: Bytes,
    pub(crate) name: String,
    pub(crate) mime: String,
}

impl Upload {
    /// The fields of the form, and the file that was chosen at the one of this name.
    pub(crate) async fn read(mut self, file: &str) -> Result<(Fields, File)> {
        let (mut fields, mut chosen) = (Fields::default(), File::default());
        while let Some(field) = self.0.next_field().await.map_err(|error| unread(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == file {
                chosen = File::read(field).await?;
            } else {
                fields.add(&name, &field.text().await.map_err(|error| unread(&error))?);
            }
        }
        Ok((fields, chosen))
    }
}

impl File {
    async fn read(field: Field<'_>) -> Result<Self> {
        let name = short(field.file_name().unwrap_or_default(), 200);
        let mime = short(field.content_type().unwrap_or_default(), 100);
        Ok(Self { bytes: field.bytes().await.map_err(|error| unread(&error))?, name, mime })
    }
}

/// A name or a type without anything that would break a line or a header.
pub(crate) fn short(text: &str, limit: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(limit).collect()
}

fn unread(error: &MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(Code::MediaTooLarge, "it is more than this form takes"),
        _ => broken(),
    }
}

fn broken() -> Failure {
    Failure::new(Code::BadRequest, "the form did not arrive whole")
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        Multipart::from_request(request, state).await.map(Self).map_err(|_| broken())
    }
}
