//! What the messenger holds in memory: accounts, conversations, messages and media, and what keeps each out of sight.
//!
//! What it is: the state and its readings. What it is not: HTTP; and it obeys nobody by itself, see `enforcement.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_model::conversation::ConversationKind;
use vigie_model::id::ActionId;
use vigie_model::{Moment, Surface};
use vigie_synth::operation::{Account, Conversation, Message};
use vigie_synth::{AccountId, ConversationId, Media, MediaId, MessageId, Operation, Post, Recipe};

vigie_model::names! {
    /// Where an uploaded message stands with the check before publication.
    pub enum Standing {
        /// Shown to everybody in the conversation.
        Published => "published",
        /// Waits for the answer to the upload check.
        Checking => "checking",
        /// Held back until a person looked.
        Held => "held",
        /// Not published.
        Blocked => "blocked",
    }
}

/// The actions that keep something out of sight or out of use. It comes back when the last of them is undone.
pub(super) type Holds = BTreeSet<ActionId>;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) account: Account,
    pub(super) restrictions: Holds,
    pub(super) suspensions: Holds,
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) conversation: Conversation,
    pub(super) closures: Holds,
    /// In the order of posting.
    pub(super) messages: Vec<MessageId>,
}

#[derive(Debug)]
pub(super) struct Posting {
    pub(super) message: Message,
    pub(super) standing: Standing,
    pub(super) removals: Holds,
}

#[derive(Debug)]
pub(super) struct Upload {
    pub(super) media: Media,
    pub(super) removals: Holds,
    /// The messages that show it; none for the picture of a conversation.
    pub(super) shown_by: Vec<MessageId>,
}

/// Everything the messenger knows.
#[derive(Debug)]
pub(super) struct World {
    pub(super) service: String,
    pub(super) accounts: BTreeMap<AccountId, Member>,
    pub(super) places: BTreeMap<ConversationId, Place>,
    /// Conversations in the order of their making, for lists.
    pub(super) order: Vec<ConversationId>,
    pub(super) messages: BTreeMap<MessageId, Posting>,
    pub(super) media: BTreeMap<MediaId, Upload>,
}

/// Why somebody cannot post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    /// The account is restricted or suspended.
    #[error("the account may not post")]
    Account,
    /// The conversation is closed.
    #[error("the conversation is closed")]
    Conversation,
    /// The account, the conversation or the picture it passes on is gone or was never there.
    #[error("the account, the conversation or the picture does not exist")]
    Unknown,
}

impl World {
    /// The messenger on which an operation has been going on; everything in its history is published.
    pub(super) fn of(operation: &Operation) -> Self {
        let mut world = Self {
            service: operation.plan.service.clone(),
            accounts: BTreeMap::new(),
            places: BTreeMap::new(),
            order: operation.conversations.iter().map(|place| place.id.clone()).collect(),
            messages: BTreeMap::new(),
            media: BTreeMap::new(),
        };
        for account in &operation.accounts {
            let member =
                Member { account: account.clone(), restrictions: Holds::new(), suspensions: Holds::new() };
            world.accounts.insert(account.id.clone(), member);
        }
        for conversation in &operation.conversations {
            world.take_media(conversation.avatar.as_ref());
            let place =
                Place { conversation: conversation.clone(), closures: Holds::new(), messages: vec![] };
            world.places.insert(conversation.id.clone(), place);
        }
        operation.media.values().for_each(|media| world.take_media(Some(media)));
        operation.messages.iter().for_each(|message| world.show(message, Standing::Published));
        world
    }

    /// Takes a new message in; it is shown to nobody while it is being checked.
    pub(super) fn post(&mut self, post: &Post, standing: Standing) -> Result<(), NotPosted> {
        let message = &post.message;
        let member = self.accounts.get(&message.account).ok_or(NotPosted::Unknown)?;
        if !member.restrictions.is_empty() || !member.suspensions.is_empty() {
            return Err(NotPosted::Account);
        }
        let place = self.places.get(&message.conversation).ok_or(NotPosted::Unknown)?;
        if !place.closures.is_empty() {
            return Err(NotPosted::Conversation);
        }
        let passed_on = message.media.as_ref().filter(|_| post.media.is_none());
        if passed_on.is_some_and(|id| self.media.get(id).is_none_or(|upload| !upload.removals.is_empty())) {
            return Err(NotPosted::Unknown);
        }
        self.take_media(post.media.as_ref());
        self.show(message, standing);
        Ok(())
    }

