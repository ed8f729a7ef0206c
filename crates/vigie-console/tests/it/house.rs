//! A house with a console in it, and visitors who look at its pages.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use vigie_app::evidence::RetentionSettings;
use vigie_app::heavy::Heavy;
use vigie_app::intake::IntakeSettings;
use vigie_app::ledger::LedgerSettings;
use vigie_app::ports::{Answer, Decoder};
use vigie_app::submissions::{AccountContext, Context};
use vigie_app::tokens::NewToken;
use vigie_app::user_reports::NewReport;
use vigie_app::wellbeing::ReviewSettings;
use vigie_app::{AccessSettings, App, Parts, Settings};
use vigie_console::Console;
use vigie_media::{Examined, MediaError, Preview, PreviewSettings, Watched};
use vigie_model::access::{CallerKind, OpenedBy};
use vigie_model::id::{IncidentId, TokenId};
use vigie_model::{Caller, ManualClock, Moment, Role, Scope, SequentialIds, Surface};
use vigie_seal::ledger::Details;
use vigie_store::{Store, StoreSettings};

/// Where the house says that it stands.
pub(crate) const PUBLIC: &str = "http://localhost:8420";

pub(crate) struct House {
    pub(crate) app: App,
    store: Store,
    pub(crate) clock: Arc<ManualClock>,
    router: Router,
    _data: tempfile::TempDir,
}

/// Decodes nothing: what is reported is kept all the same.
struct NoDecoder;

impl NoDecoder {
    fn refuse<T: Send + 'static>() -> Answer<'static, Result<T, MediaError>> {
        Box::pin(std::future::ready(Err(MediaError::UnknownFormat)))
    }
}

impl Decoder for NoDecoder {
    fn examine(&self, _: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Self::refuse()
    }

    fn first_pass(&self, _: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Self::refuse()
    }

    fn preview(&self, _: Bytes, _: PreviewSettings) -> Answer<'_, Result<Preview, MediaError>> {
        Self::refuse()
    }

    fn watch(&self, _: Bytes) -> Answer<'_, Result<Watched, MediaError>> {
        Self::refuse()
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::at(PUBLIC).await
    }

    /// A house that says it stands elsewhere.
    pub(crate) async fn at(public_url: &str) -> Self {
        Self::built(public_url, usual_review(), AccessSettings::LINKS_ALONE).await
    }

    /// A house with these rules of review.
    pub(crate) async fn with_review(review: ReviewSettings) -> Self {
        Self::built(PUBLIC, review, AccessSettings::LINKS_ALONE).await
    }

    /// A house with its own rules about who proves what.
    pub(crate) async fn with(public_url: &str, access: AccessSettings) -> Self {
        Self::built(public_url, usual_review(), access).await
    }

    async fn built(public_url: &str, review: ReviewSettings, access: AccessSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store =
            Store::open(&StoreSettings { database: None, data: data.path().to_owned() }).await.unwrap();
        let clock = Arc::new(ManualClock::at(Moment::from_unix_seconds(1_790_000_000)));
        let app = App::new(Parts {
            store: store.clone(),
            clock: clock.clone(),
            ids: Arc::new(SequentialIds::default()),
            heavy: Heavy::new(NonZeroUsize::MIN),
            media: Some(Arc::new(NoDecoder)),
            messengers: BTreeMap::new(),
            records: BTreeMap::from([(crate::desk::SERVICE.to_owned(), crate::desk::records())]),
            pagers: vec![],
            witnesses: vec![],
            provider: None,
            settings: Settings {
                instance: "test".into(),
                public_url: public_url.into(),
                evidence_url: "http://localhost:8421".into(),
                ledger: LedgerSettings::unwatched("vigie.example.org/test"),
                intake: IntakeSettings::default(),
                retention: RetentionSettings::default(),
                review,
                access,
                disclosure: crate::desk::settings(),
            },
        });
        let router = vigie_console::router(Console { app: app.clone() });
        Self { app, store, clock, router, _data: data }
    }

    /// An incident about an account, from the report of a participant.
    pub(crate) async fn reported(&self, account: &str) -> IncidentId {
        self.reported_on("synthetic", account).await
    }

    /// An incident about an account of this messenger.
    pub(crate) async fn reported_on(&self, service: &str, account: &str) -> IncidentId {
        let new = NewToken {
            name: format!("messenger for {account}"),
            scopes: vec![Scope::Submit],
            entries_per_hour: 0,
            life: None,
        };
        let (_, secret) = self.app.add_token(&Caller::operator(), new).await.unwrap();
        let machine = self.app.token_caller(&secret).await.unwrap();
        let context = Context {
            surface: Surface::ReportedItem,
            service: service.into(),
            conversation: None,
            account: Some(AccountContext { id: account.into(), name: Some(format!("<{account}>")) }),
            message_id: Some("m1".into()),
            media_id: None,
            sent_at: None,
            ip: None,
            port: None,
        };
        let report = NewReport {
            context,
            reason: "child_safety".into(),
            body: Some("look at <this>".into()),
            media: None,
            idempotency_key: None,
        };
        self.app.hand_in_report(&machine, report).await.unwrap().incident
    }

    /// An incident about an account, from the report of a participant with media: what is reported is kept.
    pub(crate) async fn found(&self, account: &str, bytes: &[u8]) -> IncidentId {
        self.app.enter_default_bases().await.unwrap();
        let machine = Caller {
            kind: CallerKind::Token(TokenId(uuid::Uuid::nil())),
            name: "messenger".into(),
            roles: vec![],
            scopes: vec![Scope::Submit],
        };
        let context = Context {
            surface: Surface::ReportedItem,
            service: "synthetic".into(),
            conversation: None,
            account: Some(AccountContext { id: account.into(), name: None }),
            message_id: Some(format!("of-{account}")),
            media_id: None,
            sent_at: None,
            ip: None,
            port: None,
        };
        let mut upload = self.app.begin_reported_upload(&machine).unwrap();
        upload.push(bytes).unwrap();
        let media = Some(upload.finish());
        let report =
            NewReport { context, reason: "child_safety".into(), body: None, media, idempotency_key: None };
        self.app.hand_in_report(&machine, report).await.unwrap().incident
    }

    /// The path of a fresh sign-in link for a new person.
    pub(crate) async fn link(&self, name: &str, role: Role) -> String {
        let operator = Caller::operator();
        let person = self.app.add_person(&operator, name, &[role]).await.unwrap();
        let link = self.app.make_sign_in_link(&operator, person.id).await.unwrap();
        link.strip_prefix(&self.app.settings.public_url).unwrap().to_owned()
    }

    /// Somebody who is not signed in.
    pub(crate) fn stranger(&self) -> Visitor<'_> {
        Visitor { house: self, cookies: vec![], language: "en" }
    }

    /// A new person, signed in through their link.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Visitor<'_> {
        let mut visitor = self.stranger();
        let link = self.link(name, role).await;
        let page = visitor.post(&link, "").await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{name} cannot sign in");
        visitor
    }
}

