//! Questions about uploads: with the media, with its signals alone, or many at once.

mod video;

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vigie_app::matching::MatchReceipt;
use vigie_app::submissions::{
    self, AccountContext, Answer, Content, Context, ConversationContext, Failure, Submission,
};
use vigie_app::{Code, Error};
use vigie_model::bank::{Label, Verdict};
use vigie_model::conversation::ConversationKind;
use vigie_model::{Caller, Moment, Surface};

use crate::form::{self, Form};
use crate::{Api, Machine, Problem, ProblemDocument};
use video::VideoView;

/// Where an upload appeared, and by whom. An account or a conversation is named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContextBody {
    /// Where it appeared: `public_channel`, `public_group`, `private_group`, `direct_message`, `profile` or
    /// `reported_item`.
    #[schema(value_type = String, example = "public_group")]
    surface: Surface,
    /// The messenger.
    service: String,
    /// In which conversation.
    conversation: Option<ConversationBody>,
    /// By which account.
    account: Option<AccountBody>,
    /// In which message.
    message_id: Option<String>,
    /// The media itself.
    media_id: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Moment>,
    /// From which address.
    #[schema(value_type = Option<String>)]
    ip: Option<IpAddr>,
    /// From which port.
    port: Option<u16>,
}

/// A conversation, as far as an upload tells about it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationBody {
    /// Its identifier on the messenger.
    id: String,
    /// Its form: `direct`, `group` or `channel`.
    #[schema(value_type = String, example = "group")]
    kind: ConversationKind,
    /// Its name.
    name: Option<String>,
}

/// An account, as far as an upload tells about it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountBody {
    /// Its identifier on the messenger.
    id: String,
    /// The name it shows.
    name: Option<String>,
}

/// Signals that the messenger computed itself, in hexadecimal. At least one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalsBody {
    /// PDQ, 64 digits.
    pdq: Option<String>,
    /// MD5, 32 digits.
    md5: Option<String>,
    /// SHA-1, 40 digits.
    sha1: Option<String>,
    /// SHA-256, 64 digits.
    sha256: Option<String>,
    /// vPDQ: a line `number,quality,hash,seconds` for each frame of a video.
    vpdq: Option<String>,
}

/// A question about an upload whose bytes stay on the messenger.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalsQuestion {
    context: ContextBody,
    signals: SignalsBody,
}

/// A question with the media: the parts of a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form and is never made")]
pub(crate) struct MediaQuestion {
    /// Where and by whom. Sent before `media`, it spares reading media that may not be examined.
    context: ContextBody,
    /// The bytes.
    #[schema(value_type = String, format = Binary)]
    media: Vec<u8>,
}

/// Many questions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchBody {
    /// At most 256.
    items: Vec<SignalsQuestion>,
}

/// The answer about an upload. It tells what to do, never why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerView {
    /// Whether it was examined; not, where the surface has no detection basis.
    examined: bool,
    /// `allow`, `review` or `block`.
    #[schema(value_type = String, example = "allow")]
    verdict: Verdict,
    /// Why it could not be decoded: `unknown_type`, `truncated`, `malformed`, `unsupported`, `too_many_pixels`,
    /// `too_much_memory`, `too_much_time`, `decoder_failed`, `too_long` (of a video, the beginning was looked at) or
    /// `no_decoder` (a video, and no ffmpeg).
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// The trace it left, where it left one.
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<Uuid>,
    /// The incident it was gathered in, where there is something to review.
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<Uuid>,
    /// What matched; only for tokens with the scope `receipts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<Vec<MatchView>>,
}

/// A match receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchView {
    /// The kind of the known signal: `pdq`, `vpdq`, `md5`, `sha1` or `sha256`.
    signal: String,
    /// How many bits differ; 0 for digests.
    distance: u32,
    /// The greatest distance that was a match.
    threshold: u32,
    /// Which of the eight positions of the picture matched, where all were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<u8>,
    /// What it rests on, where the upload or the entry is a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<VideoView>,
    /// The bank.
    bank: Uuid,
    /// Its name.
    bank_name: String,
    /// What its matches ask for.
    #[schema(value_type = String)]
    verdict: Verdict,
    /// What this match does to the verdict: `counts`, `notes`, `suppresses` or `suppressed`.
    effect: &'static str,
    /// The number of the entry.
    entry: i64,
    /// Who vouches for it.
    source: String,
    /// What it is about.
    labels: Vec<LabelView>,
    /// The state of the banks that was asked.
    index_version: u64,
}

