//! Videos: matched with videos and pictures, by shares of frames.

use std::io::{Seek as _, Write as _};

use vigie_match::Vpdq;
use vigie_match::vpdq::Frame;
use vigie_model::id::BankId;

use super::*;
use crate::bank_entries::{EntryQuery, EntrySignals, NewEntry};
use crate::bank_lists::{ImportSettings, ListedKind};
use crate::tests::VIDEO;

/// The hash of a scene; no two scenes are alike.
fn scene(number: u8) -> Pdq {
    Pdq(std::array::from_fn(|byte| if byte % 8 == usize::from(number % 8) { 0xff } else { number * 17 }))
}

/// A video of these scenes, one a second.
fn video(scenes: impl IntoIterator<Item = u8>) -> Vpdq {
    let frame = |(at, number): (u32, u8)| Frame {
        number: at * 30,
        quality: 100,
        hash: scene(number),
        milliseconds: at * 1000,
    };
    Vpdq::new((0..).zip(scenes).map(frame).collect()).unwrap()
}

fn file(video: &Vpdq) -> Vec<u8> {
    [VIDEO, video.to_string().as_bytes()].concat()
}

/// A house that knows this video in a bank that would block.
async fn knowing(known: Vpdq) -> (House, Bank) {
    let house = started().await;
    let bank = bank(&house.app, "VIDEOS", Verdict::Block);
    keep(&house.app, &bank, &[]).await;
    let entry = NewEntry {
        signals: EntrySignals { single: vec![], video: Some(Arc::new(known)) },
        ..NewEntry::default()
    };
    house.app.add_entries(&Caller::operator(), bank.id, vec![entry]).await.unwrap();
    (house, bank)
}

fn only(answer: &Answer) -> &MatchReceipt {
    let [receipt] = answer.matches.as_deref().unwrap() else { panic!("{answer:?}") };
    receipt
}

#[tokio::test]
async fn a_known_video_is_held_with_a_receipt_of_its_shares() {
    let (house, bank) = knowing(video(0..10)).await;
    let upload = video(1..9);
    let answer = submit(&house, Surface::PublicGroup, &file(&upload)).await;
    // A perceptual match only holds, whatever the bank asks for.
    assert_eq!((answer.verdict, answer.failure), (Verdict::Review, None));
    let receipt = only(&answer);
    assert_eq!((receipt.signal.as_str(), receipt.distance, receipt.bank), ("vpdq", 0, bank.id));
    let shares = receipt.video.as_ref().unwrap();
    assert_eq!((shares.query_matched, shares.query_frames, shares.query_percent), (8, 8, 100));
    assert_eq!((shares.compared_matched, shares.compared_frames, shares.compared_percent), (8, 10, 80));
    assert_eq!((shares.excerpt_percent, shares.contained_percent, shares.frame), (80, 80, Some(0)));
    assert_eq!(receipt.asked, scene(1).to_string());

    let mut reader = house.app.store.read().await.unwrap();
    let id = answer.submission.unwrap();
    let row = submissions::find(&mut reader, id).await.unwrap().unwrap();
    assert_eq!((row.mime.as_deref(), row.width, row.quality), (Some("video/mp4"), Some(320), None));
    let kept = submissions::signals(&mut reader, id).await.unwrap();
    let stored = kept.iter().find(|signal| signal.kind == i64::from(SignalKind::Vpdq as u8)).unwrap();
    assert_eq!(Vpdq::from_bytes(&stored.value).unwrap(), upload);
    // From what is kept the same answer follows again.
    let signals = Signals { video: Some(Arc::new(upload)), ..Signals::default() };
    let again = house.app.find_matches(&signals, &Asked::with_coin(0.0));
    assert_eq!(again.iter().map(|found| found.entry).collect::<Vec<_>>(), [receipt.entry]);
}

#[tokio::test]
async fn an_excerpt_and_a_video_around_a_known_one_match_and_a_few_scenes_do_not() {
    let (house, _) = knowing(video(0..5)).await;
    let verdict = async |scenes: Vec<u8>| {
        let answer = submit(&house, Surface::PublicGroup, &file(&video(scenes))).await;
        (answer.verdict, answer.matches.unwrap().len())
    };
    assert_eq!(verdict(vec![2]).await, (Verdict::Review, 1), "an excerpt");
    assert_eq!(verdict((0..15).collect()).await, (Verdict::Review, 1), "much around it");
    assert_eq!(verdict((2..15).collect()).await, (Verdict::Allow, 0), "three scenes of five");
    assert_eq!(verdict((8..15).collect()).await, (Verdict::Allow, 0), "another video");
}

