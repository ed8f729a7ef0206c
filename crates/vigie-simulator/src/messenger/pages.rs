//! What people see of the messenger: an index, a page for each conversation and each account, the calls of the pager.
//!
//! What it is: plain pages without scripts, so that one can look at content and, after an action, at the place where it
//! was. To add a page: a view here, a template in `templates/messenger`, a route in [`router`].

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use vigie_model::conversation::ConversationKind;
use vigie_synth::{AccountId, MediaId, MessageId};

use super::world::{Fetch, Posting, World};
use super::{AccountFacts, Call, ConversationFacts, MessageFacts, Messenger, Standing};

const STYLE: &str = include_str!("../../assets/messenger.css");
const ICON: &str = include_str!("../../assets/messenger.svg");
const POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
/// Messages on one page of a conversation.
const PER_PAGE: usize = 36;

pub(super) fn router() -> Router<Messenger> {
    Router::new()
        .route("/", get(index))
        .route("/conversations/{id}", get(conversation))
        .route("/accounts/{id}", get(account))
        .route("/media/{id}", get(media))
        .route("/pager", get(pager))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(missing)
        .layer(middleware::from_fn(shielded))
}

/// The same headers on every page.
async fn shielded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // What was removed must not come back out of a cache.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Template)]
#[template(path = "messenger/index.html")]
struct IndexPage {
    service: String,
    sections: Vec<Section>,
}

/// Conversations of one kind.
struct Section {
    title: &'static str,
    conversations: Vec<ConversationCard>,
}

struct ConversationCard {
    facts: ConversationFacts,
    name: String,
    /// How many messages were taken away, held back or blocked.
    out_of_sight: usize,
    /// Its picture, unless it was removed.
    avatar: Option<MediaId>,
}

#[derive(Template)]
#[template(path = "messenger/conversation.html")]
struct ConversationPage {
    service: String,
    card: ConversationCard,
    owner: Option<AccountFacts>,
    administrators: Vec<AccountFacts>,
    linked: Vec<ConversationCard>,
    messages: Vec<MessageCard>,
    /// The page of newer messages; the first page is the newest.
    newer: Option<usize>,
    older: Option<usize>,
}

/// One message with what belongs to it.
struct MessageCard {
    facts: MessageFacts,
    author: AccountFacts,
    /// What stands in the place of what is not shown.
    notice: Option<&'static str>,
}

fn notice(facts: &MessageFacts) -> Option<&'static str> {
    match facts.standing {
        _ if facts.removed => Some("This message was removed"),
        Standing::Checking => Some("Being checked before publication"),
        Standing::Held => Some("Held back until a person looked"),
        Standing::Blocked => Some("Not published"),
        Standing::Published if !facts.visible => Some("This conversation is closed"),
        Standing::Published if facts.media_available == Some(false) => Some("This media was removed"),
        Standing::Published => None,
    }
}

#[derive(Template)]
#[template(path = "messenger/account.html")]
struct AccountPage {
    service: String,
    account: AccountFacts,
    messages: Vec<MessageCard>,
}

#[derive(Template)]
#[template(path = "messenger/pager.html")]
struct PagerPage {
    service: String,
    calls: Vec<Call>,
}

#[derive(Template)]
#[template(path = "messenger/missing.html")]
struct MissingPage {
    service: String,
}

#[derive(Deserialize)]
struct PageNumber {
    #[serde(default)]
    page: usize,
}

async fn index(State(messenger): State<Messenger>) -> Response {
    let page = messenger.read(|state| {
        let world = &state.world;
        let cards = |kind: ConversationKind| {
            let ids = world.order.iter().filter_map(|id| conversation_card(world, id.as_str()));
            ids.filter(|card| card.facts.kind == kind).collect()
        };
        let section = |title, kind| Section { title, conversations: cards(kind) };
        IndexPage {
            service: world.service.clone(),
            sections: vec![
                section("Channels", ConversationKind::Channel),
                section("Groups", ConversationKind::Group),
                section("Direct chats", ConversationKind::Direct),
            ],
        }
    });
    render(StatusCode::OK, &page)
}

async fn conversation(
    State(messenger): State<Messenger>,
    Path(id): Path<String>,
    Query(number): Query<PageNumber>,
) -> Response {
    match messenger.read(|state| conversation_page(&state.world, &id, number.page)) {
        Some(page) => render(StatusCode::OK, &page),
        None => missing(State(messenger)).await,
    }
}

async fn account(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    match messenger.read(|state| account_page(&state.world, &id)) {
        Some(page) => render(StatusCode::OK, &page),
        None => missing(State(messenger)).await,
    }
}

