//! Parameters and bodies as loosely as HMA reads them: truth as a word, numbers as text.

use std::collections::HashMap;

use axum::extract::{FromRequest, Query, Request};
use serde_json::{Map, Value};

use super::HmaError;

/// Bytes of the largest JSON body.
const LARGEST_BODY: usize = 1 << 20;

/// Parameters of the query.
pub(super) type Asked = Query<HashMap<String, String>>;

/// A parameter that says something.
pub(super) fn given<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

/// A parameter that must be there.
pub(super) fn required<'a>(asked: &'a Asked, name: &str) -> Result<&'a str, HmaError> {
    asked.get(name).map(String::as_str).ok_or_else(|| {
        let input = asked.iter().map(|(name, text)| (name.clone(), Value::from(text.clone()))).collect();
        HmaError::missing(name, &Value::Object(input))
    })
}

/// Whether a parameter is set.
pub(super) fn is_set(asked: &Asked, name: &str) -> bool {
    given(asked, name).is_some_and(|text| truth(&Value::from(text)) == Some(true))
}

/// A comma-separated list.
pub(super) fn list(asked: &Asked, name: &str) -> Option<Vec<String>> {
    given(asked, name).map(|text| text.split(',').map(|part| part.trim().to_owned()).collect())
}

/// Truth as pydantic takes it.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => {
            number.as_i64().and_then(|number| [false, true].get(usize::try_from(number).ok()?).copied())
        }
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "y" | "on" | "t" => Some(true),
            "false" | "0" | "no" | "n" | "off" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A number, also as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// A JSON object as body.
pub(super) struct Body(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = HmaError;

    async fn from_request(request: Request, _: &S) -> Result<Self, HmaError> {
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST_BODY)
            .await
            .map_err(|_| HmaError::bad("the body cannot be read, or is larger than 1 MiB"))?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            Ok(_) => Err(HmaError::bad("this endpoint expects a json object payload")),
            Err(_) => Err(HmaError::bad("the body is no JSON")),
        }
    }
}

/// A JSON object as a body that HMA reads with a request model: what is no object is a list of faults.
pub(super) struct ModelBody(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for ModelBody {
    type Rejection = HmaError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HmaError> {
        match Body::from_request(request, state).await {
            Ok(Body(object)) => Ok(Self(object)),
            Err(HmaError::Message(status, _)) if status == http::StatusCode::BAD_REQUEST => {
                Err(HmaError::fault(
                    "model_type",
                    &Value::Array(vec![]),
                    "Input should be a valid dictionary or object to extract fields from",
                    &Value::Null,
                ))
            }
            Err(error) => Err(error),
        }
    }
}
