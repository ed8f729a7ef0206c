//! Answers that no messenger gives which keeps to the agreement, and what is asked on the way: byte by byte.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_model::ManualClock;
use vigie_simulator::signature;

use super::*;

const NOW: Moment = Moment(1_800_000_000_000_000);
const SPAN: Span = Span { from: Moment(1_799_000_000_000_000), until: Moment(1_800_000_000_000_000) };
const JSON: &str = "application/json";
const LINES: &str = "application/jsonl";
const EMPTY: &str = "{\"records\":0,\"next\":null}\n";

/// What is answered to everything, and what was asked.
struct Answered {
    status: u16,
    media_type: &'static str,
    body: Mutex<Bytes>,
    asked: Mutex<Vec<(String, HeaderMap, Bytes)>>,
}

/// A messenger that answers everything with the same.
struct Raw {
    answered: Arc<Answered>,
    records: SignedPull,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

async fn answer(
    State(answered): State<Arc<Answered>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered.asked.lock().unwrap().push((uri.path().to_owned(), headers, body));
    let status = StatusCode::from_u16(answered.status).unwrap();
    let fields = [(header::CONTENT_TYPE, answered.media_type), (header::LOCATION, "/elsewhere")];
    (status, fields, answered.body.lock().unwrap().clone()).into_response()
}

impl Raw {
    async fn answering(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let (body, asked) = (Mutex::new(body.into()), Mutex::default());
        let answered = Arc::new(Answered { status, media_type, body, asked });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/a/base/", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(answered.clone());
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let ended = cancel.clone().cancelled_owned();
        tasks
            .spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await.unwrap() });
        Self { answered, records: SignedPull::new(&base, SECRET).unwrap(), cancel, tasks }
    }

    async fn pull(&self) -> Result<vigie_app::records::Page, RecordsError> {
        self.records.pull(b"signed", CONNECTIONS, Some("x"), NOW).await
    }

    async fn resolve(&self) -> Result<Vec<Holder>, RecordsError> {
        self.records.resolve(&identifier(IdentifierKind::UserId, "a-17"), &SPAN, NOW).await
    }

    /// What was asked last: the path, and the body.
    fn asked(&self) -> (String, Value) {
        let (path, _, body) = self.answered.asked.lock().unwrap().last().unwrap().clone();
        (path, serde_json::from_slice(&body).unwrap())
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier { kind, value: value.to_owned(), service: "lakechat".to_owned() }
}

