//! What may leave: closed sets of fields, the records that carry them, and spans of time.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::is_phone_number;
use crate::clock::Moment;

crate::names! {
    /// A category of data, as Regulation (EU) 2023/1543, Article 3(9) to (12), tells them apart. Other laws use these too.
    pub enum Category {
        /// Who the user is: Article 3(9). Here: the phone number.
        Subscriber => "subscriber",
        /// Addresses with port and time, for the sole purpose of identifying the user: Article 3(10).
        Identification => "identification",
        /// Traffic: Article 3(11).
        Traffic => "traffic",
        /// Content: Article 3(12).
        Content => "content",
    }
}

crate::names! {
    /// One thing that a record can say. Closed: what is not here cannot leave.
    pub enum Field {
        /// A phone number of the account, in E.164.
        PhoneNumber => "phone_number",
        /// The address from which the account connected.
        Address => "address",
        /// The port of that connection, where it was kept.
        Port => "port",
        /// The moment of that connection.
        At => "at",
    }
}

impl Field {
    /// Under which category it is disclosed.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::PhoneNumber => Category::Subscriber,
            Self::Address | Self::Port | Self::At => Category::Identification,
        }
    }
}

crate::names! {
    /// What the house can disclose. Closed, each with its exact fields.
    pub enum Product {
        /// Addresses with port and time, and the phone number; nothing else.
        ConnectionsAndPhone => "connections_and_phone",
    }
}

impl Product {
    /// Its fields of this category; none where it holds nothing of it.
    #[must_use]
    pub fn fields(self, category: Category) -> Vec<Field> {
        match self {
            Self::ConnectionsAndPhone => {
                Field::ALL.iter().copied().filter(|field| field.category() == category).collect()
            }
        }
    }
}

/// A span of time: from its first moment, up to and without its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first moment in it.
    pub from: Moment,
    /// The first moment after it.
    pub until: Moment,
}

impl Span {
    /// Whether the moment lies in it.
    #[must_use]
    pub fn contains(&self, moment: Moment) -> bool {
        self.from <= moment && moment < self.until
    }

    /// Whether it has any moment in it.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.from < self.until
    }

    /// Whether the two have a moment in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// One row of what a messenger holds about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// A phone number that the account had, and when.
    Phone {
        /// The account, by its identifier on the messenger.
        account: String,
        /// The number, in E.164.
        phone_number: String,
        /// Since when the account had it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Moment>,
        /// Until when, where it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Moment>,
    },
    /// A connection. It is a connection, not a person.
    Connection {
        /// The account, by its identifier on the messenger.
        account: String,
        /// The address, as text of IPv4 or IPv6.
        address: String,
        /// The port, where it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        /// When.
        at: Moment,
    },
}

impl Record {
    /// The account that it is about.
    #[must_use]
    pub fn account(&self) -> &str {
        match self {
            Self::Phone { account, .. } | Self::Connection { account, .. } => account,
        }
    }

    /// The fields that it says something in.
    #[must_use]
    pub fn fields(&self) -> &'static [Field] {
        match self {
            Self::Phone { .. } => &[Field::PhoneNumber],
            Self::Connection { port: Some(_), .. } => &[Field::Address, Field::Port, Field::At],
            Self::Connection { port: None, .. } => &[Field::Address, Field::At],
        }
    }

    /// The field that holds something else than what it is for: words in place of an address.
    #[must_use]
    pub fn without_value(&self) -> Option<Field> {
        match self {
            Self::Phone { phone_number, .. } => {
                (!is_phone_number(phone_number)).then_some(Field::PhoneNumber)
            }
            Self::Connection { address, .. } => address.parse::<IpAddr>().is_err().then_some(Field::Address),
        }
    }

    /// Whether it speaks of a moment in the span: of a number, that the account had it at some moment of it.
    #[must_use]
    pub fn lies_in(&self, span: &Span) -> bool {
        match self {
            Self::Connection { at, .. } => span.contains(*at),
            Self::Phone { since, until, .. } => {
                since.is_none_or(|since| since < span.until) && until.is_none_or(|until| span.from < until)
            }
        }
    }
}