impl Visitor<'_> {
    /// Makes of a session that a link opened one that rests on a passkey, used just now. The ceremony itself is a journey in
    /// a real browser.
    pub(crate) async fn as_by_a_passkey(&mut self) {
        let app = &self.house.app;
        let mut caller = None;
        for (_, secret) in &self.cookies {
            caller = caller.or(app.signed_in(secret).await.ok().map(|signed_in| signed_in.caller));
        }
        let caller = caller.expect("somebody is signed in");
        let CallerKind::Person { session, .. } = caller.kind else { panic!("no person is signed in") };
        let (mut tx, now) = (self.house.store.begin().await.unwrap(), app.now());
        let done = vigie_store::people::strengthen_session(&mut tx, session, OpenedBy::Passkey, Some(now));
        done.await.unwrap();
        tx.commit(&Details::new(&caller, "test", "test", now)).await.unwrap();
    }
}

/// A browser: keeps cookies, asks for pages, sends forms from pages of the house.
pub(crate) struct Visitor<'a> {
    house: &'a House,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) language: &'static str,
}

/// What a browser got.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The first address on the page that begins so.
    #[track_caller]
    pub(crate) fn address(&self, beginning: &str) -> String {
        let at = self.text.find(&format!("\"{beginning}")).expect("the page holds such an address") + 1;
        self.text[at..].split('"').next().unwrap().to_owned()
    }
}

impl Visitor<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Page {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Sends a form with files.
    pub(crate) async fn upload(&mut self, path: &str, parts: &[(&str, &str)]) -> Page {
        let part = |(name, value): &(&str, &str)| {
            format!(
                "--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{value}\r\n"
            )
        };
        let body: String = parts.iter().map(part).chain(["--edge--\r\n".to_owned()]).collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A page, which has to be there.
    #[track_caller]
    pub(crate) fn look<'b>(&'b mut self, path: &'b str) -> impl Future<Output = Page> + 'b {
        let caller = std::panic::Location::caller();
        async move {
            let page = self.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}, asked at {caller}:\n{}", page.text);
            page
        }
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Page {
        let headers = request.headers_mut();
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        headers.insert(header::ACCEPT, "text/html".parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, self.language.parse().unwrap());
        let response: Response<Body> = self.house.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// The usual rules of review, but that no decision is read again: tests of other things count decisions.
fn usual_review() -> ReviewSettings {
    ReviewSettings { reread_percent: 0, ..ReviewSettings::default() }
}