#[tokio::test]
async fn a_question_is_signed_over_what_it_says_and_says_what_was_agreed() {
    let raw = Raw::answering(200, LINES, EMPTY).await;
    raw.pull().await.unwrap();
    let (_, headers, body) = raw.answered.asked.lock().unwrap().last().unwrap().clone();
    let field = |name: &str| headers[name].to_str().unwrap();
    signature::verify(SECRET, NOW, field("vigie-timestamp"), field("vigie-signature"), &body).unwrap();
    let changed = [&body[..], b" "].concat();
    let (at, by) = (field("vigie-timestamp"), field("vigie-signature"));
    assert!(signature::verify(SECRET, NOW, at, by, &changed).is_err());
    assert_eq!(field("content-type"), JSON);
    let question = json!({ "grant": "c2lnbmVk", "task": CONNECTIONS, "cursor": "x" });
    assert_eq!(raw.asked(), ("/a/base/records/v1/pull".to_owned(), question));
    raw.stop().await;

    let raw = Raw::answering(200, JSON, r#"{"holders":[]}"#).await;
    let criterion: Criterion = "posted_media:m-1".parse().unwrap();
    let group = identifier(IdentifierKind::GroupId, "c-81");
    raw.records.resolve_group(&group, &criterion, u32::MAX, &SPAN, NOW).await.unwrap();
    let (path, question) = raw.asked();
    assert_eq!(path, "/a/base/records/v1/resolve");
    assert_eq!((&question["criterion"], &question["cap"]), (&json!("posted_media:m-1"), &json!(10_000)));
    assert_eq!(question["span"], json!(SPAN));
    raw.stop().await;
}

#[tokio::test]
async fn an_answer_of_another_status_or_type_is_none() {
    for (status, told) in [
        (204, "no answer yet: 204 is no answer"),
        (206, "no answer yet: 206 is no answer"),
        (302, "no answer yet: 302"),
        (408, "no answer yet: 408"),
        (425, "no answer yet: 425"),
        (503, "no answer yet: 503"),
        (400, "refused: 400"),
        (404, "refused: 404"),
    ] {
        let raw = Raw::answering(status, LINES, EMPTY).await;
        assert_eq!(raw.pull().await.unwrap_err().to_string(), told);
        assert_eq!(
            raw.answered.asked.lock().unwrap().len(),
            1,
            "{status}: it is asked once, and follows nobody"
        );
        raw.stop().await;
    }
    for media_type in ["text/html", JSON, "application/jsonlines", "", "application/octet-stream"] {
        let raw = Raw::answering(200, media_type, EMPTY).await;
        let told = raw.pull().await.unwrap_err().to_string();
        assert_eq!(told, "the answer cannot be used: the answer is not of type application/jsonl");
        raw.stop().await;
    }
    let raw = Raw::answering(200, "text/html", r#"{"holders":[]}"#).await;
    assert!(matches!(raw.resolve().await, Err(RecordsError::Malformed(_))));
    raw.stop().await;
    let raw = Raw::answering(200, "Application/JSON; charset=utf-8", r#"{"holders":[]}"#).await;
    assert_eq!(raw.resolve().await.unwrap(), []);
    raw.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    // A page of white space, and a list of one holder whose white space has no end.
    let raw = Raw::answering(200, LINES, [&vec![b' '; 8 << 20][..], EMPTY.as_bytes()].concat()).await;
    assert_eq!(
        raw.pull().await.unwrap_err().to_string(),
        "too much: the answer is larger than 8388608 bytes"
    );
    raw.stop().await;
    let list = [&vec![b' '; 1 << 20][..], br#"{"holders":[]}"#].concat();
    let raw = Raw::answering(200, JSON, list).await;
    assert_eq!(
        raw.resolve().await.unwrap_err().to_string(),
        "too much: the answer is larger than 1048576 bytes"
    );
    raw.stop().await;
}

#[tokio::test]
async fn who_held_an_identifier_are_at_most_a_hundred_and_of_a_group_as_many_as_were_asked_for() {
    let list = |count: usize| {
        let holders: Vec<_> = (0..count).map(|number| json!({ "account": format!("a-{number}") })).collect();
        json!({ "holders": holders }).to_string()
    };
    for (count, passes) in [(100, true), (101, false)] {
        let raw = Raw::answering(200, JSON, list(count)).await;
        assert_eq!(raw.resolve().await.is_ok(), passes, "{count}");
        raw.stop().await;
    }
    let group = identifier(IdentifierKind::GroupId, "c-81");
    for (count, passes) in [(7, true), (8, false)] {
        let raw = Raw::answering(200, JSON, list(count)).await;
        let members = raw.records.resolve_group(&group, &Criterion::Posted, 7, &SPAN, NOW).await;
        assert_eq!(members.is_ok(), passes, "{count}");
        raw.stop().await;
    }
    // One who held it at another time makes the whole answer one that is not believed.
    let early = r#"{"holders":[{"account":"a-1"},{"account":"a-2","until":"2020-01-01T00:00:00Z"}]}"#;
    let raw = Raw::answering(200, JSON, early).await;
    assert!(matches!(raw.resolve().await, Err(RecordsError::Malformed(_))));
    raw.stop().await;
}

/// Any record: of anybody, of any time near the span, with and without its port, and of numbers.
fn any_record() -> impl Strategy<Value = Record> {
    let account = || prop_oneof![4 => Just("a-17"), 1 => Just("a-18"), 1 => Just("A-17"), 1 => Just("a-17 ")];
    let edge = prop_oneof![
        4 => SPAN.from.0..SPAN.until.0,
        1 => Just(SPAN.from.0 - 1),
        1 => Just(SPAN.from.0),
        1 => Just(SPAN.until.0 - 1),
        1 => Just(SPAN.until.0),
    ];
    let address = prop_oneof![6 => Just("192.0.2.7"), 1 => Just("what they said"), 1 => Just("")];
    let connection = (account(), address, proptest::option::weighted(0.2, Just(4711)), edge).prop_map(
        |(account, address, port, at)| Record::Connection {
            account: account.into(),
            address: address.into(),
            port,
            at: Moment(at),
        },
    );
    let phone = account().prop_map(|account| Record::Phone {
        account: account.into(),
        phone_number: "+447700900123".into(),
        since: None,
        until: None,
    });
    prop_oneof![8 => connection, 1 => phone]
}

/// Whatever a messenger sends as a page: all of it lies within the grant, or nothing of it is kept.
#[test]
fn what_comes_over_the_wire_is_within_the_grant_or_is_not_kept() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let raw = runtime.block_on(Raw::answering(200, LINES, ""));
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let sets = (proptest::collection::vec(any_record(), 0..8), any::<bool>());
    let outcome = proptest::test_runner::TestRunner::new(config).run(&sets, |(records, with_port)| {
        let mut fields = vec![Field::Address, Field::At];
        fields.extend(with_port.then_some(Field::Port));
        let lines: String =
            records.iter().map(|record| format!("{}\n", serde_json::to_string(record).unwrap())).collect();
        let end = json!({ "records": records.len(), "next": null });
        *raw.answered.body.lock().unwrap() = format!("{lines}{end}\n").into();
        let (grant, clock) = (granted(fields), ManualClock::at(NOW));
        let pulled = runtime.block_on(pull_whole(&raw.records, b"signed", &grant, CONNECTIONS, &clock));
        let is_inside = |record: &Record| {
            matches!(record, Record::Connection { account, address, port, at }
                if account == "a-17" && address == "192.0.2.7" && (with_port || port.is_none())
                    && SPAN.from <= *at && *at < SPAN.until)
        };
        match pulled {
            Ok(kept) => {
                prop_assert!(kept.iter().all(is_inside), "{:?}", kept);
                prop_assert_eq!(kept, records);
            }
            Err(_) => prop_assert!(!records.iter().all(is_inside), "{:?}", records),
        }
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(raw.stop());
}

/// A few, or in proportion to what a release asks for.
fn cases() -> u32 {
    let asked = std::env::var_os("VIGIE_GRANT_CASES").and_then(|cases| cases.to_str()?.parse::<u32>().ok());
    asked.map_or(300, |cases| (cases / 100).max(1))
}

fn granted(fields: Vec<Field>) -> Grant {
    Grant {
        version: 1,
        id: GrantId(Uuid::from_u128(3)),
        request: RequestId(Uuid::from_u128(4)),
        reference: "4711/26".into(),
        authority: "Tribunal of the tests".into(),
        service: "lakechat".into(),
        rule_set: "eu-epoc@1".into(),
        tasks: vec![GrantedTask {
            task: CONNECTIONS,
            category: Category::Identification,
            subjects: vec!["a-17".into()],
            fields,
            span: SPAN,
        }],
        granted_at: Moment(NOW.0 - 1),
        expires_at: NOW.after(DAY),
        approvals: vec![],
    }
}
