//! Making an operation from its plan: people first, then where they meet, then what they post.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vigie_model::conversation::ConversationKind;
use vigie_model::{Moment, Surface};

use crate::ids::{AccountId, ConversationId, MediaId};
use crate::media::{Media, Recipe};
use crate::operation::{
    self, Account, Conversation, GroundTruth, KnownCopy, KnownImage, Message, Operation, Plan, UserReport,
    Wave,
};
use crate::posts::{self, Poster, World};
use crate::random::Random;
use crate::variants::Variant;
use crate::words;

pub(crate) fn operation(plan: &Plan) -> Operation {
    let plan = within_limits(plan);
    let accounts = accounts(&plan);
    let known = known(&plan);
    let sharers: BTreeSet<AccountId> =
        accounts.iter().take((accounts.len() / 8).max(2)).map(|account| account.id.clone()).collect();
    let mut conversations = conversations(&plan, &accounts, &sharers);
    let hubs = hubs(&conversations);
    let mut truth = GroundTruth {
        sharers,
        hubs: hubs.iter().map(|&hub| conversations[hub].id.clone()).collect(),
        ..GroundTruth::default()
    };
    hang_avatars(&plan, &mut conversations, &known, &mut truth);
    let world = World {
        accounts: &accounts,
        conversations: &conversations,
        known: &known,
        sharers: &truth.sharers,
        hubs: &hubs,
    };
    let mut history = History::new(&plan, conversations.len());
    history.write(&plan, world);
    let user_reports = user_reports(&plan, world, &history);
    truth.copies.extend(history.copies);
    truth.waves = history.waves;
    Operation {
        plan,
        accounts,
        conversations,
        known,
        media: history.media,
        messages: history.messages,
        user_reports,
        truth,
    }
}

/// The plan with at least as much of everything as an operation needs.
fn within_limits(plan: &Plan) -> Plan {
    Plan {
        accounts: plan.accounts.max(8),
        groups: plan.groups.max(3),
        channels: plan.channels.max(1),
        known: plan.known.max(2),
        ..plan.clone()
    }
}

fn accounts(plan: &Plan) -> Vec<Account> {
    let mut random = Random::named(plan.seed, "accounts");
    let mut accounts: Vec<Account> = (1..=plan.accounts)
        .map(|number| Account {
            id: AccountId::numbered(number),
            name: words::pseudonym(&mut random, number),
            created_at: plan.starts_at.before(days(random.below(900) + 1)),
            address: address(&mut random),
        })
        .collect();
    // Sharers are taken from the front; without this their numbers would give them away.
    random.shuffle(&mut accounts);
    accounts
}

/// An address of the ranges kept for documentation: it belongs to nobody.
fn address(random: &mut Random) -> IpAddr {
    let host = random.below(254) as u8 + 1;
    match random.below(4) {
        0 => IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
        1 => IpAddr::V4(Ipv4Addr::new(198, 51, 100, host)),
        2 => IpAddr::V4(Ipv4Addr::new(203, 0, 113, host)),
        _ => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(host))),
    }
}

fn known(plan: &Plan) -> Vec<KnownImage> {
    let mut random = Random::named(plan.seed, "known");
    (0..plan.known)
        .map(|index| KnownImage {
            name: format!("known landscape {}", index + 1),
            recipe: Recipe::original(random.draw(), operation::size(index)),
        })
        .collect()
}

fn conversations(plan: &Plan, accounts: &[Account], sharers: &BTreeSet<AccountId>) -> Vec<Conversation> {
    let mut random = Random::named(plan.seed, "conversations");
    let mut places: Vec<Conversation> = Vec::new();
    for number in 1..=plan.channels {
        let title = words::channel_title(&mut random, number);
        let hub = number == 1;
        let share = random.between(0.4, 0.9);
        let members = members(&mut random, accounts, sharers, share, hub);
        places.push(place(&mut random, plan, places.len(), Surface::PublicChannel, title, members));
    }
    for number in 1..=plan.groups {
        let title = words::group_title(&mut random, number);
        let private = number % 3 == 0;
        let share = random.between(0.1, 0.4);
        let members = members(&mut random, accounts, sharers, share, number == 3);
        let surface = if private { Surface::PrivateGroup } else { Surface::PublicGroup };
        places.push(place(&mut random, plan, places.len(), surface, title, members));
    }
    link(&mut random, plan, &mut places);
    for _ in 0..plan.directs {
        places.push(direct(&mut random, plan, places.len(), accounts));
    }
    places
}

