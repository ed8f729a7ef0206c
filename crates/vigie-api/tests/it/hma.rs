//! The contract with clients of HMA: what it answers, replayed over HTTP, with its quirks and without its faults; and the
//! calls that policyserv and Coop make.

mod callers;
mod clients;
mod curation;
mod matching;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vigie_api::hma::{Hma, door, router};
use vigie_app::ports::{Answer, FetchError, Fetched, MediaSource};
use vigie_model::Scope;

use crate::house::{House, pdq, picture};

/// What an HTTP answer was.
struct Said {
    status: u16,
    body: Value,
    text: String,
}

struct Client {
    house: House,
    router: Router,
    token: String,
}

/// A host with one picture and one film.
struct OneHost;

impl MediaSource for OneHost {
    fn fetch<'a>(&'a self, url: &'a str, limit: usize) -> Answer<'a, Result<Fetched, FetchError>> {
        let (bytes, kind) = match url.strip_prefix("http://media.example/") {
            Some("a.jpg") => (picture(1), "image/jpeg"),
            Some("a.mp4") => (b"a film".to_vec(), "video/mp4"),
            Some("a.txt") => (b"a text".to_vec(), "text/plain"),
            Some("large") => return Box::pin(async { Err(FetchError::TooLarge) }),
            _ => return Box::pin(async { Err(FetchError::NotAllowed) }),
        };
        assert!(limit > bytes.len());
        Box::pin(async move { Ok(Fetched { bytes: bytes.into(), content_type: Some(kind.to_owned()) }) })
    }
}

async fn client() -> Client {
    client_of(false, &[Scope::HmaMatch, Scope::HmaCurate]).await
}

async fn client_of(anonymous: bool, scopes: &[Scope]) -> Client {
    of_house(House::start().await, anonymous, false, scopes).await
}

async fn of_house(house: House, anonymous: bool, token_in_path: bool, scopes: &[Scope]) -> Client {
    house.app.load_banks().await.unwrap();
    let token = house.token(scopes).await;
    let hma = Hma { app: house.app.clone(), anonymous, token_in_path, source: Some(Arc::new(OneHost)) };
    Client { router: door(router(hma)), house, token }
}

impl Client {
    async fn send(&self, request: Request<Body>) -> Said {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Said { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), text }
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.token))
    }

    async fn get(&self, path: &str) -> Said {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    async fn delete(&self, path: &str) -> Said {
        self.send(self.request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Said {
        let request = self.request(method, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Said {
        self.json(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: &Value) -> Said {
        self.json(Method::PUT, path, body).await
    }

    /// Fields with a file name are files.
    async fn upload(&self, path: &str, fields: &[(&str, Option<&str>, &[u8])]) -> Said {
        let mut body = Vec::new();
        for (name, file, content) in fields {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head = format!("--lake\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend(b"--lake--\r\n");
        let request =
            self.request(Method::POST, path).header("content-type", "multipart/form-data; boundary=lake");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn bank(&self, name: &str) {
        assert_eq!(self.post("/c/banks", &json!({ "name": name })).await.status, 201);
    }
}

/// A PDQ signal with so many of its last bits set.
fn bits(count: usize) -> String {
    let mut hash = [0_u8; 32];
    (0..count).for_each(|bit| hash[31 - bit / 8] |= 1 << (bit % 8));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digits(picture: &[u8]) -> String {
    pdq(picture).to_string()
}