/// A code within a vocabulary.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabelView {
    /// The vocabulary.
    scheme: String,
    /// The code.
    code: String,
}

/// An answer about media that could not be decoded: a problem document that carries the verdict.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndecodedView {
    #[serde(flatten)]
    problem: ProblemDocument,
    #[serde(flatten)]
    answer: AnswerView,
}

/// Why there is no answer: the media could not be decoded, and the verdict stands with the problem; or nothing was asked that
/// can be answered.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes the two shapes and is never made")]
pub(crate) enum UnansweredView {
    /// The media could not be decoded.
    Undecoded(UndecodedView),
    /// The request is not as it must be.
    Refused(ProblemDocument),
}

/// Answers in the order of the questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchView {
    answers: Vec<BatchItem>,
}

/// The answer to one question of many.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum BatchItem {
    /// It was answered.
    Answered(AnswerView),
    /// It could not be.
    Failed(ProblemDocument),
}

impl From<ContextBody> for Context {
    fn from(body: ContextBody) -> Self {
        Self {
            surface: body.surface,
            service: body.service,
            conversation: body.conversation.map(|conversation| ConversationContext {
                id: conversation.id,
                kind: conversation.kind,
                name: conversation.name,
            }),
            account: body.account.map(|account| AccountContext { id: account.id, name: account.name }),
            message_id: body.message_id,
            media_id: body.media_id,
            sent_at: body.sent_at,
            ip: body.ip,
            port: body.port,
        }
    }
}

impl SignalsBody {
    fn content(&self) -> Result<Content, Error> {
        let single = [("pdq", &self.pdq), ("md5", &self.md5), ("sha1", &self.sha1), ("sha256", &self.sha256)];
        let named = single.into_iter().chain([("vpdq", &self.vpdq)]);
        let given = named.filter_map(|(name, text)| Some((name, text.as_deref()?)));
        Ok(Content::Signals(Box::new(submissions::read_signals(given)?)))
    }
}

impl From<Answer> for AnswerView {
    fn from(answer: Answer) -> Self {
        Self {
            examined: answer.examined,
            verdict: answer.verdict,
            failure: answer.failure,
            submission: answer.submission.map(|id| id.0),
            incident: answer.incident.map(|id| id.0),
            matches: answer.matches.map(|receipts| receipts.into_iter().map(MatchView::from).collect()),
        }
    }
}

impl From<MatchReceipt> for MatchView {
    fn from(receipt: MatchReceipt) -> Self {
        let label = |label: Label| LabelView { scheme: label.scheme, code: label.code };
        Self {
            signal: receipt.signal,
            distance: receipt.distance,
            threshold: receipt.threshold,
            variant: receipt.variant,
            video: receipt.video.map(VideoView::from),
            bank: receipt.bank.0,
            bank_name: receipt.bank_name.to_string(),
            verdict: receipt.verdict,
            effect: receipt.effect.name(),
            entry: receipt.entry,
            source: receipt.source,
            labels: receipt.labels.into_iter().map(label).collect(),
            index_version: receipt.index_version,
        }
    }
}

/// 200 with the verdict; 415 or 422 with the verdict where the media could not be decoded.
fn answered(answer: Answer) -> Response {
    let Some(failure) = answer.failure else { return Json(AnswerView::from(answer)).into_response() };
    let code = failure.code();
    let detail = format!("the media could not be decoded ({failure}); its digests were compared");
    let problem = ProblemDocument::new(code, detail);
    let view = UndecodedView { problem, answer: answer.into() };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    (status, crate::problem::content_type(), Json(view)).into_response()
}