#[tokio::test]
async fn videos_are_found_among_pictures_and_pictures_among_videos() {
    let (house, _) = knowing(video([3, 4, 3])).await;
    let known = bank(&house.app, "PICTURES", Verdict::Block);
    keep(&house.app, &known, &[Signal::Pdq(scene(9))]).await;

    let shows = submit(&house, Surface::PublicGroup, &file(&video([5, 9, 6, 7]))).await;
    let receipt = only(&shows);
    assert_eq!((receipt.signal.as_str(), receipt.bank, shows.verdict), ("pdq", known.id, Verdict::Review));
    let shares = receipt.video.as_ref().unwrap();
    assert_eq!((shares.frame, shares.milliseconds, shares.compared_percent), (Some(30), Some(1000), 100));

    let still = Signals { pdq: Some(scene(4)), ..Signals::default() };
    let still = submit_signals(&house, Surface::PublicGroup, still).await;
    let receipt = only(&still);
    assert_eq!((receipt.signal.as_str(), still.verdict), ("vpdq", Verdict::Review));
    assert_eq!(receipt.asked, scene(4).to_string());
    assert_eq!(receipt.video.as_ref().unwrap().compared_frames, 2, "a scene that comes twice counts once");
}

#[tokio::test]
async fn other_processes_see_a_video_come_and_go() {
    let (house, bank) = knowing(video(0..4)).await;
    let other = house.second_process().await;
    other.load_banks().await.unwrap();
    let signals = Signals { video: Some(Arc::new(video(0..4))), ..Signals::default() };
    let still = Signals { pdq: Some(scene(2)), ..Signals::default() };
    let found =
        |app: &App| [&signals, &still].map(|signals| app.find_matches(signals, &Asked::with_coin(0.0)).len());
    assert_eq!((found(&house.app), found(&other)), ([1, 1], [1, 1]));
    house.app.remove_entry(&Caller::operator(), bank.id, 1).await.unwrap();
    other.follow_changes().await.unwrap();
    assert_eq!((found(&house.app), found(&other)), ([0, 0], [0, 0]));
}

#[tokio::test]
async fn what_was_seen_of_a_video_that_takes_too_long_counts() {
    let (house, _) = knowing(video(0..4)).await;
    let cut = |scenes| [file(&video(scenes)), b"cut".to_vec()].concat();
    let known = submit(&house, Surface::DirectMessage, &cut(0..3)).await;
    assert!(!known.examined);
    let known = submit(&house, Surface::PublicGroup, &cut(0..3)).await;
    assert_eq!((known.verdict, known.failure), (Verdict::Review, Some(Failure::TooMuchTime)));
    assert_eq!(only(&known).signal, "vpdq");
    let other = submit(&house, Surface::PublicGroup, &cut(8..12)).await;
    assert_eq!((other.verdict, other.matches.unwrap().len()), (Verdict::Review, 0), "the rest is unknown");
}

async fn import(house: &House, bank: BankId, text: &str) -> crate::bank_lists::ImportReport {
    let mut file = house.app.scratch_file().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    let settings = ImportSettings { format: None, long: ListedKind::Pdq, source: None, dry_run: false };
    house.app.import_list(&Caller::operator(), bank, file, settings).await.unwrap()
}

#[tokio::test]
async fn videos_are_imported_as_text_and_as_lists_and_hostile_ones_are_named() {
    let (house, bank) = knowing(video(0..2)).await;
    let (text, field) = (video(2..4).to_string(), video(4..6).field());
    let json = format!("{{\"signals\":{{\"vpdq\":\"{field}\",\"md5\":\"{}\"}}}}\n", "7".repeat(32));
    for list in [text.as_str(), json.as_str(), &format!("vpdq:{}\n", video(6..8).field())] {
        let report = import(&house, bank.id, list).await;
        assert_eq!((report.entries, report.faulty), (1, 0), "{report:?}");
    }
    let query = EntryQuery { limit: 10, ..EntryQuery::default() };
    let entries = house.app.entries(&Caller::operator(), bank.id, &query).await.unwrap();
    let videos: Vec<_> =
        entries.iter().map(|shown| (**shown.signals.video.as_ref().unwrap()).clone()).collect();
    assert_eq!(videos, [video(0..2), video(2..4), video(4..6), video(6..8)]);
    assert_eq!(entries[2].signals.by_kind().len(), 2);
    let signals = Signals { video: Some(Arc::new(video(6..8))), ..Signals::default() };
    assert_eq!(house.app.find_matches(&signals, &Asked::with_coin(0.0)).len(), 1);

    let poor = text.replace(",100,", ",49,");
    for (list, problem) in [
        (text.replacen(",100,", ",101,", 1), "frame 1: its quality"),
        ("{\"vpdq\":\"1,2,3\"}\n".to_owned(), "frame 1: it is not number,quality,hash,seconds"),
        (poor, "no frame of its video has a quality of 50"),
    ] {
        let report = import(&house, bank.id, &list).await;
        assert!(report.faulty == 1 && report.added.is_none(), "{report:?}");
        assert!(report.faults[0].problem.contains(problem), "{report:?}");
    }
}