/// Members in the order owner, administrators, others. In a hub the sharers come first and all are there.
fn members(
    random: &mut Random,
    accounts: &[Account],
    sharers: &BTreeSet<AccountId>,
    share: f32,
    hub: bool,
) -> Vec<AccountId> {
    let mut ids: Vec<AccountId> = accounts.iter().map(|account| account.id.clone()).collect();
    random.shuffle(&mut ids);
    if hub {
        ids.sort_by_key(|id| !sharers.contains(id));
    }
    let least = if hub { sharers.len() + 2 } else { 4 };
    ids.truncate(((accounts.len() as f32 * share) as usize).max(least));
    ids
}

fn place(
    random: &mut Random,
    plan: &Plan,
    index: usize,
    surface: Surface,
    title: String,
    members: Vec<AccountId>,
) -> Conversation {
    let kind =
        if surface == Surface::PublicChannel { ConversationKind::Channel } else { ConversationKind::Group };
    Conversation {
        id: ConversationId::numbered(index + 1),
        kind,
        surface,
        title: Some(title),
        description: Some(words::description(random)),
        avatar: None,
        owner: members.first().cloned(),
        administrators: members.iter().skip(1).take(1 + random.below(2)).cloned().collect(),
        invite_link: Some(format!("https://{}.example/+{:08x}", plan.service, random.draw() as u32)),
        linked: Vec::new(),
        members,
        created_at: plan.starts_at.before(days(random.below(300) + 1)),
    }
}

/// Each channel points to a group; the first channel to the first private group, where its circle meets.
fn link(random: &mut Random, plan: &Plan, places: &mut [Conversation]) {
    let groups: Vec<ConversationId> = places
        .iter()
        .filter(|place| place.kind == ConversationKind::Group)
        .map(|place| place.id.clone())
        .collect();
    for channel in places.iter_mut().take(plan.channels) {
        channel.linked = vec![random.pick(&groups).clone()];
    }
    places[0].linked = vec![groups[2].clone()];
}

fn direct(random: &mut Random, plan: &Plan, index: usize, accounts: &[Account]) -> Conversation {
    let first = random.below(accounts.len());
    let second = (first + 1 + random.below(accounts.len() - 1)) % accounts.len();
    Conversation {
        id: ConversationId::numbered(index + 1),
        kind: ConversationKind::Direct,
        surface: Surface::DirectMessage,
        title: None,
        description: None,
        avatar: None,
        owner: None,
        administrators: Vec::new(),
        invite_link: None,
        linked: Vec::new(),
        members: vec![accounts[first].id.clone(), accounts[second].id.clone()],
        created_at: plan.starts_at.before(days(random.below(100) + 1)),
    }
}

fn hubs(conversations: &[Conversation]) -> Vec<usize> {
    let first = |surface| conversations.iter().position(|place| place.surface == surface);
    [first(Surface::PublicChannel), first(Surface::PrivateGroup)].into_iter().flatten().collect()
}

/// Groups and channels get a picture; that of the hub channel is a copy of a known image.
fn hang_avatars(plan: &Plan, places: &mut [Conversation], known: &[KnownImage], truth: &mut GroundTruth) {
    let mut random = Random::named(plan.seed, "avatars");
    for (index, place) in places.iter_mut().enumerate().filter(|(_, place)| place.title.is_some()) {
        let id = MediaId::numbered(index + 1);
        let mut recipe = Recipe::original(random.draw(), operation::size(0));
        if truth.hubs.first() == Some(&place.id) {
            let copy = KnownCopy { known: 1, variant: Variant::Resized(75) };
            recipe = known[copy.known].recipe.changed(copy.variant);
            truth.copies.insert(id.clone(), copy);
        }
        place.avatar = Some(Media { id, recipe });
    }
}

