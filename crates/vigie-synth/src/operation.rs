//! A whole synthetic operation: who is on the messenger, where they meet, what they post, and what is true about it.
//!
//! What it is: plain data made from a [`Plan`]; the same plan gives the same operation. What the messenger knows
//! (accounts, conversations, messages, reports) is kept apart from the [`GroundTruth`], which only tests and the demo's
//! own explanations may read. What it is not: a simulation; it does nothing until somebody posts its events.
//!
//! To add a kind of content: make it in `build.rs`, and say in [`GroundTruth`] what is true about it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigie_model::conversation::ConversationKind;
use vigie_model::{Moment, Surface};

use crate::ids::{AccountId, ConversationId, MediaId, MessageId};
use crate::media::{Media, Recipe};
use crate::picture::Size;
use crate::variants::Variant;

/// How large an operation is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Decides everything that is not said below.
    pub seed: u64,
    /// The name of the messenger.
    pub service: String,
    /// When the first message was sent.
    pub starts_at: Moment,
    /// Over how long the messages are spread.
    pub span: Duration,
    /// How many accounts; at least 8.
    pub accounts: usize,
    /// How many direct chats.
    pub directs: usize,
    /// How many groups; every third is private. At least 3.
    pub groups: usize,
    /// How many one-way channels; at least 1.
    pub channels: usize,
    /// How many known images; at least 2.
    pub known: usize,
    /// How many messages apart from those of waves.
    pub messages: usize,
    /// How many copies each wave has.
    pub wave: usize,
}

impl Plan {
    /// Enough for a test: some forty messages.
    #[must_use]
    pub fn small(seed: u64, starts_at: Moment) -> Self {
        Self {
            seed,
            service: "lakechat".to_owned(),
            starts_at,
            span: Duration::from_secs(24 * 3600),
            accounts: 12,
            directs: 3,
            groups: 4,
            channels: 2,
            known: 6,
            messages: 30,
            wave: 5,
        }
    }

    /// Enough to look at: some four hundred messages over three days.
    #[must_use]
    pub fn demo(seed: u64, starts_at: Moment) -> Self {
        Self {
            span: Duration::from_secs(72 * 3600),
            accounts: 60,
            directs: 14,
            groups: 12,
            channels: 6,
            known: 40,
            messages: 400,
            wave: 9,
            ..Self::small(seed, starts_at)
        }
    }
}

/// An account of the messenger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its identifier.
    pub id: AccountId,
    /// The pseudonym shown to others.
    pub name: String,
    /// When it was opened.
    pub created_at: Moment,
    /// The address it usually comes from, of the ranges kept for documentation (RFC 5737, RFC 3849).
    pub address: IpAddr,
}

/// A direct chat, a group or a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its identifier.
    pub id: ConversationId,
    /// Its form.
    pub kind: ConversationKind,
    /// Where its content appears: decides under which basis it may be examined.
    pub surface: Surface,
    /// Its title; direct chats have none.
    pub title: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
    /// Its picture.
    pub avatar: Option<Media>,
    /// Who owns it; direct chats have no owner.
    pub owner: Option<AccountId>,
    /// Who administers it, the owner aside.
    pub administrators: Vec<AccountId>,
    /// The link by which people join.
    pub invite_link: Option<String>,
    /// Groups and channels that it points to.
    pub linked: Vec<ConversationId>,
    /// Who is in it, owner and administrators included.
    pub members: Vec<AccountId>,
    /// When it was opened.
    pub created_at: Moment,
}

impl Conversation {
    /// The name to show: its title, or that it is a direct chat.
    #[must_use]
    pub fn name(&self) -> &str {
        self.title.as_deref().unwrap_or("Direct chat")
    }

    /// Who may post: all members, but in a one-way channel only its owner and administrators.
    pub fn posters(&self) -> impl Iterator<Item = &AccountId> {
        let one_way = self.kind == ConversationKind::Channel;
        self.members.iter().filter(move |member| {
            !one_way || self.owner.as_ref() == Some(member) || self.administrators.contains(member)
        })
    }
}

