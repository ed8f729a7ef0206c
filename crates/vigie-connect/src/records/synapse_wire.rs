//! What Synapse answers, as far as it is looked at: everything else of an account stays where it is.
//!
//! What it is: pure readers of bytes from outside. Its answers say much more than is ever asked for, so unknown fields are passed
//! over here, unlike in `wire.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use vigie_app::records::RecordsError;
use vigie_model::Moment;
use vigie_model::disclosure::{Record, is_phone_number};

fn malformed(why: &str) -> RecordsError {
    RecordsError::Malformed(why.to_owned())
}

fn read<T: DeserializeOwned>(body: &[u8], otherwise: &str) -> Result<T, RecordsError> {
    serde_json::from_slice(body).map_err(|_| malformed(otherwise))
}

/// A moment that is counted in milliseconds since 1970; none where it is 0 or cannot be.
fn moment(milliseconds: i64) -> Option<Moment> {
    (milliseconds > 0).then(|| milliseconds.checked_mul(1000)).flatten().map(Moment)
}

/// An account.
#[derive(Debug, Deserialize)]
pub struct User {
    name: String,
    /// In seconds since 1970.
    creation_ts: Option<i64>,
    #[serde(default)]
    threepids: Vec<Bound>,
}

/// A phone number or mail address that is bound to an account.
#[derive(Debug, Deserialize)]
struct Bound {
    medium: String,
    address: String,
    added_at: Option<i64>,
    validated_at: Option<i64>,
}

impl Bound {
    /// Since when the account has it: when it was bound, or else when it was proven.
    fn since(&self) -> Option<Moment> {
        self.added_at.and_then(moment).or_else(|| self.validated_at.and_then(moment))
    }
}

impl User {
    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Option<Moment> {
        self.creation_ts.filter(|seconds| *seconds > 0).map(Moment::from_unix_seconds)
    }

    pub(super) fn bound_since(&self, medium: &str, address: &str) -> Option<Moment> {
        self.threepids.iter().find(|one| one.medium == medium && one.address == address)?.since()
    }

    /// Its phone numbers.
    ///
    /// # Errors
    /// One that is bound to it is none: it is left out in no silence.
    pub fn phones(&self, account: &str) -> Result<Vec<Record>, RecordsError> {
        let numbers = self.threepids.iter().filter(|one| one.medium == "msisdn");
        numbers
            .map(|one| {
                let phone_number = format!("+{}", one.address.strip_prefix('+').unwrap_or(&one.address));
                if !is_phone_number(&phone_number) {
                    return Err(malformed("a phone number of the account is none"));
                }
                Ok(Record::Phone {
                    account: account.to_owned(),
                    phone_number,
                    since: one.since(),
                    until: None,
                })
            })
            .collect()
    }
}

/// An account, with what is bound to it.
///
/// # Errors
/// It is none, or another than the one that was asked about.
pub fn user(body: &[u8], account: &str) -> Result<User, RecordsError> {
    let user: User = read(body, "the answer is no account of Synapse")?;
    if user.name == account { Ok(user) } else { Err(malformed("the answer is about another account")) }
}

/// The name of the server, from who we are there.
///
/// # Errors
/// It does not say who we are.
pub fn server_name(body: &[u8]) -> Result<String, RecordsError> {
    let us = user_id(body)?;
    us.split_once(':')
        .map(|(_, server)| server.to_owned())
        .ok_or_else(|| malformed("an identifier names no server"))
}

/// An answer that names one account.
///
/// # Errors
/// It names none.
pub fn user_id(body: &[u8]) -> Result<String, RecordsError> {
    #[derive(Deserialize)]
    struct Answered {
        user_id: String,
    }
    let Answered { user_id } = read(body, "the answer names no account")?;
    let is_one = user_id.starts_with('@') && user_id.contains(':') && user_id.len() <= 255;
    if is_one { Ok(user_id) } else { Err(malformed("the answer names no account")) }
}

/// From where an account was seen, each address with the last time, oldest first. What was seen without address or time, over a
/// socket of the machine for example, is no connection.
///
/// # Errors
/// It is no answer of `whois`.
pub fn connections(body: &[u8], account: &str) -> Result<Vec<Record>, RecordsError> {
    #[derive(Deserialize)]
    struct Whois {
        user_id: String,
        devices: BTreeMap<String, Device>,
    }
    #[derive(Deserialize)]
    struct Device {
        sessions: Vec<Session>,
    }
    #[derive(Deserialize)]
    struct Session {
        connections: Vec<Connection>,
    }
    #[derive(Deserialize)]
    struct Connection {
        ip: Option<String>,
        last_seen: Option<i64>,
    }
    let whois: Whois = read(body, "the answer is no whois of Synapse")?;
    if whois.user_id != account {
        return Err(malformed("the answer is about another account"));
    }
    let sessions = whois.devices.into_values().flat_map(|device| device.sessions);
    let seen: BTreeSet<(Moment, IpAddr)> = sessions
        .flat_map(|session| session.connections)
        .filter_map(|one| Some((moment(one.last_seen?)?, one.ip?.parse().ok()?)))
        .collect();
    let record = |(at, address): (Moment, IpAddr)| Record::Connection {
        account: account.to_owned(),
        address: address.to_string(),
        port: None,
        at,
    };
    Ok(seen.into_iter().map(record).collect())
}