/// Asks about an upload, with its media or with its signals alone.
#[utoipa::path(
    post,
    path = "/api/v1/submissions",
    tag = "submissions",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request with its key, and it counts once")),
    request_body(content(
        (MediaQuestion = "multipart/form-data"),
        (SignalsQuestion = "application/json"),
    )),
    responses(
        (status = 200, body = AnswerView),
        (status = 400, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, body = UndecodedView, content_type = "application/problem+json"),
        (status = 422, body = UnansweredView, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    State(api): State<Api>,
    Machine(caller): Machine,
    request: Request,
) -> Result<Response, Problem> {
    let idempotency_key = idempotency_key(request.headers())?;
    let submission = if form::is_form(request.headers())? {
        match media_question(&api, &caller, request).await? {
            Read::Declined(answer) => return Ok(answered(answer)),
            Read::Question(context, content) => Submission { context, content, idempotency_key },
        }
    } else {
        // Before the body is read: who may not ask is told so first.
        drop(api.app.begin_upload(&caller)?);
        let question: SignalsQuestion = form::json_body(request).await?;
        let content = question.signals.content()?;
        Submission { context: question.context.into(), content, idempotency_key }
    };
    Ok(answered(api.app.submit(&caller, submission).await?))
}

/// What reading a form came to.
enum Read {
    /// The surface has no basis.
    Declined(Answer),
    Question(Context, Content),
}

/// Reads the parts in any order. When the context comes first and its surface has no basis, the media is not kept.
async fn media_question(api: &Api, caller: &Caller, request: Request) -> Result<Read, Problem> {
    // Before the body is read: who may not ask is told so first.
    let mut upload = Some(api.app.begin_upload(caller)?);
    let mut form = Form::of(request, api).await?;
    let announced = form.announced();
    let (mut context, mut media) = (None, None);
    while let Some(field) = form.next().await? {
        match field.name() {
            Some("context") if context.is_none() => {
                let told: Context = form::json::<ContextBody>(field).await?.into();
                if let Some(answer) = api.app.decline(caller, &told).await? {
                    form.drain().await?;
                    return Ok(Read::Declined(answer));
                }
                context = Some(told);
            }
            Some("media") => {
                let upload =
                    upload.take().ok_or_else(|| Problem::new(Code::BadRequest, "media comes once"))?;
                media = Some(form::media(field, upload, announced).await?);
            }
            other => return Err(form::unknown_part(other)),
        }
    }
    let context = context.ok_or_else(|| form::missing_part("context"))?;
    let media = media.ok_or_else(|| form::missing_part("media"))?;
    Ok(Read::Question(context, Content::Media(media)))
}

/// Asks about many uploads by their signals alone.
#[utoipa::path(
    post,
    path = "/api/v1/submissions/batch",
    tag = "submissions",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request with its key, and it counts once")),
    request_body = BatchBody,
    responses(
        (status = 200, body = BatchView),
        (status = 400, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit_batch(
    State(api): State<Api>,
    Machine(caller): Machine,
    request: Request,
) -> Result<Json<BatchView>, Problem> {
    drop(api.app.begin_upload(&caller)?);
    let key = idempotency_key(request.headers())?;
    let batch: BatchBody = form::json_body(request).await?;
    let mut questions = Vec::with_capacity(batch.items.len());
    for (place, item) in batch.items.into_iter().enumerate() {
        let idempotency_key = key.as_ref().map(|key| format!("{key}/{place}"));
        let content = item.signals.content()?;
        questions.push(Submission { context: item.context.into(), content, idempotency_key });
    }
    let answers = api.app.submit_batch(&caller, questions).await?;
    let item = |answer: Result<Answer, Error>| match answer {
        Ok(answer) => BatchItem::Answered(answer.into()),
        Err(error) => BatchItem::Failed(Problem::from(error).into_document()),
    };
    Ok(Json(BatchView { answers: answers.into_iter().map(item).collect() }))
}

/// The key under which a repeated request is known.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key =
        key.to_str().map_err(|_| Problem::new(Code::InvalidValue, "an idempotency key is plain text"))?;
    Ok(Some(key.to_owned()))
}
