//! The operation and its ground truth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vigie_model::conversation::ConversationKind;
use vigie_model::{Moment, Surface};
use vigie_synth::{Event, MediaId, MessageId, Operation, Plan, Stream, Variant};

fn start() -> Moment {
    Moment::from_unix_seconds(1_800_000_000)
}

fn demo() -> Operation {
    Operation::generate(&Plan::demo(11, start()))
}

#[test]
fn a_plan_always_gives_the_same_operation_and_the_same_stream() {
    let (first, second) = (demo(), demo());
    assert_eq!(first, second);
    let live = |operation| Stream::new(Arc::new(operation)).take(300).collect::<Vec<_>>();
    assert_eq!(live(first), live(second));
    assert_ne!(demo().messages, Operation::generate(&Plan::demo(12, start())).messages);
}

#[test]
fn an_operation_survives_json() {
    let operation = Operation::generate(&Plan::small(4, start()));
    let text = serde_json::to_string(&operation).unwrap();
    assert_eq!(serde_json::from_str::<Operation>(&text).unwrap(), operation);
}

#[test]
fn the_ground_truth_says_what_the_pictures_are() {
    let operation = demo();
    let mut carriers = 0;
    for (message, copy) in operation.known_copies() {
        let recipe = operation.media[message.media.as_ref().unwrap()].recipe;
        assert_eq!(recipe, operation.known[copy.known].recipe.changed(copy.variant));
        carriers += 1;
    }
    assert!(carriers > 30, "only {carriers} messages carry a known image");
    let known: BTreeSet<u64> = operation.known.iter().map(|image| image.recipe.seed).collect();
    for media in operation.media.values() {
        let said = operation.truth.copies.contains_key(&media.id);
        assert_eq!(known.contains(&media.recipe.seed), said, "{}", media.id);
    }
}

#[test]
fn there_are_all_kinds_of_places_and_a_one_way_channel_hears_only_its_own() {
    let operation = demo();
    let surfaces: BTreeSet<Surface> = operation.conversations.iter().map(|place| place.surface).collect();
    let expected =
        [Surface::PublicChannel, Surface::PublicGroup, Surface::PrivateGroup, Surface::DirectMessage];
    assert_eq!(surfaces, BTreeSet::from(expected));
    for message in &operation.messages {
        let place = operation.conversation(&message.conversation).unwrap();
        assert!(place.members.contains(&message.account));
        if place.kind == ConversationKind::Channel {
            let leads = place.owner.as_ref() == Some(&message.account)
                || place.administrators.contains(&message.account);
            assert!(leads, "{} posted in the one-way {}", message.account, place.id);
        }
    }
    let hub = operation.conversation(&operation.truth.hubs[0]).unwrap();
    assert!(operation.truth.copies.contains_key(&hub.avatar.as_ref().unwrap().id));
    assert_eq!(hub.linked, [operation.truth.hubs[1].clone()]);
}

#[test]
fn waves_are_copies_by_several_accounts_in_several_places_within_an_hour() {
    let operation = demo();
    let messages: BTreeMap<&MessageId, _> =
        operation.messages.iter().map(|message| (&message.id, message)).collect();
    assert_eq!(operation.truth.waves.len(), 2);
    for wave in &operation.truth.waves {
        let posted: Vec<_> = wave.messages.iter().map(|id| messages[id]).collect();
        assert_eq!(posted.len(), operation.plan.wave);
        let accounts: BTreeSet<_> = posted.iter().map(|message| &message.account).collect();
        let places: BTreeSet<_> = posted.iter().map(|message| &message.conversation).collect();
        assert!(accounts.len() >= 4 && places.len() >= 4);
        assert!(posted.last().unwrap().sent_at.since(posted[0].sent_at).as_secs() <= 3600);
        for message in posted {
            let media = message.media.as_ref().unwrap();
            assert_eq!(operation.media[media].recipe.seed, wave.original.seed);
            assert_eq!(operation.truth.copies.contains_key(media), wave.known.is_some());
        }
    }
}

#[test]
fn reports_are_by_other_participants_about_messages_that_exist() {
    let operation = demo();
    assert!(operation.user_reports.len() >= 4);
    for report in &operation.user_reports {
        let message = operation.messages.iter().find(|message| message.id == report.message).unwrap();
        assert_eq!((&message.account, &message.conversation), (&report.account, &report.conversation));
        assert_ne!(report.reporter, report.account);
        let place = operation.conversation(&report.conversation).unwrap();
        assert!(place.members.contains(&report.reporter));
    }
}

#[test]
fn the_history_is_in_order_and_brings_each_picture_once_before_it_is_passed_on() {
    let operation = demo();
    let events = operation.history();
    assert!(events.is_sorted_by_key(Event::at));
    let mut brought: BTreeSet<MediaId> = BTreeSet::new();
    for event in &events {
        let Event::Post(post) = event else { continue };
        if let Some(media) = &post.media {
            assert!(brought.insert(media.id.clone()), "{} came twice", media.id);
        }
        assert!(post.message.media.as_ref().is_none_or(|media| brought.contains(media)));
    }
    assert_eq!(brought.len(), operation.media.len());
}

#[test]
fn the_live_stream_goes_on_from_the_history_with_known_copies_and_reports() {
    let operation = Arc::new(demo());
    let mut ids: BTreeSet<MessageId> = operation.messages.iter().map(|message| message.id.clone()).collect();
    let mut media: BTreeSet<MediaId> = operation.media.keys().cloned().collect();
    media.extend(operation.conversations.iter().filter_map(|place| Some(place.avatar.as_ref()?.id.clone())));
    let (mut last, mut known, mut turned, mut reports) = (start(), 0, 0, 0);
    for event in Stream::new(Arc::clone(&operation)).take(1500) {
        assert!(event.at() > last);
        last = event.at();
        let Event::Post(post) = event else {
            reports += 1;
            continue;
        };
        assert!(ids.insert(post.message.id.clone()), "{} came twice", post.message.id);
        if let Some(new) = &post.media {
            assert!(media.insert(new.id.clone()), "{} came twice", new.id);
        }
        if let Some(copy) = post.copy {
            known += 1;
            turned += usize::from(Variant::TURNED.contains(&copy.variant));
        }
    }
    assert!((60..250).contains(&known), "{known} known copies in 1500 events");
    assert!(turned > 0 && reports > 10, "{turned} turned, {reports} reports");
}
