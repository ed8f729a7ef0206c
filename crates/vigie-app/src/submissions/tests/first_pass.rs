//! Uploads that the first pass hashes: a verdict rests on exact hashes alone, and nothing near is missed.

use vigie_media::{DRIFT, Limits, Pass};

use super::*;

/// A picture for the first pass, and its hashes: the exact one and that of the first pass, which differ.
fn picture(seed: u64) -> (Vec<u8>, Pdq, Pdq) {
    let recipe = Recipe::original(seed, Size::new(640, 520).unwrap());
    let bytes = recipe.changed(Variant::Recompressed(70)).render().bytes;
    let first = vigie_media::examine::first_pass(&bytes, &Limits::default()).unwrap();
    assert_eq!(first.pass, Pass::First);
    let (exact, first) = (pdq_of(&bytes), first.pdq.unwrap());
    assert!((1..=DRIFT).contains(&exact.distance(&first)), "{} bits", exact.distance(&first));
    (bytes, exact, first)
}

async fn house() -> House {
    let mut house = started().await;
    enter(&house, Surface::PublicGroup, &[Technique::PerceptualHash, Technique::ExactDigest], true).await;
    house.app = house.process_with_first_pass().await;
    house
}

/// A bank that takes nothing but the very same hash.
async fn know(house: &House, hash: Pdq) {
    let mut known = bank(&house.app, "STRICT", Verdict::Review);
    known.distance = 0;
    keep(&house.app, &known, &[Signal::Pdq(hash)]).await;
}

/// The hashes that history holds.
async fn history_of(house: &House) -> Vec<Pdq> {
    let rows = crate::history::tests::rows(house).await;
    rows.into_iter().map(|row| Pdq(row.pdq.unwrap().try_into().unwrap())).collect()
}

#[tokio::test]
async fn what_comes_near_is_judged_by_its_exact_hash() {
    let house = house().await;
    let (bytes, exact, _) = picture(3);
    know(&house, exact).await;
    let answer = submit(&house, Surface::PublicGroup, &bytes).await;
    assert_eq!(answer.verdict, Verdict::Review);
    let matches = answer.matches.unwrap();
    assert_eq!((matches.len(), matches[0].distance, matches[0].threshold), (1, 0, 0));
    assert_eq!(matches[0].asked, exact.to_string());
    let mut reader = house.app.store.read().await.unwrap();
    let kept = submissions::signals(&mut reader, answer.submission.unwrap()).await.unwrap();
    assert!(kept.iter().any(|signal| signal.value == exact.0), "the exact hash is kept");
}

#[tokio::test]
async fn what_only_the_drift_brought_near_is_no_match() {
    let house = house().await;
    let (bytes, exact, first) = picture(3);
    know(&house, first).await;
    assert_eq!(submit(&house, Surface::PublicGroup, &bytes).await, Answer::nothing_found());
    // It was looked at exactly, so history holds the exact hash.
    assert_eq!(history_of(&house).await, [exact]);
}

#[tokio::test]
async fn what_is_near_nothing_keeps_the_hash_of_the_first_pass() {
    let house = house().await;
    let (bytes, _, first) = picture(3);
    know(&house, picture(4).1).await;
    assert_eq!(submit(&house, Surface::PublicGroup, &bytes).await, Answer::nothing_found());
    assert_eq!(history_of(&house).await, [first]);
}

#[tokio::test]
async fn the_exact_pass_is_the_usual_one() {
    let house = started().await;
    enter(&house, Surface::PublicGroup, &[Technique::PerceptualHash], true).await;
    let (bytes, exact, _) = picture(3);
    assert_eq!(submit(&house, Surface::PublicGroup, &bytes).await, Answer::nothing_found());
    assert_eq!(history_of(&house).await, [exact]);
}

#[tokio::test]
async fn what_is_known_by_its_digest_is_hashed_exactly() {
    let house = house().await;
    let (bytes, exact, _) = picture(3);
    know_bytes(&house, Verdict::Block, &bytes).await;
    let answer = submit(&house, Surface::PublicGroup, &bytes).await;
    assert_eq!(answer.verdict, Verdict::Block);
    let mut reader = house.app.store.read().await.unwrap();
    let kept = submissions::signals(&mut reader, answer.submission.unwrap()).await.unwrap();
    assert!(kept.iter().any(|signal| signal.value == exact.0));
}
