//! The feed against a stand-in for Vigie that answers from the ground truth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_simulator::messenger::Standing;
use vigie_simulator::{Feed, FeedReport, Pace};
use vigie_synth::{Event, Operation, Stream};

use crate::rig::{Rig, client, listener};

/// A stand-in for Vigie: blocks known images in channels, holds them elsewhere, examines no private group.
#[derive(Clone, Default)]
struct StandIn {
    heard: Arc<Mutex<Heard>>,
    known: Arc<BTreeSet<String>>,
}

#[derive(Clone, Default)]
struct Heard {
    /// Contexts of submissions by their idempotency key, with the length of the picture.
    submissions: BTreeMap<String, (Value, usize)>,
    conversations: Vec<Value>,
    reports: Vec<Value>,
    requests: usize,
    /// So many of the next requests are answered 503.
    unavailable: usize,
}

impl StandIn {
    fn of(operation: &Arc<Operation>, live: usize) -> Self {
        let history = operation.known_copies().map(|(message, _)| message.id.to_string());
        let stream = Stream::new(operation.clone()).take(live).filter_map(|event| match event {
            Event::Post(post) => post.copy.map(|_| post.message.id.to_string()),
            Event::UserReport(_) => None,
        });
        Self { known: Arc::new(history.chain(stream).collect()), ..Self::default() }
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/api/v1/submissions", post(submissions))
            .route("/api/v1/conversations", post(conversations))
            .route("/api/v1/user-reports", post(reports))
            .with_state(self.clone())
    }

    /// What was heard so far.
    fn heard(&self) -> Heard {
        self.heard.lock().expect("nobody panicked").clone()
    }

