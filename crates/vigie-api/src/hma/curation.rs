//! `/c`: banks, signal types and content types.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Map, Value, json};
use vigie_app::hma::{ContentType, ratio};
use vigie_model::bank::Bank;

use super::caller::HmaCaller;
use super::query::{Asked, Body, ModelBody, given, number, truth};
use super::{Hma, HmaError};

/// Lists banks.
#[utoipa::path(get, path = "/c/banks", tag = "Banks", responses((status = 200, description = "Banks")))]
pub(super) async fn list_banks(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
) -> Result<Json<Vec<Value>>, HmaError> {
    Ok(Json(hma.app.hma_banks(&caller).await?.iter().map(shown_bank).collect()))
}

/// Makes a bank.
#[utoipa::path(post, path = "/c/banks", tag = "Banks", responses((status = 201, description = "The bank")))]
pub(super) async fn make_bank(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    ModelBody(body): ModelBody,
) -> Result<(StatusCode, Json<Value>), HmaError> {
    let name = body
        .get("name")
        .ok_or_else(|| HmaError::missing("name", &Value::Object(body.clone())))?
        .as_str()
        .ok_or_else(|| {
            let words = "Input should be a valid string";
            HmaError::fault("string_type", &json!(["name"]), words, &body["name"])
        })?;
    let ratio = asked_ratio(&body)?.unwrap_or(1.0);
    let bank = hma.app.hma_make_bank(&caller, name, ratio).await?;
    Ok((StatusCode::CREATED, Json(shown_bank(&bank))))
}

/// Shows a bank.
#[utoipa::path(get, path = "/c/bank/{bank_name}", tag = "Banks", responses((status = 200, description = "The bank")))]
pub(super) async fn read_bank(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
) -> Result<Json<Value>, HmaError> {
    Ok(Json(shown_bank(&hma.app.hma_bank(&caller, &name).await?)))
}

/// Renames a bank or changes its ratio.
#[utoipa::path(put, path = "/c/bank/{bank_name}", tag = "Banks", responses((status = 200, description = "The bank")))]
pub(super) async fn change_bank(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, HmaError> {
    // That the bank is missing is told before what is wrong with the change.
    hma.app.hma_bank(&caller, &name).await?;
    let new_name = match body.get("name").filter(|name| !name.is_null()) {
        Some(new_name) => Some(new_name.as_str().ok_or_else(|| HmaError::bad("the name is no text"))?),
        None => None,
    };
    let bank = hma.app.hma_change_bank(&caller, &name, new_name, asked_ratio(&body)?).await?;
    Ok(Json(shown_bank(&bank)))
}

/// Deletes a bank.
#[utoipa::path(delete, path = "/c/bank/{bank_name}", tag = "Banks", responses((status = 200, description = "Done")))]
pub(super) async fn delete_bank(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
) -> Result<Json<Value>, HmaError> {
    hma.app.hma_delete_bank(&caller, &name).await?;
    Ok(Json(json!({ "message": "Done" })))
}

/// Lists signal types.
#[utoipa::path(get, path = "/c/signal_type", tag = "Signal types", responses((status = 200, description = "Types")))]
pub(super) async fn list_signal_types(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
) -> Result<Json<Vec<Value>>, HmaError> {
    let types = hma.app.hma_signal_types(&caller).await?;
    Ok(Json(types.iter().map(|(it, ratio)| json!({ "name": it.name, "enabled_ratio": ratio })).collect()))
}

/// Sets the ratio of a signal type.
#[utoipa::path(put, path = "/c/signal_type/{signal_type_name}", tag = "Signal types", responses((status = 200, description = "The type")))]
pub(super) async fn set_signal_type(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
    ModelBody(body): ModelBody,
) -> Result<Json<Value>, HmaError> {
    let asked = body
        .get("enabled_ratio")
        .ok_or_else(|| HmaError::missing("enabled_ratio", &Value::Object(body.clone())))?;
    let ratio = read_ratio(asked)?;
    hma.app.hma_set_signal_type(&caller, &name, ratio).await?;
    Ok(Json(json!({ "name": name, "enabled_ratio": ratio })))
}

/// Shows how the index of each signal type stands to the database.
#[utoipa::path(get, path = "/c/signal_type/index", tag = "Signal types", responses((status = 200, description = "Index by type")))]
pub(super) async fn signal_index(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    asked: Asked,
) -> Result<Json<Value>, HmaError> {
    let types = hma.app.hma_index(&caller, given(&asked, "signal_type")).await?;
    let shown = types.iter().map(|index| {
        let status = json!({
            "db_size": index.stored,
            "index_size": index.size,
            "index_out_of_date": i64::try_from(index.size).is_ok_and(|size| size != index.stored),
            "newest_db_item": index.built_to,
            "index_built_to": index.built_to,
        });
        (index.signal_type.name.to_owned(), status)
    });
    Ok(Json(Value::Object(shown.collect())))
}

/// Lists content types.
#[utoipa::path(get, path = "/c/content_type", tag = "Content types", responses((status = 200, description = "Types")))]
pub(super) async fn list_content_types(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
) -> Result<Json<Vec<Value>>, HmaError> {
    hma.app.hma_signal_types(&caller).await?;
    Ok(Json(ContentType::ALL.iter().map(|it| json!({ "name": it.name(), "enabled": true })).collect()))
}

/// A bank in HMA's shape.
pub(super) fn shown_bank(bank: &Bank) -> Value {
    json!({ "matching_enabled_ratio": ratio(bank), "name": bank.name })
}

/// The ratio that a body asks for: switched off is 0, whatever else it says.
fn asked_ratio(body: &Map<String, Value>) -> Result<Option<f64>, HmaError> {
    let said = |name: &str| body.get(name).filter(|value| !value.is_null());
    let ratio = said("enabled_ratio").map(read_ratio).transpose()?;
    let Some(enabled) = said("enabled") else { return Ok(ratio) };
    let enabled = truth(enabled).ok_or_else(|| {
        let words = "Input should be a valid boolean, unable to interpret input";
        HmaError::fault("bool_parsing", &json!(["enabled"]), words, enabled)
    })?;
    Ok(if enabled { Some(ratio.unwrap_or(1.0)) } else { Some(0.0) })
}

fn read_ratio(value: &Value) -> Result<f64, HmaError> {
    number(value).ok_or_else(|| {
        let words = "Input should be a valid number, unable to parse string as a number";
        HmaError::fault("float_parsing", &json!(["enabled_ratio"]), words, value)
    })
}
