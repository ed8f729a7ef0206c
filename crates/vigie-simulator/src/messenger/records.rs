//! What the messenger keeps about accounts: connections, phone numbers, names over time, and reasons not to delete them.
//!
//! What it is: state, its generation from an operation, and its readings. Every address is of a range kept for documentation or
//! for carriers (RFC 5737, RFC 3849, RFC 6598), every number of a range kept for fiction. What it is not: HTTP, which is
//! `records/answers.rs`, nor a judge of grants beyond what a messenger must check itself.

mod answers;
mod generate;
mod lies;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, GrantedTask, Record, Span};
use vigie_seal::note::VerifierKey;
use vigie_synth::AccountId;

use super::Messenger;

pub(super) use answers::router;
pub use lies::Lie;

/// A connection that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// From where.
    pub address: IpAddr,
    /// From which port; of some connections none was kept.
    pub port: Option<u16>,
    /// When.
    pub at: Moment,
}

/// A phone number that an account had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// In E.164.
    pub number: String,
    /// Since when.
    pub since: Moment,
    /// Until when, where it has ended.
    pub until: Option<Moment>,
}

/// A name that an account had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// The account.
    pub account: AccountId,
    /// Since when.
    pub since: Moment,
    /// Until when, where it has ended.
    pub until: Option<Moment>,
}

/// A reason not to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hold {
    account: AccountId,
    categories: Vec<Category>,
    until: Moment,
}

/// Everything of it.
#[derive(Default)]
pub(super) struct Books {
    /// In order of time.
    sessions: BTreeMap<AccountId, Vec<Session>>,
    phones: BTreeMap<AccountId, Vec<Phone>>,
    names: Vec<Name>,
    holds: BTreeMap<String, Hold>,
    /// The keys of those who sign grants.
    desk: Vec<VerifierKey>,
    lie: Option<Lie>,
}

impl Messenger {
    /// Gives records under grants that one of these keys signed. Without any, under none.
    pub fn trust_grants(&self, desk: Vec<VerifierKey>) {
        self.change(|state| state.books.desk = desk);
    }

    /// Answers pulls so from now on; with nothing, as agreed.
    pub fn lie(&self, lie: Option<Lie>) {
        self.change(|state| state.books.lie = lie);
    }

    /// The connections of an account, oldest first.
    #[must_use]
    pub fn sessions(&self, account: &AccountId) -> Vec<Session> {
        self.read(|state| state.books.sessions.get(account).cloned().unwrap_or_default())
    }

    /// The phone numbers of an account.
    #[must_use]
    pub fn phones(&self, account: &AccountId) -> Vec<Phone> {
        self.read(|state| state.books.phones.get(account).cloned().unwrap_or_default())
    }

    /// Everybody who had a name, in order of time.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        self.read(|state| state.books.names.clone())
    }

    /// Takes further connections of an account in.
    pub fn connect(&self, account: &AccountId, sessions: impl IntoIterator<Item = Session>) {
        self.change(|state| {
            let kept = state.books.sessions.entry(account.clone()).or_default();
            kept.extend(sessions);
            kept.sort_by_key(|session| session.at);
        });
    }

    /// Whether something is not deleted for this reason.
    #[must_use]
    pub fn keeps_for(&self, reason: &str) -> bool {
        let now = self.now();
        self.read(|state| state.books.holds.get(reason).is_some_and(|hold| now < hold.until))
    }

    /// Deletes what is older, as messengers do; what is held stays.
    pub fn forget_before(&self, moment: Moment) {
        let now = self.now();
        self.change(|state| state.books.forget_before(moment, now));
    }
}

impl Books {
    fn held(&self, category: Category, now: Moment) -> BTreeSet<AccountId> {
        let holds =
            self.holds.values().filter(|hold| hold.categories.contains(&category) && now < hold.until);
        holds.map(|hold| hold.account.clone()).collect()
    }

    fn forget_before(&mut self, moment: Moment, now: Moment) {
        let held = self.held(Category::Identification, now);
        for (account, sessions) in &mut self.sessions {
            if !held.contains(account) {
                sessions.retain(|session| session.at >= moment);
            }
        }
        let held = self.held(Category::Subscriber, now);
        for (account, phones) in &mut self.phones {
            if !held.contains(account) {
                phones.retain(|phone| phone.until.is_none_or(|until| until >= moment));
            }
        }
    }

    /// So many records of a task, from that place on, and how many there are in all. Nothing but what was granted is read.
    fn granted(&self, task: &GrantedTask, from: usize, most: usize) -> (Vec<Record>, usize) {
        let mut page = Gathered { records: Vec::new(), skip: from, most, all: 0 };
        for subject in &task.subjects {
            if task.fields.contains(&Field::PhoneNumber) {
                let phones = self.phones.get(subject.as_str()).map(Vec::as_slice).unwrap_or_default();
                for phone in phones.iter().map(|phone| phone.record(subject)) {
                    if phone.lies_in(&task.span) {
                        page.take(1, |_| phone.clone());
                    }
                }
            }
            // A connection says address and moment, or it says nothing.
            if task.fields.contains(&Field::Address) && task.fields.contains(&Field::At) {
                let with_port = task.fields.contains(&Field::Port);
                let sessions = self.within(subject, &task.span);
                page.take(sessions.len(), |index| sessions[index].record(subject, with_port));
            }
        }
        (page.records, page.all)
    }

    fn within(&self, account: &str, span: &Span) -> &[Session] {
        let sessions = self.sessions.get(account).map(Vec::as_slice).unwrap_or_default();
        let from = sessions.partition_point(|session| session.at < span.from);
        let until = sessions.partition_point(|session| session.at < span.until).max(from);
        &sessions[from..until]
    }
}

/// A page that is being filled.
struct Gathered {
    records: Vec<Record>,
    skip: usize,
    most: usize,
    all: usize,
}

impl Gathered {
    /// Offers so many rows; those that fall on the page are made.
    fn take(&mut self, rows: usize, make: impl Fn(usize) -> Record) {
        let first = self.skip.saturating_sub(self.all).min(rows);
        let room = self.most - self.records.len();
        self.records.extend((first..rows).take(room).map(make));
        self.all += rows;
    }
}

impl Phone {
    fn record(&self, account: &str) -> Record {
        Record::Phone {
            account: account.to_owned(),
            phone_number: self.number.clone(),
            since: Some(self.since),
            until: self.until,
        }
    }
}

impl Session {
    fn record(&self, account: &str, with_port: bool) -> Record {
        Record::Connection {
            account: account.to_owned(),
            address: self.address.to_string(),
            port: self.port.filter(|_| with_port),
            at: self.at,
        }
    }
}
