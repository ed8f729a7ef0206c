//! What a messenger tells about conversations, with their pictures.

use axum::Json;
use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vigie_app::conversations::ToldConversation;
use vigie_app::submissions::{Content, Context, ConversationContext, Submission};
use vigie_app::{Code, Media};
use vigie_model::conversation::ConversationKind;
use vigie_model::{Caller, Surface};

use crate::form::{self, Form};
use crate::submissions::{AnswerView, idempotency_key};
use crate::{Api, Machine, Problem, ProblemDocument};

/// So many pictures in one request at most.
const PICTURES: usize = 16;

/// A conversation as the messenger tells it. What is not told is not known: the latest word replaces the earlier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationCard {
    /// The messenger.
    service: String,
    /// Its identifier there.
    id: String,
    /// Its form: `direct`, `group` or `channel`.
    #[schema(value_type = String, example = "channel")]
    kind: ConversationKind,
    /// Its title.
    title: Option<String>,
    /// Its description.
    description: Option<String>,
    /// The account that owns it.
    owner: Option<String>,
    /// The accounts that administer it.
    #[serde(default)]
    administrators: Vec<String>,
    /// Its invite link.
    invite_link: Option<String>,
    /// Channels and groups it points to, by their identifier on the messenger.
    #[serde(default)]
    linked: Vec<String>,
    /// How many members it has.
    members: Option<i64>,
}

/// A conversation with its pictures: the parts of a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form and is never made")]
pub(crate) struct ConversationForm {
    conversation: ConversationCard,
    /// Its avatar.
    #[schema(value_type = Option<String>, format = Binary)]
    avatar: Option<Vec<u8>>,
    /// Other pictures of its profile. The file name is taken as the identifier of the media.
    #[schema(value_type = Vec<String>, format = Binary)]
    picture: Vec<Vec<u8>>,
    /// Stickers of its packs.
    #[schema(value_type = Vec<String>, format = Binary)]
    sticker: Vec<Vec<u8>>,
}

/// The conversation as it is known here, and what is to be done with its pictures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DescribedView {
    /// Its identifier here.
    conversation: Uuid,
    /// What is to be done with each picture, in the order they were sent.
    pictures: Vec<PictureView>,
}

/// The answer about one picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PictureView {
    /// The part it came in: `avatar`, `picture` or `sticker`.
    part: String,
    #[serde(flatten)]
    answer: AnswerView,
}

struct Picture {
    part: String,
    file_name: Option<String>,
    media: Media,
}

/// Tells about a conversation. Its pictures are matched like uploads on the surface `profile`.
#[utoipa::path(
    post,
    path = "/api/v1/conversations",
    tag = "conversations",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request with its key, and it counts once")),
    request_body(content(
        (ConversationCard = "application/json"),
        (ConversationForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, body = DescribedView),
        (status = 400, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn describe(
    State(api): State<Api>,
    Machine(caller): Machine,
    request: Request,
) -> Result<Json<DescribedView>, Problem> {
    // Before the body is read: who may not tell is told so first.
    drop(api.app.begin_upload(&caller)?);
    let key = idempotency_key(request.headers())?;
    let (card, pictures) = if form::is_form(request.headers())? {
        read_form(&api, &caller, request).await?
    } else {
        (form::json_body(request).await?, vec![])
    };
    let context = context_of(&card);
    let conversation = api.app.describe_conversation(&caller, told(card)).await?;
    let mut answers = Vec::with_capacity(pictures.len());
    for (place, picture) in pictures.into_iter().enumerate() {
        let submission = Submission {
            context: Context { media_id: picture.file_name, ..context.clone() },
            content: Content::Media(picture.media),
            idempotency_key: key.as_ref().map(|key| format!("{key}/{place}")),
        };
        let answer = api.app.submit(&caller, submission).await?.into();
        answers.push(PictureView { part: picture.part, answer });
    }
    Ok(Json(DescribedView { conversation: conversation.0, pictures: answers }))
}

async fn read_form(
    api: &Api,
    caller: &Caller,
    request: Request,
) -> Result<(ConversationCard, Vec<Picture>), Problem> {
    let mut form = Form::of(request, api).await?;
    let announced = form.announced();
    let (mut card, mut pictures) = (None, Vec::new());
    while let Some(field) = form.next().await? {
        match field.name() {
            Some("conversation") if card.is_none() => card = Some(form::json(field).await?),
            Some(part @ ("avatar" | "picture" | "sticker")) => {
                if pictures.len() == PICTURES {
                    let detail = format!("a request has {PICTURES} pictures at most");
                    return Err(Problem::new(Code::InvalidValue, detail));
                }
                let part = part.to_owned();
                let file_name = field.file_name().map(str::to_owned);
                let media = form::media(field, api.app.begin_upload(caller)?, announced).await?;
                pictures.push(Picture { part, file_name, media });
            }
            other => return Err(form::unknown_part(other)),
        }
    }
    Ok((card.ok_or_else(|| form::missing_part("conversation"))?, pictures))
}

/// The context of its pictures: the conversation itself is their subject.
fn context_of(card: &ConversationCard) -> Context {
    Context {
        surface: Surface::Profile,
        service: card.service.clone(),
        conversation: Some(ConversationContext {
            id: card.id.clone(),
            kind: card.kind,
            name: card.title.clone(),
        }),
        account: None,
        message_id: None,
        media_id: None,
        sent_at: None,
        ip: None,
        port: None,
    }
}

fn told(card: ConversationCard) -> ToldConversation {
    ToldConversation {
        service: card.service,
        reference: card.id,
        kind: card.kind,
        title: card.title,
        description: card.description,
        owner: card.owner,
        administrators: card.administrators,
        invite_link: card.invite_link,
        linked: card.linked,
        members: card.members,
    }
}