async fn media(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    let recipe = match messenger.read(|state| state.world.recipe(&id)) {
        Fetch::Published(recipe) => recipe,
        Fetch::Removed => return (StatusCode::GONE, "This media was removed\n").into_response(),
        Fetch::Unknown => return (StatusCode::NOT_FOUND, "No such media\n").into_response(),
    };
    match messenger.inner.files.file(recipe).await {
        Some(painted) => ([(header::CONTENT_TYPE, painted.media_type)], painted.bytes).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn pager(State(messenger): State<Messenger>) -> Response {
    let page = messenger.read(|state| PagerPage {
        service: state.world.service.clone(),
        calls: state.calls.iter().rev().cloned().collect(),
    });
    render(StatusCode::OK, &page)
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON).into_response()
}

async fn missing(State(messenger): State<Messenger>) -> Response {
    let service = messenger.read(|state| state.world.service.clone());
    render(StatusCode::NOT_FOUND, &MissingPage { service })
}

fn conversation_card(world: &World, id: &str) -> Option<ConversationCard> {
    let facts = world.conversation(id)?;
    let place = world.places.get(id)?;
    let is_out_of_sight =
        |posting: &&Posting| posting.standing != Standing::Published || !posting.removals.is_empty();
    let postings = place.messages.iter().filter_map(|id| world.messages.get(id));
    let avatar = facts.avatar_media_id.as_ref().and_then(|id| world.media(id.as_str()));
    Some(ConversationCard {
        name: facts.title.clone().unwrap_or_else(|| names(world, &place.conversation.members)),
        out_of_sight: postings.filter(is_out_of_sight).count(),
        avatar: avatar.filter(|media| media.available).map(|media| media.media_id),
        facts,
    })
}

/// What a direct chat is called: by the people in it.
fn names(world: &World, members: &[AccountId]) -> String {
    let names: Vec<String> = accounts(world, members).into_iter().map(|account| account.name).collect();
    names.join(" and ")
}

fn accounts(world: &World, ids: &[AccountId]) -> Vec<AccountFacts> {
    ids.iter().filter_map(|id| world.account(id.as_str())).collect()
}

fn conversation_page(world: &World, id: &str, page: usize) -> Option<ConversationPage> {
    let card = conversation_card(world, id)?;
    let place = world.places.get(id)?;
    let skipped = page.saturating_mul(PER_PAGE);
    let newest_first = place.messages.iter().rev().skip(skipped).take(PER_PAGE);
    let is_last = place.messages.len() <= skipped.saturating_add(PER_PAGE);
    Some(ConversationPage {
        service: world.service.clone(),
        owner: place.conversation.owner.as_ref().and_then(|id| world.account(id.as_str())),
        administrators: accounts(world, &place.conversation.administrators),
        linked: card.facts.linked.iter().filter_map(|id| conversation_card(world, id.as_str())).collect(),
        messages: newest_first.filter_map(|id| message_card(world, id)).collect(),
        newer: page.checked_sub(1),
        older: (!is_last).then_some(page + 1),
        card,
    })
}

fn account_page(world: &World, id: &str) -> Option<AccountPage> {
    let account = world.account(id)?;
    let mut own: Vec<&Posting> =
        world.messages.values().filter(|posting| posting.message.account == account.account_id).collect();
    own.sort_by_key(|posting| std::cmp::Reverse(posting.message.sent_at));
    let latest = own.iter().take(PER_PAGE);
    let messages = latest.filter_map(|posting| message_card(world, &posting.message.id)).collect();
    Some(AccountPage { service: world.service.clone(), account, messages })
}

fn message_card(world: &World, id: &MessageId) -> Option<MessageCard> {
    let facts = world.message(id.as_str())?;
    let author = world.account(facts.account_id.as_str())?;
    Some(MessageCard { author, notice: notice(&facts), facts })
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the messenger could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// How values are written on a page.
mod words {
    use vigie_model::{Moment, Surface};

    /// Day and minute, such as `2026-11-22 09:30`.
    pub(super) fn minute(moment: &Moment) -> String {
        moment.timestamp().strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// What a surface is called on a page.
    pub(super) fn surface(surface: &Surface) -> &'static str {
        match surface {
            Surface::PublicChannel => "public channel",
            Surface::PublicGroup => "public group",
            Surface::PrivateGroup => "private group",
            Surface::DirectMessage => "direct chat",
            Surface::Profile => "profile",
            Surface::ReportedItem => "reported item",
        }
    }
}
