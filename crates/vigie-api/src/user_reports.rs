//! Participants' reports, as the messenger hands them in.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vigie_app::submissions::{AccountContext, Context, ConversationContext, Failure};
use vigie_app::user_reports::{NewReport, Received};
use vigie_app::{Code, Media};
use vigie_model::bank::Verdict;
use vigie_model::conversation::ConversationKind;
use vigie_model::{Caller, Moment, Surface};

use crate::form::{self, Form};
use crate::submissions::idempotency_key;
use crate::{Api, Machine, Problem, ProblemDocument};

/// A participant's report: an account, a conversation, or both are named. Who reports is not told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportBody {
    /// The messenger.
    service: String,
    /// The account complained of.
    account_id: Option<String>,
    /// The name it shows.
    account_name: Option<String>,
    /// The conversation complained of, or in which it happened.
    conversation_id: Option<String>,
    /// Its form, `direct`, `group` or `channel`; not needed where it is known.
    #[schema(value_type = Option<String>)]
    conversation_kind: Option<ConversationKind>,
    /// The message complained of.
    message_id: Option<String>,
    /// The media complained of.
    media_id: Option<String>,
    /// When it was sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Moment>,
    /// Why, as the messenger's code.
    #[schema(example = "child_safety")]
    reason: String,
    /// What the participant wrote.
    text: Option<String>,
}

/// A report with the reported media: the parts of a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form and is never made")]
pub(crate) struct ReportForm {
    report: ReportBody,
    /// The bytes of the reported media.
    #[schema(value_type = Option<String>, format = Binary)]
    media: Option<Vec<u8>>,
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceivedView {
    /// The report.
    report: Uuid,
    /// The incident it was gathered in.
    incident: Uuid,
    /// Whether its media was examined.
    examined: bool,
    /// What to do with the media, where it was examined: `allow`, `review` or `block`.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    /// Why it could not be decoded.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

/// Hands in a participant's report.
#[utoipa::path(
    post,
    path = "/api/v1/user-reports",
    tag = "user reports",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request with its key, and it counts once")),
    request_body(content(
        (ReportBody = "application/json"),
        (ReportForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, body = ReceivedView),
        (status = 400, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn hand_in(
    State(api): State<Api>,
    Machine(caller): Machine,
    request: Request,
) -> Result<(StatusCode, Json<ReceivedView>), Problem> {
    // Before the body is read: who may not report is told so first.
    drop(api.app.begin_reported_upload(&caller)?);
    let key = idempotency_key(request.headers())?;
    let (body, media) = if form::is_form(request.headers())? {
        read_form(&api, &caller, request).await?
    } else {
        (form::json_body(request).await?, None)
    };
    let report = NewReport { idempotency_key: key, media, ..body.into() };
    let received = api.app.hand_in_report(&caller, report).await?;
    Ok((StatusCode::CREATED, Json(received.into())))
}

async fn read_form(
    api: &Api,
    caller: &Caller,
    request: Request,
) -> Result<(ReportBody, Option<Media>), Problem> {
    let mut form = Form::of(request, api).await?;
    let announced = form.announced();
    let (mut report, mut media) = (None, None);
    while let Some(field) = form.next().await? {
        match field.name() {
            Some("report") if report.is_none() => report = Some(form::json(field).await?),
            Some("media") if media.is_none() => {
                let upload = api.app.begin_reported_upload(caller)?;
                media = Some(form::media(field, upload, announced).await?);
            }
            Some("media") => return Err(Problem::new(Code::BadRequest, "media comes once")),
            other => return Err(form::unknown_part(other)),
        }
    }
    Ok((report.ok_or_else(|| form::missing_part("report"))?, media))
}

impl From<ReportBody> for NewReport {
    fn from(body: ReportBody) -> Self {
        let kind = body.conversation_kind.unwrap_or(ConversationKind::Group);
        let name = body.account_name;
        Self {
            context: Context {
                surface: Surface::ReportedItem,
                service: body.service,
                conversation: body.conversation_id.map(|id| ConversationContext { id, kind, name: None }),
                account: body.account_id.map(|id| AccountContext { id, name }),
                message_id: body.message_id,
                media_id: body.media_id,
                sent_at: body.sent_at,
                ip: None,
                port: None,
            },
            reason: body.reason,
            body: body.text,
            media: None,
            idempotency_key: None,
        }
    }
}

impl From<Received> for ReceivedView {
    fn from(received: Received) -> Self {
        Self {
            report: received.report.0,
            incident: received.incident.0,
            examined: received.examined,
            verdict: received.verdict,
            failure: received.failure,
        }
    }
}
