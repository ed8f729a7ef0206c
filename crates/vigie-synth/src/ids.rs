//! Identifiers as a messenger gives them: short texts, one type each, so that none is taken for another.

macro_rules! messenger_ids {
    ($($(#[$meta:meta])* $name:ident => $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier with this number.
            #[must_use]
            pub fn numbered(number: usize) -> Self {
                Self(format!(concat!($prefix, "-{}"), number))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

messenger_ids! {
    /// An account, such as `account-7`.
    AccountId => "account",
    /// A direct chat, group or channel, such as `conversation-3`.
    ConversationId => "conversation",
    /// A message, such as `message-481`.
    MessageId => "message",
    /// A picture that was uploaded once and may be shown by several messages, such as `media-33`.
    MediaId => "media",
}
