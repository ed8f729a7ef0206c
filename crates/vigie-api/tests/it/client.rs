//! A messenger as a test plays it: requests to the router, answers as JSON.

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use vigie_api::{Api, router};
use vigie_model::Scope;

use crate::house::House;

const BOUNDARY: &str = "between-the-parts";

pub(crate) struct Client {
    router: Router,
    token: Option<String>,
    key: Option<&'static str>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Client {
    pub(crate) async fn with(house: &House, scopes: &[Scope]) -> Self {
        let token = house.token(scopes).await;
        Self { token: Some(token), ..Self::stranger(house) }
    }

    pub(crate) fn stranger(house: &House) -> Self {
        Self { router: router(Api { app: house.app.clone() }), token: None, key: None }
    }

    /// The same client, sending an idempotency key.
    pub(crate) fn keyed(&self, key: &'static str) -> Self {
        Self { router: self.router.clone(), token: self.token.clone(), key: Some(key) }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Said {
        self.send(Method::POST, path, "application/json", body.to_string().into_bytes()).await
    }

    pub(crate) async fn post_form(&self, path: &str, parts: &[(&str, &[u8])]) -> Said {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path, &kind, form(parts)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Said {
        let mut request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, kind);
        request = request.header("content-length", body.len());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = self.key {
            request = request.header("idempotency-key", key);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Said {
            status: head.status,
            headers: head.headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }
}

/// The body of a form. Parts other than JSON are given a file name.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in parts {
        let file = if content.starts_with(b"{") { "" } else { "; filename=\"f9\"" };
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

impl Said {
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.json["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> &Value {
        assert!(self.status.is_success(), "{self:?}");
        &self.json
    }
}