    fn take_media(&mut self, media: Option<&Media>) {
        let Some(media) = media else { return };
        let upload = Upload { media: media.clone(), removals: Holds::new(), shown_by: Vec::new() };
        self.media.insert(media.id.clone(), upload);
    }

    fn show(&mut self, message: &Message, standing: Standing) {
        if let Some(upload) = message.media.as_ref().and_then(|id| self.media.get_mut(id)) {
            upload.shown_by.push(message.id.clone());
        }
        if let Some(place) = self.places.get_mut(&message.conversation) {
            place.messages.push(message.id.clone());
        }
        let posting = Posting { message: message.clone(), standing, removals: Holds::new() };
        self.messages.insert(message.id.clone(), posting);
    }

    /// The recipe of a picture, while anybody may still fetch it.
    ///
    /// Taking a message away leaves its picture where it is, as it does on messengers everywhere: removing the media is
    /// a step of its own.
    pub(super) fn recipe(&self, id: &str) -> Fetch {
        let Some(upload) = self.media.get(id) else { return Fetch::Unknown };
        if !upload.removals.is_empty() {
            return Fetch::Removed;
        }
        let is_published = |id: &MessageId| {
            self.messages.get(id).is_some_and(|posting| posting.standing == Standing::Published)
        };
        if upload.shown_by.is_empty() || upload.shown_by.iter().any(is_published) {
            return Fetch::Published(upload.media.recipe);
        }
        Fetch::Unknown
    }

    pub(super) fn message(&self, id: &str) -> Option<MessageFacts> {
        let posting = self.messages.get(id)?;
        let message = &posting.message;
        let removed = !posting.removals.is_empty();
        let closed = self.places.get(&message.conversation).is_none_or(|place| !place.closures.is_empty());
        let visible = posting.standing == Standing::Published && !removed && !closed;
        let upload = message.media.as_ref().and_then(|id| self.media.get(id));
        Some(MessageFacts {
            message_id: message.id.clone(),
            conversation_id: message.conversation.clone(),
            account_id: message.account.clone(),
            sent_at: message.sent_at,
            standing: posting.standing,
            removed,
            visible,
            text: message.text.clone().filter(|_| visible),
            media_id: message.media.clone(),
            media_available: upload.map(|upload| upload.removals.is_empty()),
        })
    }

    pub(super) fn media(&self, id: &str) -> Option<MediaFacts> {
        let upload = self.media.get(id)?;
        Some(MediaFacts {
            media_id: upload.media.id.clone(),
            media_type: upload.media.recipe.file_encoding().media_type(),
            available: upload.removals.is_empty(),
            shown_by: upload.shown_by.clone(),
        })
    }

    pub(super) fn account(&self, id: &str) -> Option<AccountFacts> {
        let member = self.accounts.get(id)?;
        Some(AccountFacts {
            account_id: member.account.id.clone(),
            name: member.account.name.clone(),
            created_at: member.account.created_at,
            restricted: !member.restrictions.is_empty(),
            suspended: !member.suspensions.is_empty(),
        })
    }

    pub(super) fn conversation(&self, id: &str) -> Option<ConversationFacts> {
        let place = self.places.get(id)?;
        let conversation = &place.conversation;
        Some(ConversationFacts {
            conversation_id: conversation.id.clone(),
            service: self.service.clone(),
            kind: conversation.kind,
            surface: conversation.surface,
            title: conversation.title.clone(),
            description: conversation.description.clone(),
            invite_link: conversation.invite_link.clone(),
            linked: conversation.linked.clone(),
            avatar_media_id: conversation.avatar.as_ref().map(|media| media.id.clone()),
            created_at: conversation.created_at,
            members: conversation.members.len(),
            messages: place.messages.len(),
            closed: !place.closures.is_empty(),
        })
    }

