//! `/c/exchange…`: configuration and status of exchanges. Nothing is fetched yet.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Map, Value, json};
use vigie_app::exchanges::{Field, FieldKind, KINDS, Kind};
use vigie_app::{Code, Error};

use super::caller::HmaCaller;
use super::query::{Body, truth};
use super::{Hma, HmaError};

/// Lists the kinds of exchange.
#[utoipa::path(get, path = "/c/exchanges/apis", tag = "Exchanges", responses((status = 200, description = "Names")))]
pub(super) async fn list_kinds(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
) -> Result<Json<Vec<&'static str>>, HmaError> {
    hma.app.exchanges(&caller).await?;
    Ok(Json(KINDS.iter().map(|kind| kind.name).collect()))
}

/// Shows whether a kind of exchange takes credentials, and has them.
#[utoipa::path(get, path = "/c/exchanges/api/{api_name}", tag = "Exchanges", responses((status = 200, description = "Credentials")))]
pub(super) async fn read_kind(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(api): Path<String>,
) -> Result<Json<Value>, HmaError> {
    let (kind, has) = hma.app.exchange_kind(&caller, &api).await.map_err(unknown_is_bad)?;
    Ok(Json(authentification(&kind, has)))
}

/// Keeps the credentials of a kind of exchange.
#[utoipa::path(post, path = "/c/exchanges/api/{api_name}", tag = "Exchanges", responses((status = 200, description = "Credentials")))]
pub(super) async fn keep_credentials(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(api): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, HmaError> {
    hma.app.exchange_kind(&caller, &api).await.map_err(unknown_is_bad)?;
    match body.get("credential_json") {
        None => {}
        Some(Value::Null) => hma.app.keep_exchange_credentials(&caller, &api, &Map::new()).await?,
        Some(Value::Object(credentials)) => {
            hma.app.keep_exchange_credentials(&caller, &api, credentials).await?;
        }
        Some(_) => return Err(HmaError::bad("credential_json should be a json object")),
    }
    let (kind, has) = hma.app.exchange_kind(&caller, &api).await?;
    Ok(Json(authentification(&kind, has)))
}

/// Shows what a kind of exchange must be told.
#[utoipa::path(get, path = "/c/exchanges/api/{api_name}/schema", tag = "Exchanges", responses((status = 200, description = "Fields")))]
pub(super) async fn read_schema(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(api): Path<String>,
) -> Result<Json<Value>, HmaError> {
    let (kind, _) = hma.app.exchange_kind(&caller, &api).await?;
    let section = |fields: &[Field]| json!({ "fields": fields.iter().map(shown_field).collect::<Vec<_>>() });
    Ok(Json(json!({
        "config_schema": section(kind.configuration),
        "credentials_schema": kind.credentials.map(section),
    })))
}

/// Lists exchanges.
#[utoipa::path(get, path = "/c/exchanges", tag = "Exchanges", responses((status = 200, description = "Names")))]
pub(super) async fn list_exchanges(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
) -> Result<Json<Vec<String>>, HmaError> {
    let exchanges = hma.app.exchanges(&caller).await?;
    Ok(Json(exchanges.into_iter().map(|exchange| exchange.name.to_string()).collect()))
}

/// Makes an exchange and its bank.
#[utoipa::path(post, path = "/c/exchanges", tag = "Exchanges", responses((status = 201, description = "Done")))]
pub(super) async fn make_exchange(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Body(body): Body,
) -> Result<(StatusCode, Json<Value>), HmaError> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let bank = text("bank").ok_or_else(|| HmaError::bad("Field `bank` is required"))?;
    let api = text("api").ok_or_else(|| HmaError::bad("Field `api` is required"))?;
    let empty = Map::new();
    let configuration = match body.get("api_json") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(configuration)) => configuration,
        Some(_) => return Err(HmaError::bad("Field `api_json` must be object")),
    };
    hma.app.make_exchange(&caller, bank, api, configuration).await?;
    Ok((StatusCode::CREATED, Json(json!({ "message": "Created successfully" }))))
}

/// Shows an exchange.
#[utoipa::path(get, path = "/c/exchange/{exchange_name}", tag = "Exchanges", responses((status = 200, description = "The exchange")))]
pub(super) async fn read_exchange(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
) -> Result<Json<Value>, HmaError> {
    Ok(Json(shown(&hma.app.exchange(&caller, &name).await?)))
}

/// Switches an exchange on or off.
#[utoipa::path(put, path = "/c/exchange/{exchange_name}", tag = "Exchanges", responses((status = 200, description = "The exchange")))]
pub(super) async fn switch_exchange(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, HmaError> {
    let exchange = hma.app.exchange(&caller, &name).await?;
    let enabled = match body.get("enabled").filter(|value| !value.is_null()) {
        None => exchange.enabled,
        Some(value) => truth(value).ok_or_else(|| HmaError::bad("`enabled` is neither true nor false"))?,
    };
    Ok(Json(shown(&hma.app.switch_exchange(&caller, &name, enabled).await?)))
}

/// Deletes an exchange.
#[utoipa::path(delete, path = "/c/exchange/{exchange_name}", tag = "Exchanges", responses((status = 200, description = "Done")))]
pub(super) async fn delete_exchange(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
) -> Result<Json<Value>, HmaError> {
    hma.app.delete_exchange(&caller, &name).await?;
    Ok(Json(json!({ "message": "Exchange deleted" })))
}

/// Shows how the fetching of an exchange stands: nothing is fetched yet.
#[utoipa::path(get, path = "/c/exchange/{exchange_name}/status", tag = "Exchanges", responses((status = 200, description = "The status")))]
pub(super) async fn read_status(
    State(hma): State<Hma>,
    HmaCaller(caller): HmaCaller,
    Path(name): Path<String>,
) -> Result<Json<Value>, HmaError> {
    hma.app.exchange(&caller, &name).await?;
    Ok(Json(json!({
        "checkpoint_ts": null,
        "running_fetch_start_ts": null,
        "last_fetch_complete_ts": null,
        "last_fetch_succeeded": null,
        "up_to_date": false,
        "fetched_items": 0,
    })))
}

fn shown(exchange: &vigie_app::exchanges::Exchange) -> Value {
    let mut shown = exchange.configuration.as_object().cloned().unwrap_or_default();
    shown.insert("name".into(), exchange.name.to_string().into());
    shown.insert("api".into(), exchange.api.clone().into());
    shown.insert("enabled".into(), exchange.enabled.into());
    Value::Object(shown)
}

fn authentification(kind: &Kind, has: bool) -> Value {
    // Spelled as HMA spells it.
    json!({ "supports_authentification": kind.credentials.is_some(), "has_set_authentification": has })
}

fn shown_field(field: &Field) -> Value {
    let kind = match field.kind {
        FieldKind::Number => "number",
        FieldKind::Text => "string",
    };
    json!({
        "name": field.name, "type": kind, "required": true, "default": null, "help": field.help, "choices": null,
    })
}

/// HMA answers 400 about an unknown kind here, and 404 about its schema.
fn unknown_is_bad(error: Error) -> HmaError {
    match error.code() {
        Code::NotFound => HmaError::bad(error.detail()),
        _ => error.into(),
    }
}
