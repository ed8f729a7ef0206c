//! Journeys of people through the demo, in a real browser: each is a file under `e2e/journeys/`.
//!
//! Any console error, uncaught error or violation of the content security policy on any page fails its journey.

use crate::browser;
use crate::demo;

/// Runs one journey against a demo of its own, without live traffic so that what it sees stays as it is.
fn journey(test: &str, name: &str) {
    if !browser::is_here(test) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let demo = demo::start(folder.path(), &["--no-traffic"]);
    if let Err(complaint) = browser::journey(name, &demo::facts(&demo)) {
        panic!("{complaint}");
    }
}

#[test]
fn content_is_taken_down_by_two_people() {
    journey("content_is_taken_down_by_two_people", "takedown");
}

#[test]
fn a_child_at_risk_is_raised_and_seen_through() {
    journey("a_child_at_risk_is_raised_and_seen_through", "child_at_risk");
}

#[test]
fn a_decision_is_made_by_keyboard_alone() {
    journey("a_decision_is_made_by_keyboard_alone", "keyboard");
}

#[test]
fn a_passkey_is_made_signs_in_and_is_asked_for_again() {
    journey("a_passkey_is_made_signs_in_and_is_asked_for_again", "passkey");
}

#[test]
fn an_official_comes_to_the_portal_and_not_to_the_house() {
    journey("an_official_comes_to_the_portal_and_not_to_the_house", "official");
}

#[test]
fn every_screen_is_clean_in_every_variant() {
    journey("every_screen_is_clean_in_every_variant", "every_screen");
}
