//! An upload as HMA takes it: one file, whose field name is its content type, and texts beside it.

use std::collections::HashMap;

use axum::extract::multipart::{Field, Multipart, MultipartError};
use vigie_app::hma::ContentType;
use vigie_app::{Media, Upload};

use super::HmaError;

/// Characters of the longest text beside the file.
const LONGEST_TEXT: usize = 1 << 16;

/// What was uploaded.
pub(super) struct Form {
    /// What the file is.
    pub(super) content: ContentType,
    /// The file.
    pub(super) media: Media,
    /// The texts beside it, by the name of their field.
    pub(super) texts: HashMap<String, String>,
}

impl Form {
    /// Reads a form: exactly one file.
    pub(super) async fn read(mut form: Multipart, mut upload: Upload) -> Result<Self, HmaError> {
        let mut content = None;
        let mut texts = HashMap::new();
        while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_none() {
                texts.insert(name, text(field).await?);
                continue;
            }
            if content.is_some() {
                return Err(HmaError::bad("Only one file allowed per request"));
            }
            let known = name.parse::<ContentType>();
            content = Some(known.map_err(|_| HmaError::bad(format!("no such content_type: '{name}'")))?);
            take(field, &mut upload).await?;
        }
        let content = content.ok_or_else(|| HmaError::bad("Missing multipart/form-data file upload"))?;
        Ok(Self { content, media: upload.finish(), texts })
    }
}

async fn take(mut field: Field<'_>, upload: &mut Upload) -> Result<(), HmaError> {
    while let Some(part) = field.chunk().await.map_err(|error| broken(&error))? {
        upload.push(&part)?;
    }
    Ok(())
}

async fn text(mut field: Field<'_>) -> Result<String, HmaError> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&part);
        if bytes.len() > LONGEST_TEXT {
            return Err(HmaError::bad("a field of the form is too long"));
        }
    }
    String::from_utf8(bytes).map_err(|_| HmaError::bad("a field of the form is no UTF-8 text"))
}

fn broken(error: &MultipartError) -> HmaError {
    HmaError::Message(error.status(), "the form cannot be read".into())
}
