//! `/c/bank/…`: content of a bank.

use axum::Json;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use vigie_app::hma::{Content, ContentEdit, Hashes, NewContent, read_signals};
use vigie_model::Caller;

use super::caller::HmaCaller;
use super::curation::shown_bank;
use super::form::Form;
use super::hashing::{fetch, uploaded};
use super::query::{Asked, Body, given, is_set, truth};
use super::{Hma, HmaError};

/// Adds media to a bank, by address or as an upload.
#[utoipa::path(post, path = "/c/bank/{bank_name}/content", tag = "Bank content", responses((status = 200, description = "Number and signals")))]
pub(super) async fn add_content(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(bank): Path<String>,
    asked: Asked,
    request: Request,
) -> Result<Json<Value>, HmaError> {
    hma.app.hma_bank(&caller, &bank).await?;
    let types = given(&asked, "types");
    let (hashes, told) = if let Some(address) = given(&asked, "url") {
        let told = Told::of_body(request).await?;
        let (content, media) = fetch(&hma, &caller, address, given(&asked, "content_type")).await?;
        (hma.app.hma_hash(content, media, types).await?, told)
    } else if is_form(&request) {
        let form = uploaded(&hma, &caller, Multipart::from_request(request, &()).await).await?;
        let told = Told::of_form(&form)?;
        (hma.app.hma_hash(form.content, form.media, types).await?, told)
    } else {
        return Err(HmaError::bad("Neither `url` nor multipart file upload was received"));
    };
    let signals = of_hashes(&hashes)?;
    add(&hma, &caller, &bank, signals, told).await
}

/// Adds signals to a bank.
#[utoipa::path(post, path = "/c/bank/{bank_name}/signal", tag = "Bank content", responses((status = 200, description = "Number and signals")))]
pub(super) async fn add_signals(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(bank): Path<String>,
    Body(mut body): Body,
) -> Result<Json<Value>, HmaError> {
    hma.app.hma_bank(&caller, &bank).await?;
    let note = body.remove("note").filter(|note| !note.is_null());
    let note = note.map(|note| text(&note, "note")).transpose()?;
    let texts: Map<String, Value> = body;
    let named = texts.iter().map(|(name, value)| Ok((name.clone(), text(value, name)?)));
    let named: Vec<(String, String)> = named.collect::<Result<_, HmaError>>()?;
    add(&hma, &caller, &bank, named, Told { metadata: None, note }).await
}

/// Shows content.
#[utoipa::path(get, path = "/c/bank/{bank_name}/content/{content_id}", tag = "Bank content", responses((status = 200, description = "The content")))]
pub(super) async fn read_content(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path((bank, content)): Path<(String, String)>,
    asked: Asked,
) -> Result<Json<Value>, HmaError> {
    let content = hma.app.hma_content(&caller, &bank, content_number(&content)?).await?;
    let mut shown = Map::new();
    shown.insert("id".into(), content.entry.id.into());
    shown.insert("disable_until_ts".into(), content.disable_until_ts().into());
    shown.insert("original_media_uri".into(), content.entry.original_reference.clone().into());
    shown.insert("bank".into(), shown_bank(&content.bank));
    if is_set(&asked, "include_signals") && !content.signals.is_empty() {
        shown.insert("signals".into(), json!(content.signals));
    }
    let with_metadata =
        given(&asked, "include_metadata").is_none_or(|text| truth(&text.into()) != Some(false));
    if let (true, Some(metadata)) = (with_metadata, &content.entry.metadata) {
        shown.insert("metadata".into(), metadata.clone());
    }
    if let Some(note) = &content.entry.note {
        shown.insert("note".into(), note.clone().into());
    }
    Ok(Json(Value::Object(shown)))
}