/// What was posted so far.
struct History {
    poster: Poster,
    random: Random,
    media: BTreeMap<MediaId, Media>,
    messages: Vec<Message>,
    copies: BTreeMap<MediaId, KnownCopy>,
    waves: Vec<Wave>,
}

/// What is posted at a moment: something of everyday life, or a copy that belongs to a wave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Intent {
    Everyday,
    Wave(usize),
}

impl History {
    fn new(plan: &Plan, avatars: usize) -> Self {
        Self {
            poster: Poster::new(Random::named(plan.seed, "posts"), 1, avatars + 1),
            random: Random::named(plan.seed, "schedule"),
            media: BTreeMap::new(),
            messages: Vec::new(),
            copies: BTreeMap::new(),
            waves: Vec::new(),
        }
    }

    fn write(&mut self, plan: &Plan, world: World<'_>) {
        let fresh = self.poster.fresh();
        let wave = |original, known| Wave { original, known, messages: Vec::new() };
        self.waves = vec![wave(world.known[0].recipe, Some(0)), wave(fresh, None)];
        for (at, intent) in self.schedule(plan) {
            let post = match intent {
                Intent::Everyday => self.poster.everyday(world, at),
                Intent::Wave(index) => {
                    let wave = &mut self.waves[index];
                    let post = self.poster.copy(world, at, wave.original, wave.known);
                    wave.messages.push(post.message.id.clone());
                    post
                }
            };
            if let Some(media) = post.media {
                self.copies.extend(post.copy.map(|copy| (media.id.clone(), copy)));
                self.media.insert(media.id.clone(), media);
            }
            self.messages.push(post.message);
        }
    }

    /// When what is posted, in order. The two waves rise at two fifths and at four fifths of the time, and last an hour.
    fn schedule(&mut self, plan: &Plan) -> Vec<(Moment, Intent)> {
        let seconds = plan.span.as_secs();
        let mut schedule = Vec::new();
        for _ in 0..plan.messages {
            schedule.push((self.moment(plan.starts_at, seconds), Intent::Everyday));
        }
        for wave in 0..self.waves.len() {
            let rise = plan.starts_at.after(Duration::from_secs(seconds * 2 * (wave as u64 + 1) / 5));
            for _ in 0..plan.wave {
                schedule.push((self.moment(rise, 3600), Intent::Wave(wave)));
            }
        }
        schedule.sort();
        schedule
    }

    fn moment(&mut self, from: Moment, seconds: u64) -> Moment {
        from.after(Duration::from_secs(self.random.below(seconds as usize) as u64))
    }
}

/// Two participants complain about the wave that is in no bank, two about known images, and two by mistake.
fn user_reports(plan: &Plan, world: World<'_>, history: &History) -> Vec<UserReport> {
    let mut random = Random::named(plan.seed, "reports");
    let in_wave = |message: &&Message| history.waves[1].messages.contains(&message.id);
    let is_known =
        |message: &&Message| message.media.as_ref().is_some_and(|media| history.copies.contains_key(media));
    let waved = history.messages.iter().filter(in_wave).take(2);
    let known = history.messages.iter().filter(is_known).take(2);
    let harmless = history
        .messages
        .iter()
        .filter(|message| message.media.is_some() && !is_known(message) && !in_wave(message))
        .take(2);
    let about =
        waved.chain(known).map(|message| (message, true)).chain(harmless.map(|message| (message, false)));
    let mut reports: Vec<UserReport> = about
        .filter_map(|(message, proper)| {
            let place = world.conversations.iter().find(|place| place.id == message.conversation)?;
            let at = message.sent_at.after(Duration::from_secs(60 + random.below(1800) as u64));
            posts::report(&mut random, place, message, proper, at)
        })
        .collect();
    reports.sort_by_key(|report| report.reported_at);
    reports
}

fn days(count: usize) -> Duration {
    Duration::from_secs(count as u64 * 24 * 3600)
}
