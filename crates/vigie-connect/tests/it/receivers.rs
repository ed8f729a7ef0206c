//! Receivers that answer what no messenger should.

use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_app::ports::DeliveryError;
use vigie_connect::Webhook;
use vigie_model::action::Receipt;

use crate::rig::{Rig, SECRET, later, refused};

/// Sends one order to a receiver that answers so.
async fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Receipt, DeliveryError> {
    let rig = Rig::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/base", listener.local_addr().unwrap());
    let (headers, body) = (
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>(),
        body.to_owned(),
    );
    let answer = move || {
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in &headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        std::future::ready(response)
    };
    let router = Router::new().route("/base/vigie/v1/actions", post(answer));
    let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
    let ended = cancel.clone().cancelled_owned();
    tasks.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await.unwrap() });
    let outcome = rig.perform(&Webhook::new(&base, SECRET).unwrap(), &rig.removal(1)).await;
    cancel.cancel();
    tasks.close();
    tasks.wait().await;
    rig.stop().await;
    outcome
}

const RECEIPT: &str =
    r#"{"receipt":"r-1","outcome":"done","performed_at":"2026-11-22T09:31:13Z","state":{}}"#;

#[tokio::test]
async fn only_a_whole_receipt_counts() {
    assert_eq!(answered(200, &[], RECEIPT).await.unwrap().receipt, "r-1");
    for broken in [
        "",
        "{}",
        r#"{"receipt":"","outcome":"done","performed_at":"2026-11-22T09:31:13Z","state":{}}"#,
        r#"{"receipt":"r-1","outcome":"perhaps","performed_at":"2026-11-22T09:31:13Z","state":{}}"#,
        r#"{"receipt":"r-1","outcome":"done","performed_at":"yesterday","state":{}}"#,
        r#"{"receipt":"r-1","outcome":"done","performed_at":"2026-11-22T09:31:13Z"}"#,
    ] {
        assert_eq!(later(answered(200, &[], broken).await).0, "the answer is no receipt", "{broken}");
    }
    for status in [201, 202] {
        assert_eq!(later(answered(status, &[], RECEIPT).await).0, format!("{status} is no receipt"));
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let long = format!("{RECEIPT}{}", " ".repeat(256 * 1024));
    let why = later(answered(200, &[], &long).await).0;
    assert_eq!(why, "the answer is larger than 262144 bytes");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = [("location", "/elsewhere")];
    assert_eq!(later(answered(307, &elsewhere, "").await).0, "307");
}

#[tokio::test]
async fn each_status_says_later_or_never() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        assert_eq!(later(answered(status, &[], "").await).0, status.to_string());
    }
    for status in [400, 401, 403, 404, 409, 410, 422] {
        assert_eq!(refused(answered(status, &[], "").await), status.to_string());
    }
}

#[tokio::test]
async fn of_a_foreign_answer_only_a_code_is_passed_on() {
    let problem = r#"{"code":"not_here","detail":"ann@example"}"#;
    assert_eq!(refused(answered(404, &[], problem).await), "404 not_here");
    for strange in [r#"{"code":"<b>x</b>"}"#, r#"{"code":""}"#, r#"{"code":7}"#, "<html>"] {
        assert_eq!(refused(answered(404, &[], strange).await), "404", "{strange}");
    }
}

#[tokio::test]
async fn a_pause_is_taken_only_in_seconds() {
    for (asked, told) in [("12", Some(12)), (" 3 ", Some(3)), ("soon", None), ("-1", None)] {
        let (_, wait) = later(answered(503, &[("retry-after", asked)], "").await);
        assert_eq!(wait.map(|wait| wait.as_secs()), told, "{asked}");
    }
}