    fn hear<T>(&self, headers: &HeaderMap, hearing: impl FnOnce(&mut Heard) -> T) -> Result<T, StatusCode> {
        let mut heard = self.heard.lock().expect("nobody panicked");
        heard.requests += 1;
        if headers.get("authorization").is_none_or(|token| token != "Bearer token-of-the-test") {
            return Err(StatusCode::UNAUTHORIZED);
        }
        if heard.unavailable > 0 {
            heard.unavailable -= 1;
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        Ok(hearing(&mut heard))
    }
}

async fn submissions(
    State(vigie): State<StandIn>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Json<Value>, StatusCode> {
    let (mut context, mut length, mut media_type) = (Value::Null, 0, String::new());
    while let Some(part) = form.next_field().await.map_err(|_| StatusCode::BAD_REQUEST)? {
        match part.name() {
            Some("context") => {
                let bytes = part.bytes().await.map_err(|_| StatusCode::BAD_REQUEST)?;
                context = serde_json::from_slice(&bytes).map_err(|_| StatusCode::BAD_REQUEST)?;
            }
            Some("media") => {
                media_type = part.content_type().unwrap_or_default().to_owned();
                length = part.bytes().await.map_err(|_| StatusCode::BAD_REQUEST)?.len();
            }
            _ => return Err(StatusCode::BAD_REQUEST),
        }
    }
    if media_type != "image/jpeg" {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let message = context["message_id"].as_str().unwrap_or_default().to_owned();
    let answer = match context["surface"].as_str() {
        Some("private_group" | "direct_message") => json!({ "verdict": "allow", "examined": false }),
        _ if !vigie.known.contains(&message) => json!({ "verdict": "allow", "examined": true }),
        Some("public_channel") => json!({ "verdict": "block", "examined": true, "incident": 1 }),
        _ => json!({ "verdict": "review", "examined": true, "incident": 2 }),
    };
    vigie.hear(&headers, |heard| heard.submissions.insert(key, (context, length)))?;
    Ok(Json(answer))
}

async fn conversations(State(vigie): State<StandIn>, headers: HeaderMap, body: Json<Value>) -> StatusCode {
    vigie
        .hear(&headers, |heard| heard.conversations.push(body.0))
        .map_or_else(|status| status, |()| StatusCode::CREATED)
}

async fn reports(State(vigie): State<StandIn>, headers: HeaderMap, body: Json<Value>) -> StatusCode {
    vigie
        .hear(&headers, |heard| heard.reports.push(body.0))
        .map_or_else(|status| status, |()| StatusCode::CREATED)
}

struct Fed {
    rig: Rig,
    vigie: StandIn,
    cancel: CancellationToken,
    tasks: TaskTracker,
    base: String,
}

const LIVE: usize = 60;

impl Fed {
    async fn start() -> Self {
        let rig = Rig::start().await;
        let vigie = StandIn::of(&rig.operation, LIVE);
        let (listener, base) = listener().await;
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (router, ended) = (vigie.router(), cancel.clone().cancelled_owned());
        tasks.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await });
        Self { rig, vigie, cancel, tasks, base }
    }

    fn feed(&self, live: Duration, most_live: usize) -> Feed {
        Feed {
            client: client(),
            vigie: self.base.clone(),
            token: "token-of-the-test".into(),
            messenger: self.rig.messenger.clone(),
            operation: self.rig.operation.clone(),
            pace: Pace { history: Duration::ZERO, live, most_live },
        }
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.rig.stop().await;
    }
}

#[tokio::test]
async fn every_upload_is_asked_about_once_and_shown_as_answered() {
    let fed = Fed::start().await;
    let report = fed.feed(Duration::ZERO, LIVE).run(&CancellationToken::new()).await;
    let operation = &fed.rig.operation;
    let (mut uploads, mut reports) = (0, 0);
    for event in operation.history().into_iter().chain(Stream::new(operation.clone()).take(LIVE)) {
        let Event::Post(post) = event else {
            reports += 1;
            continue;
        };
        let shown = fed.rig.messenger.message(post.message.id.as_str()).unwrap();
        let place = operation.conversation(&post.message.conversation).unwrap();
        let expected = match (post.copy.is_some(), place.surface.is_private(), place.surface.name()) {
            (true, false, "public_channel") => Standing::Blocked,
            (true, false, _) => Standing::Held,
            _ => Standing::Published,
        };
        assert_eq!(shown.standing, expected, "{}", post.message.id);
        uploads += usize::from(post.message.media.is_some());
    }
    let avatars = operation.conversations.iter().filter(|place| place.avatar.is_some()).count();
    let heard = fed.vigie.heard();
    assert_eq!(heard.submissions.len(), uploads + avatars);
    assert_eq!(heard.conversations.len(), operation.conversations.len());
    assert_eq!((heard.reports.len(), report.user_reports), (reports, reports));
    assert_eq!(report.allowed + report.held + report.blocked, uploads);
    assert!(report.held > 0 && report.blocked > 0 && report.not_examined > 0);
    assert_eq!((report.failed, report.not_posted), (0, 0));
    fed.stop().await;
}

#[tokio::test]
async fn the_context_says_where_who_and_when() {
    let fed = Fed::start().await;
    fed.feed(Duration::ZERO, 0).run(&CancellationToken::new()).await;
    let heard = fed.vigie.heard();
    let message = fed.rig.known_message();
    let is_it = |(context, _): &&(Value, usize)| context["message_id"] == message.id.as_str();
    let (context, length) = heard.submissions.values().find(is_it).unwrap();
    let place = fed.rig.operation.conversation(&message.conversation).unwrap();
    let account = fed.rig.operation.account(&message.account).unwrap();
    assert_eq!(
        *context,
        json!({
            "surface": place.surface, "service": "lakechat",
            "conversation": { "id": place.id, "kind": place.kind, "name": place.title },
            "account": { "id": account.id, "name": account.name },
            "message_id": message.id, "media_id": message.media, "sent_at": message.sent_at, "ip": message.address, "port": message.port,
        })
    );
    let media = &fed.rig.operation.media[message.media.as_ref().unwrap()];
    assert_eq!(*length, media.recipe.render().bytes.len());
    let avatars: Vec<_> =
        heard.submissions.values().filter(|(context, _)| context["surface"] == "profile").collect();
    assert!(avatars.iter().all(|(context, _)| context.get("message_id").is_none()) && !avatars.is_empty());
    fed.stop().await;
}

#[tokio::test]
async fn a_request_that_failed_is_tried_again_as_the_same_upload() {
    let fed = Fed::start().await;
    fed.vigie.heard.lock().unwrap().unavailable = 2;
    let report = fed.feed(Duration::ZERO, 0).run(&CancellationToken::new()).await;
    assert_eq!(report.failed, 0);
    let heard = fed.vigie.heard();
    assert_eq!(heard.requests, heard.submissions.len() + heard.conversations.len() + heard.reports.len() + 2);
    fed.stop().await;
}

#[tokio::test]
async fn what_vigie_refuses_stays_unpublished() {
    let fed = Fed::start().await;
    let mut feed = fed.feed(Duration::ZERO, 10);
    feed.token = "wrong".into();
    let report = feed.run(&CancellationToken::new()).await;
    assert_eq!(FeedReport { failed: 0, ..report }, FeedReport::default());
    assert!(report.failed > 10);
    let unpublished = Stream::new(fed.rig.operation.clone()).take(10).filter_map(|event| match event {
        Event::Post(post) if post.message.media.is_some() => {
            fed.rig.messenger.message(post.message.id.as_str())
        }
        _ => None,
    });
    assert!(unpublished.into_iter().all(|message| message.standing == Standing::Checking));
    fed.stop().await;
}

#[tokio::test]
async fn a_feed_ends_when_it_is_cancelled() {
    let fed = Fed::start().await;
    let cancel = CancellationToken::new();
    let feed = fed.feed(Duration::from_secs(3600), usize::MAX);
    let vigie = fed.vigie.clone();
    let reports = fed.rig.operation.user_reports.len();
    let stop = async {
        while vigie.heard().reports.len() < reports {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (report, ()) = tokio::join!(feed.run(&cancel), stop);
    assert_eq!(report.conversations, fed.rig.operation.conversations.len());
    fed.stop().await;
}
