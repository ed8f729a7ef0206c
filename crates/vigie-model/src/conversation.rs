//! Conversations as subjects: direct chats, groups and one-way channels of a messenger.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::ConversationId;

crate::names! {
    /// The form of a conversation.
    pub enum ConversationKind {
        /// Two people.
        Direct => "direct",
        /// Several people who all may post.
        Group => "group",
        /// One or few post, the others read.
        Channel => "channel",
    }
}

/// What the messenger told about a conversation, at its latest word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its identifier here.
    pub id: ConversationId,
    /// The messenger it lives on.
    pub service: String,
    /// Its identifier there.
    pub reference: String,
    /// Its form.
    pub kind: ConversationKind,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The account that owns it.
    pub owner: Option<String>,
    /// The accounts that administer it.
    pub administrators: Vec<String>,
    /// Its invite link.
    pub invite_link: Option<String>,
    /// Channels and groups it points to, by their identifier there.
    pub linked: Vec<String>,
    /// How many members it has.
    pub members: Option<i64>,
    /// When it was first heard of.
    pub first_seen: Moment,
    /// When it was last heard of.
    pub updated_at: Moment,
}