/// A message: text, a picture, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its identifier.
    pub id: MessageId,
    /// Where it was posted.
    pub conversation: ConversationId,
    /// Who posted it.
    pub account: AccountId,
    /// When.
    pub sent_at: Moment,
    /// What it says.
    pub text: Option<String>,
    /// The picture it shows; one that was passed on is shown by several messages.
    pub media: Option<MediaId>,
    /// The address it came from.
    pub address: IpAddr,
    /// The port it came from.
    pub port: u16,
}

/// A participant's complaint about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserReport {
    /// Who complains.
    pub reporter: AccountId,
    /// About what.
    pub message: MessageId,
    /// Where that message stands.
    pub conversation: ConversationId,
    /// Who posted that message.
    pub account: AccountId,
    /// The reason chosen from the messenger's list: `child_safety`, `spam` or `other`.
    pub reason: String,
    /// What the reporter wrote.
    pub text: Option<String>,
    /// When.
    pub reported_at: Moment,
}

/// An image that is in a bank from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownImage {
    /// Its name, such as `known landscape 17`.
    pub name: String,
    /// How to make the original.
    pub recipe: Recipe,
}

/// What a picture really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCopy {
    /// Which known image, as an index into [`Operation::known`].
    pub known: usize,
    /// What was done to it.
    pub variant: Variant,
}

/// Near copies of one picture posted by many accounts within a short time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// The picture they are copies of.
    pub original: Recipe,
    /// The known image, when it is one; otherwise only users' reports speak of this wave.
    pub known: Option<usize>,
    /// Its messages.
    pub messages: Vec<MessageId>,
}

/// What is true about an operation. A messenger does not know it, and Vigie has to find it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundTruth {
    /// Pictures that are copies of known images; the others are not in any bank.
    pub copies: BTreeMap<MediaId, KnownCopy>,
    /// Accounts that share known images.
    pub sharers: BTreeSet<AccountId>,
    /// Where they mostly do: a one-way channel and a private group.
    pub hubs: Vec<ConversationId>,
    /// Near copies posted together.
    pub waves: Vec<Wave>,
}

/// A synthetic operation with its ground truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// What it was made from.
    pub plan: Plan,
    /// Everybody on the messenger.
    pub accounts: Vec<Account>,
    /// Where they meet.
    pub conversations: Vec<Conversation>,
    /// The images of the bank.
    pub known: Vec<KnownImage>,
    /// The pictures that messages show.
    pub media: BTreeMap<MediaId, Media>,
    /// What was posted, in order of time.
    pub messages: Vec<Message>,
    /// What participants complained about, in order of time.
    pub user_reports: Vec<UserReport>,
    /// What is true.
    pub truth: GroundTruth,
}

impl Operation {
    /// Makes the operation of a plan.
    #[must_use]
    pub fn generate(plan: &Plan) -> Self {
        crate::build::operation(plan)
    }

    /// The account of this identifier.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    /// The conversation of this identifier.
    #[must_use]
    pub fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.conversations.iter().find(|conversation| conversation.id == *id)
    }

    /// Which known image a message carries, and in which variant.
    #[must_use]
    pub fn known_copy(&self, message: &Message) -> Option<KnownCopy> {
        self.truth.copies.get(message.media.as_ref()?).copied()
    }

    /// Messages that carry a copy of a known image, with what they carry.
    pub fn known_copies(&self) -> impl Iterator<Item = (&Message, KnownCopy)> {
        self.messages.iter().filter_map(|message| Some((message, self.known_copy(message)?)))
    }
}

/// The sides that pictures come in.
pub(crate) const SIZES: [(u32, u32); 4] = [(512, 512), (640, 480), (480, 640), (560, 400)];

/// The sides of the picture with this number.
pub(crate) fn size(index: usize) -> Size {
    let (width, height) = SIZES[index % SIZES.len()];
    Size::clamped(width, height)
}
