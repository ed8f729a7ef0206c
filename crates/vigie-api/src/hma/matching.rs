//! `/m`: which banks hold something like it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Multipart, State};
use serde_json::{Map, Value, json};
use vigie_app::hma::{Found, Hashes, Lookup};
use vigie_model::Caller;

use super::caller::HmaCaller;
use super::hashing::{fetch, uploaded};
use super::query::{Asked, Body, given, is_set, list, required};
use super::{Hma, HmaError};

/// Looks a signal up, whatever the ratio of its bank and though the content is disabled.
#[utoipa::path(get, path = "/m/raw_lookup", tag = "Matching", responses((status = 200, description = "Content numbers")))]
pub(super) async fn raw_lookup(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
) -> Result<Json<Value>, HmaError> {
    let (signal, signal_type) = (required(&asked, "signal")?, required(&asked, "signal_type")?);
    let found = hma.app.hma_raw_lookup(&caller, signal_type, signal, &lookup_of(&asked)).await?;
    let matches: Vec<Value> = match is_set(&asked, "include_distance") {
        true => found.iter().map(shown).collect(),
        false => found.iter().map(|found| Value::from(found.content)).collect(),
    };
    Ok(Json(json!({ "matches": matches })))
}

/// Looks a signal up, or media at an address.
#[utoipa::path(get, path = "/m/lookup", tag = "Matching", responses((status = 200, description = "Content by bank")))]
pub(super) async fn lookup_signal(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
) -> Result<Json<Value>, HmaError> {
    let signal_type = given(&asked, "signal_type");
    if let Some(address) = given(&asked, "url") {
        let (content, media) = fetch(&hma, &caller, address, given(&asked, "content_type")).await?;
        let hashes = hma.app.hma_hash(content, media, given(&asked, "types")).await?;
        let mut found = look_up_all(&hma, &caller, &hashes, &lookup_of(&asked)).await?;
        return Ok(Json(match signal_type {
            Some(name) => found.remove(name).unwrap_or_else(|| json!({})),
            None => Value::Object(found),
        }));
    }
    let (Some(signal), Some(signal_type)) = (asked.get("signal"), signal_type) else {
        return Err(HmaError::bad("Either url or both signal and signal_type are required"));
    };
    Ok(Json(by_bank(hma.app.hma_lookup(&caller, signal_type, signal, &lookup_of(&asked)).await?)))
}

/// Looks an upload up.
#[utoipa::path(post, path = "/m/lookup", tag = "Matching", responses((status = 200, description = "Content by type and bank")))]
pub(super) async fn lookup_upload(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<Value>, HmaError> {
    let form = uploaded(&hma, &caller, form).await?;
    let hashes = hma.app.hma_hash(form.content, form.media, given(&asked, "types")).await?;
    Ok(Json(Value::Object(look_up_all(&hma, &caller, &hashes, &lookup_of(&asked)).await?)))
}

/// Compares two signals of each type.
#[utoipa::path(post, path = "/m/compare", tag = "Matching", responses((status = 200, description = "Match and distance by type")))]
pub(super) async fn compare(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Body(asked): Body,
) -> Result<Json<Value>, HmaError> {
    let mut compared = Map::new();
    for (signal_type, pair) in &asked {
        let texts: Option<Vec<&str>> =
            pair.as_array().map(|pair| pair.iter().filter_map(Value::as_str).collect());
        let Some([left, right]) = texts.as_deref() else {
            return Err(HmaError::bad(format!("'{signal_type}' must be a list of exactly two hashes")));
        };
        let (is_match, distance) = hma.app.hma_compare(&caller, signal_type, [left, right]).await?;
        compared.insert(signal_type.clone(), json!([is_match, { "distance": distance }]));
    }
    Ok(Json(Value::Object(compared)))
}

/// How the index stands.
#[utoipa::path(get, path = "/m/index/status", tag = "Matching", responses((status = 200, description = "Index by type")))]
pub(super) async fn index_status(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
) -> Result<Json<Value>, HmaError> {
    let types = hma.app.hma_index(&caller, given(&asked, "signal_type")).await?;
    let shown = types.iter().map(|index| {
        let status = json!({ "built_to": index.built_to, "present": index.size > 0, "size": index.size });
        (index.signal_type.name.to_owned(), status)
    });
    Ok(Json(Value::Object(shown.collect())))
}

fn lookup_of(asked: &Asked) -> Lookup {
    Lookup {
        banks: list(asked, "banks"),
        seed: given(asked, "seed").map(str::to_owned),
        bypass_coinflip: is_set(asked, "bypass_coinflip"),
    }
}

async fn look_up_all(
    hma: &Hma,
    caller: &Caller,
    hashes: &Hashes,
    lookup: &Lookup,
) -> Result<Map<String, Value>, HmaError> {
    let mut found = Map::new();
    for (name, signal) in hashes {
        let signal = signal.as_ref().map(vigie_app::hma::digits).unwrap_or_default();
        found.insert((*name).to_owned(), by_bank(hma.app.hma_lookup(caller, name, &signal, lookup).await?));
    }
    Ok(found)
}

fn by_bank(found: BTreeMap<String, Vec<Found>>) -> Value {
    let shown = found.into_iter().map(|(bank, found)| (bank, found.iter().map(shown).collect()));
    Value::Object(shown.collect())
}

fn shown(found: &Found) -> Value {
    json!({ "bank_content_id": found.content, "distance": found.distance })
}
