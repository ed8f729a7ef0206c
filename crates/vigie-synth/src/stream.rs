//! What happens on the messenger, one event after the other: first what the operation holds, then live traffic.
//!
//! What it is: an order of events for whoever posts them. What it is not: a timer; pace is the caller's.

use std::sync::Arc;
use std::time::Duration;

use vigie_model::Moment;

use crate::ids::MediaId;
use crate::operation::{Operation, UserReport};
use crate::posts::{Post, Poster, World};
use crate::random::Random;

/// Something that happens on the messenger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody posts.
    Post(Post),
    /// Somebody complains.
    UserReport(UserReport),
}

impl Event {
    /// When it happens.
    #[must_use]
    pub fn at(&self) -> Moment {
        match self {
            Self::Post(post) => post.message.sent_at,
            Self::UserReport(report) => report.reported_at,
        }
    }
}

impl Operation {
    /// Everything the operation holds, in order of time.
    #[must_use]
    pub fn history(&self) -> Vec<Event> {
        let mut brought = std::collections::BTreeSet::new();
        let posts = self.messages.iter().map(|message| {
            let is_new = |id: &&MediaId| brought.insert((*id).clone());
            let media = message.media.as_ref().filter(is_new).and_then(|id| self.media.get(id)).cloned();
            Event::Post(Post { message: message.clone(), media, copy: self.known_copy(message) })
        });
        let mut events: Vec<Event> = posts.collect();
        events.extend(self.user_reports.iter().cloned().map(Event::UserReport));
        events.sort_by_key(Event::at);
        events
    }
}

/// Of 100 live events, how many are complaints.
const COMPLAINTS: u32 = 3;

/// Live traffic without end, by the same people in the same places.
#[derive(Debug, Clone)]
pub struct Stream {
    operation: Arc<Operation>,
    hubs: Vec<usize>,
    poster: Poster,
    random: Random,
    now: Moment,
}

impl Stream {
    /// The live traffic that follows an operation; its moments go on from the operation's end, some seconds apart.
    #[must_use]
    pub fn new(operation: Arc<Operation>) -> Self {
        let plan = &operation.plan;
        let hubs = (0..operation.conversations.len())
            .filter(|&place| operation.truth.hubs.contains(&operation.conversations[place].id))
            .collect();
        let poster = Poster::new(
            Random::named(plan.seed, "live posts"),
            operation.messages.len() + 1,
            operation.conversations.len() + operation.media.len() + 1,
        );
        let random = Random::named(plan.seed, "live");
        let now = plan.starts_at.after(plan.span);
        Self { hubs, poster, random, now, operation }
    }
}

impl Iterator for Stream {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.now = self.now.after(Duration::from_secs(2 + self.random.below(20) as u64));
        let operation = Arc::clone(&self.operation);
        let world = World {
            accounts: &operation.accounts,
            conversations: &operation.conversations,
            known: &operation.known,
            sharers: &operation.truth.sharers,
            hubs: &self.hubs,
        };
        if self.random.chance(COMPLAINTS)
            && let Some(report) = self.poster.complaint(world, self.now)
        {
            return Some(Event::UserReport(report));
        }
        Some(Event::Post(self.poster.everyday(world, self.now)))
    }
}
