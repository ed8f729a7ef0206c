//! Posting: who says or shows what next. The history of an operation and its live stream both come from here.

use std::collections::{BTreeSet, VecDeque};

use vigie_model::Moment;
use vigie_model::conversation::ConversationKind;

use crate::ids::{AccountId, MediaId, MessageId};
use crate::media::{Media, Recipe};
use crate::operation::{self, Account, Conversation, KnownCopy, KnownImage, Message, UserReport};
use crate::random::Random;
use crate::variants::Variant;
use crate::words;

/// A message as it is uploaded: with the picture, when it brings a new one, and with what that picture really is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The message.
    pub message: Message,
    /// The picture it brings; none when it has none, or passes on one that was uploaded before.
    pub media: Option<Media>,
    /// The known image it carries, for whoever may know.
    pub copy: Option<KnownCopy>,
}

/// The people and places that posts come from.
#[derive(Clone, Copy)]
pub(crate) struct World<'operation> {
    pub(crate) accounts: &'operation [Account],
    pub(crate) conversations: &'operation [Conversation],
    pub(crate) known: &'operation [KnownImage],
    pub(crate) sharers: &'operation BTreeSet<AccountId>,
    pub(crate) hubs: &'operation [usize],
}

/// Of 100 posts, how many are made by a sharer in a hub.
const IN_HUBS: u32 = 12;
/// Of 100 posts of a sharer in a hub, how many carry a known image.
const KNOWN_IN_HUBS: u32 = 60;
/// Of 1000 posts elsewhere, how many carry a known image.
const KNOWN_ELSEWHERE: usize = 12;
/// Of 100 other posts, how many show a picture.
const WITH_PICTURE: u32 = 62;
/// Of 100 pictures, how many were passed on from another conversation.
const PASSED_ON: u32 = 6;
/// How many posts are remembered, to pass on or to complain about.
const REMEMBERED: usize = 24;

/// Makes posts one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Poster {
    random: Random,
    next_message: usize,
    next_media: usize,
    recent: VecDeque<Post>,
}

impl Poster {
    /// A poster whose first message and picture bear these numbers.
    pub(crate) fn new(random: Random, next_message: usize, next_media: usize) -> Self {
        Self { random, next_message, next_media, recent: VecDeque::new() }
    }

    /// The next post of everyday life.
    pub(crate) fn everyday(&mut self, world: World<'_>, at: Moment) -> Post {
        if self.random.chance(IN_HUBS) {
            return self.in_a_hub(world, at);
        }
        let conversation = self.random.pick(world.conversations);
        let account = self.member(world, conversation);
        if self.random.below(1000) < KNOWN_ELSEWHERE {
            return self.known(world, conversation, account, at);
        }
        if !self.random.chance(WITH_PICTURE) {
            let text = words::chat(&mut self.random);
            return self.post(conversation, account, at, Some(text), None);
        }
        if self.random.chance(PASSED_ON)
            && let Some(passed_on) = self.pass_on(conversation, account, at)
        {
            return passed_on;
        }
        let recipe = self.fresh();
        self.picture(conversation, account, at, recipe, None)
    }

    /// A copy of one picture, posted by somebody in some group or channel.
    pub(crate) fn copy(
        &mut self,
        world: World<'_>,
        at: Moment,
        original: Recipe,
        known: Option<usize>,
    ) -> Post {
        let open: Vec<&Conversation> =
            world.conversations.iter().filter(|place| !place.surface.is_private()).collect();
        let conversation = *self.random.pick(&open);
        let account = self.member(world, conversation);
        let variant = *self.random.pick(&Variant::GENTLE);
        let copy = known.map(|known| KnownCopy { known, variant });
        self.picture(conversation, account, at, original.changed(variant), copy)
    }

    /// A fresh landscape that nobody has seen.
    pub(crate) fn fresh(&mut self) -> Recipe {
        let size = operation::size(self.random.below(operation::SIZES.len()));
        Recipe::original(self.random.draw(), size)
    }

    /// A complaint by another participant about one of the latest posts, when one can be found.
    pub(crate) fn complaint(&mut self, world: World<'_>, at: Moment) -> Option<UserReport> {
        let about = self.recent.get(self.random.below(self.recent.len()))?.message.clone();
        let conversation = world.conversations.iter().find(|place| place.id == about.conversation)?;
        let proper = self.recent.iter().any(|post| post.message.id == about.id && post.copy.is_some());
        report(&mut self.random, conversation, &about, proper, at)
    }