/// Disables, enables or notes content.
#[utoipa::path(put, path = "/c/bank/{bank_name}/content/{content_id}", tag = "Bank content", responses((status = 200, description = "The content")))]
pub(super) async fn change_content(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path((bank, content)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<Value>, HmaError> {
    let said = |name: &str| body.get(name).filter(|value| !value.is_null());
    let whole = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let disable_until_ts = said("disable_until_ts")
        .map(|value| whole(value).ok_or_else(|| HmaError::bad("disable_until_ts is no whole number")))
        .transpose()?;
    let note = said("note").map(|note| text(note, "note")).transpose()?;
    let edit = ContentEdit { disable_until_ts, note };
    let content = hma.app.hma_change_content(&caller, &bank, content_number(&content)?, edit).await?;
    Ok(Json(stored(&content)))
}

/// Deletes content.
#[utoipa::path(delete, path = "/c/bank/{bank_name}/content/{content_id}", tag = "Bank content", responses((status = 200, description = "How many were deleted")))]
pub(super) async fn delete_content(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path((bank, content)): Path<(String, String)>,
) -> Result<Json<Value>, HmaError> {
    let deleted = hma.app.hma_delete_content(&caller, &bank, content_number(&content)?).await?;
    Ok(Json(json!({ "deleted": i32::from(deleted) })))
}

/// What a client tells about its content.
struct Told {
    metadata: Option<Value>,
    note: Option<String>,
}

impl Told {
    /// From a JSON body, which may be missing.
    async fn of_body(request: Request) -> Result<Self, HmaError> {
        let is_json = content_type(&request).contains("json");
        if !is_json {
            return Ok(Self { metadata: None, note: None });
        }
        let Body(body) = Body::from_request(request, &()).await?;
        let said = |name: &str| body.get(name).filter(|value| !value.is_null());
        Ok(Self {
            metadata: said("metadata").map(metadata).transpose()?,
            note: said("note").map(|note| text(note, "note")).transpose()?,
        })
    }

    fn of_form(form: &Form) -> Result<Self, HmaError> {
        let note = form.texts.get("note").filter(|note| !note.is_empty()).cloned();
        let field = |name: &str| form.texts.get(name).map(|text| Value::from(text.clone()));
        let sent = match form.texts.get("metadata") {
            Some(text) => Some(
                serde_json::from_str(text).map_err(|_| HmaError::bad("metadata should be a json object"))?,
            ),
            None => None,
        };
        // Coop sends `content_id` and `content_uri` as fields of their own, and in `metadata` what HMA calls `json`.
        let (id, address) = (field("content_id"), field("content_uri"));
        if id.is_some() || address.is_some() {
            let told = [("content_id", id), ("content_uri", address), ("json", sent)];
            let told = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            return Ok(Self { metadata: Some(Value::Object(told.collect())), note });
        }
        Ok(Self { metadata: sent.as_ref().map(metadata).transpose()?, note })
    }
}

/// Metadata with no other keys than HMA's.
fn metadata(value: &Value) -> Result<Value, HmaError> {
    let object = value.as_object().ok_or_else(|| HmaError::bad("metadata should be a json object"))?;
    let known = ["content_id", "content_uri", "json"];
    let unexpected: Vec<_> =
        object.keys().filter(|key| !known.contains(&key.as_str())).map(String::as_str).collect();
    if !unexpected.is_empty() {
        return Err(HmaError::bad(format!("metadata contains unexpected keys: {}", unexpected.join(", "))));
    }
    Ok(value.clone())
}

fn is_form(request: &Request) -> bool {
    content_type(request).starts_with("multipart/form-data")
}

fn content_type(request: &Request) -> String {
    let stated = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    stated.unwrap_or_default().to_ascii_lowercase()
}

fn of_hashes(hashes: &Hashes) -> Result<Vec<(String, String)>, HmaError> {
    let one = |(name, signal): &(&'static str, Option<_>)| match signal {
        Some(signal) => Ok(((*name).to_owned(), vigie_app::hma::digits(signal))),
        None => Err(HmaError::bad(format!("Invalid {name} signal: the media says too little"))),
    };
    hashes.iter().map(one).collect()
}

async fn add(
    hma: &Hma,
    caller: &Caller,
    bank: &str,
    named: Vec<(String, String)>,
    told: Told,
) -> Result<Json<Value>, HmaError> {
    if named.is_empty() {
        return Err(HmaError::bad("No signals given"));
    }
    let signals = read_signals(named.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
    let shown: Map<String, Value> = named
        .iter()
        .zip(&signals)
        .map(|((name, _), signal)| (name.clone(), vigie_app::hma::digits(signal).into()))
        .collect();
    let new =
        NewContent { signals, metadata: told.metadata, note: told.note.filter(|note| !note.is_empty()) };
    let id = hma.app.hma_add_content(caller, bank, new).await?;
    Ok(Json(json!({ "id": id, "signals": shown })))
}

/// The record as HMA stores it.
fn stored(content: &Content) -> Value {
    json!({
        "bank": shown_bank(&content.bank),
        "collab_metadata": {},
        "disable_until_ts": content.disable_until_ts(),
        "id": content.entry.id,
        "note": content.entry.note,
        "original_media_uri": content.entry.original_reference,
        "user_metadata": content.entry.metadata,
    })
}

fn content_number(text: &str) -> Result<i64, HmaError> {
    text.parse().map_err(|_| HmaError::not_found())
}

fn text(value: &Value, name: &str) -> Result<String, HmaError> {
    value.as_str().map(str::to_owned).ok_or_else(|| HmaError::bad(format!("'{name}' is no text")))
}
