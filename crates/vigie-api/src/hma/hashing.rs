//! `/h`: signals of media.

use axum::Json;
use axum::extract::{Multipart, State};
use http::StatusCode;
use serde_json::{Map, Value};
use vigie_app::Media;
use vigie_app::hma::{ContentType, Hashes};
use vigie_app::ports::FetchError;
use vigie_model::Caller;

use super::caller::HmaCaller;
use super::form::Form;
use super::query::{Asked, given, required};
use super::{Hma, HmaError};

/// Hashes media at an address. The host must be allowed by the operator.
#[utoipa::path(get, path = "/h/hash", tag = "Hashing", responses((status = 200, description = "Signals by type")))]
pub(super) async fn hash_address(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
) -> Result<Json<Value>, HmaError> {
    let address = required(&asked, "url")?;
    let (content, media) = fetch(&hma, &caller, address, given(&asked, "content_type")).await?;
    Ok(Json(shown(&hma.app.hma_hash(content, media, given(&asked, "types")).await?)))
}

/// Hashes an upload. The name of its field is its content type.
#[utoipa::path(post, path = "/h/hash", tag = "Hashing", responses((status = 200, description = "Signals by type")))]
pub(super) async fn hash_upload(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<Value>, HmaError> {
    let form = uploaded(&hma, &caller, form).await?;
    Ok(Json(shown(&hma.app.hma_hash(form.content, form.media, given(&asked, "types")).await?)))
}

/// The form of an upload.
pub(super) async fn uploaded(
    hma: &Hma,
    caller: &Caller,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Form, HmaError> {
    let upload = hma.app.begin_hashing(caller)?;
    let form = form.map_err(|_| HmaError::bad("Missing multipart/form-data file upload"))?;
    Form::read(form, upload).await
}

/// Media at an address, and what it is: as the caller says, or by the type that the host states.
pub(super) async fn fetch(
    hma: &Hma,
    caller: &Caller,
    address: &str,
    content: Option<&str>,
) -> Result<(ContentType, Media), HmaError> {
    let mut upload = hma.app.begin_hashing(caller)?;
    let unsafe_address = || HmaError::bad("Invalid or unsafe URL provided");
    let source = hma.source.as_ref().ok_or_else(unsafe_address)?;
    let limit = hma.app.settings.intake.media_limit;
    let fetched = source.fetch(address, limit).await.map_err(|error| match error {
        FetchError::NotAllowed => unsafe_address(),
        FetchError::TooLarge => HmaError::Message(StatusCode::PAYLOAD_TOO_LARGE, "Content too large".into()),
        FetchError::Failed(why) => HmaError::bad(format!("the media could not be fetched: {why}")),
    })?;
    upload.push(&fetched.bytes)?;
    let stated = fetched.content_type.unwrap_or_default().to_lowercase();
    let content = match content {
        Some(name) => name.parse().map_err(|_| HmaError::bad(format!("no such content_type: '{name}'")))?,
        None if stated.starts_with("image") => ContentType::Photo,
        None if stated.starts_with("video") => ContentType::Video,
        None => {
            return Err(HmaError::bad(
                "unsupported url ContentType, if you know the expected type, provide it with the content_type query param",
            ));
        }
    };
    Ok((content, upload.finish()))
}

/// Signals by type; the text is empty where the media says too little.
pub(super) fn shown(hashes: &Hashes) -> Value {
    let text = |signal: &Option<_>| signal.as_ref().map(vigie_app::hma::digits).unwrap_or_default();
    let shown: Map<String, Value> =
        hashes.iter().map(|(name, signal)| ((*name).to_owned(), Value::from(text(signal)))).collect();
    Value::Object(shown)
}