    /// The whole conversation as it stands, for whoever has to preserve it before acting on it.
    pub(super) fn snapshot(&self, id: &str, taken_at: Moment) -> Option<Snapshot> {
        let place = self.places.get(id)?;
        let conversation = &place.conversation;
        let member = |id: &AccountId| {
            let name = self.accounts.get(id).map(|member| member.account.name.clone()).unwrap_or_default();
            SnapshotMember { account_id: id.clone(), name }
        };
        Some(Snapshot {
            conversation: self.conversation(id)?,
            owner: conversation.owner.clone(),
            administrators: conversation.administrators.clone(),
            members: conversation.members.iter().map(member).collect(),
            postings: place
                .messages
                .iter()
                .filter_map(|id| self.messages.get(id))
                .map(Posting::kept)
                .collect(),
            taken_at,
        })
    }
}

impl Posting {
    /// What the messenger still has of a message: of a removed one only that it was there.
    fn kept(&self) -> SnapshotPosting {
        let removed = !self.removals.is_empty();
        SnapshotPosting {
            message_id: self.message.id.clone(),
            account_id: self.message.account.clone(),
            sent_at: self.message.sent_at,
            removed,
            text: self.message.text.clone().filter(|_| !removed),
            media_id: self.message.media.clone().filter(|_| !removed),
        }
    }
}

/// What becomes of a wish to fetch a picture.
pub(super) enum Fetch {
    /// It is there: paint it.
    Published(Recipe),
    /// It was taken away.
    Removed,
    /// It never was, or is not published.
    Unknown,
}

/// How a message stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageFacts {
    /// Its identifier.
    pub message_id: MessageId,
    /// Where it was posted.
    pub conversation_id: ConversationId,
    /// Who posted it.
    pub account_id: AccountId,
    /// When.
    pub sent_at: Moment,
    /// Where it stands with the check before publication.
    pub standing: Standing,
    /// Whether it was taken away by an action.
    pub removed: bool,
    /// Whether people in the conversation see it: published, not removed, and the conversation open.
    pub visible: bool,
    /// What it says, while visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<MediaId>,
    /// Whether the picture is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_available: Option<bool>,
}

/// How a picture stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MediaFacts {
    /// Its identifier.
    pub media_id: MediaId,
    /// Such as `image/jpeg`.
    pub media_type: &'static str,
    /// Whether it is still there.
    pub available: bool,
    /// The messages that show it.
    pub shown_by: Vec<MessageId>,
}

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountFacts {
    /// Its identifier.
    pub account_id: AccountId,
    /// Its pseudonym.
    pub name: String,
    /// When it was opened.
    pub created_at: Moment,
    /// Whether it may read but not post.
    pub restricted: bool,
    /// Whether it is locked.
    pub suspended: bool,
}

/// How a conversation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversationFacts {
    /// Its identifier.
    pub conversation_id: ConversationId,
    /// The messenger.
    pub service: String,
    /// Its form.
    pub kind: ConversationKind,
    /// Where its content appears.
    pub surface: Surface,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The link by which people join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_link: Option<String>,
    /// Groups and channels it points to.
    pub linked: Vec<ConversationId>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_media_id: Option<MediaId>,
    /// When it was opened.
    pub created_at: Moment,
    /// How many people are in it.
    pub members: usize,
    /// How many messages were posted in it.
    pub messages: usize,
    /// Whether it was closed.
    pub closed: bool,
}

/// A conversation with everything in it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Snapshot {
    conversation: ConversationFacts,
    owner: Option<AccountId>,
    administrators: Vec<AccountId>,
    members: Vec<SnapshotMember>,
    postings: Vec<SnapshotPosting>,
    taken_at: Moment,
}

#[derive(Debug, Clone, Serialize)]
struct SnapshotMember {
    account_id: AccountId,
    name: String,
}

#[derive(Debug, Clone, Serialize)]
struct SnapshotPosting {
    message_id: MessageId,
    account_id: AccountId,
    sent_at: Moment,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_id: Option<MediaId>,
}