    fn in_a_hub(&mut self, world: World<'_>, at: Moment) -> Post {
        let conversation = &world.conversations[*self.random.pick(world.hubs)];
        let sharers: Vec<&AccountId> =
            conversation.posters().filter(|member| world.sharers.contains(*member)).collect();
        let sharer = *self.random.pick(&sharers);
        let account = account(world, sharer);
        if self.random.chance(KNOWN_IN_HUBS) {
            return self.known(world, conversation, account, at);
        }
        let recipe = self.fresh();
        self.picture(conversation, account, at, recipe, None)
    }

    fn known(
        &mut self,
        world: World<'_>,
        conversation: &Conversation,
        account: &Account,
        at: Moment,
    ) -> Post {
        // The lesser of two draws: some images come back again and again, as they do in life.
        let count = world.known.len();
        let known = self.random.below(count).min(self.random.below(count));
        // One copy in twelve is mirrored or turned, so that matching without the dihedral variants shows its limit.
        let variants: &[Variant] =
            if self.random.below(12) == 0 { &Variant::TURNED } else { &Variant::GENTLE };
        let variant = *self.random.pick(variants);
        let recipe = world.known[known].recipe.changed(variant);
        self.picture(conversation, account, at, recipe, Some(KnownCopy { known, variant }))
    }

    fn member<'world>(&mut self, world: World<'world>, conversation: &Conversation) -> &'world Account {
        let posters: Vec<&AccountId> = conversation.posters().collect();
        let poster = *self.random.pick(&posters);
        account(world, poster)
    }

    fn pass_on(&mut self, conversation: &Conversation, account: &Account, at: Moment) -> Option<Post> {
        let shown: Vec<MediaId> = self
            .recent
            .iter()
            .filter(|post| post.copy.is_none() && post.message.conversation != conversation.id)
            .filter_map(|post| post.message.media.clone())
            .collect();
        if shown.is_empty() {
            return None;
        }
        let media = self.random.pick(&shown).clone();
        let mut post = self.post(conversation, account, at, None, None);
        post.message.media = Some(media);
        Some(post)
    }

    fn picture(
        &mut self,
        conversation: &Conversation,
        account: &Account,
        at: Moment,
        recipe: Recipe,
        copy: Option<KnownCopy>,
    ) -> Post {
        let media = Media { id: MediaId::numbered(self.next_media), recipe };
        self.next_media += 1;
        let text = self.random.chance(60).then(|| words::caption(&mut self.random));
        let mut post = self.post(conversation, account, at, text, Some(media));
        post.copy = copy;
        self.recent.push_back(post.clone());
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        post
    }

    fn post(
        &mut self,
        conversation: &Conversation,
        account: &Account,
        at: Moment,
        text: Option<String>,
        media: Option<Media>,
    ) -> Post {
        let message = Message {
            id: MessageId::numbered(self.next_message),
            conversation: conversation.id.clone(),
            account: account.id.clone(),
            sent_at: at,
            text,
            media: media.as_ref().map(|media| media.id.clone()),
            address: account.address,
            port: 1024 + self.random.below(60_000) as u16,
        };
        self.next_message += 1;
        Post { message, media, copy: None }
    }
}

/// A participant's complaint about a message: for a good reason when it is `proper`, otherwise a mistaken one.
pub(crate) fn report(
    random: &mut Random,
    conversation: &Conversation,
    about: &Message,
    proper: bool,
    at: Moment,
) -> Option<UserReport> {
    let others: Vec<&AccountId> =
        conversation.members.iter().filter(|member| **member != about.account).collect();
    if others.is_empty() {
        return None;
    }
    let (reason, text) = if proper {
        ("child_safety", "I believe this is one of the known landscapes.")
    } else if conversation.kind == ConversationKind::Channel {
        ("other", "Ce n'est pas le lac annoncé.")
    } else {
        ("spam", "The same lake again and again.")
    };
    Some(UserReport {
        reporter: (*random.pick(&others)).clone(),
        message: about.id.clone(),
        conversation: conversation.id.clone(),
        account: about.account.clone(),
        reason: reason.to_owned(),
        text: Some(text.to_owned()),
        reported_at: at,
    })
}

fn account<'world>(world: World<'world>, id: &AccountId) -> &'world Account {
    world.accounts.iter().find(|account| account.id == *id).expect("every member has an account")
}
