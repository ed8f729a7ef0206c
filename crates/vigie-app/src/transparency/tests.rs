//! What the public reads of requests, and what it never does.

mod small;

use std::time::Duration;

use vigie_model::Role;
use vigie_model::disclosure::{Instrument, RefusalGround, Silence};
use vigie_seal::accounts::judge;

use super::*;
use crate::requests::Refusal;
use crate::requests::tests::{Desk, desk, instrument};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Five requests were refused, and one was answered.
async fn busy() -> Desk {
    let desk = desk().await;
    for number in 0..5 {
        let id = desk.send(&instrument(&desk.house, &format!("u-{number}"))).await;
        desk.work().await;
        let refusal = Refusal {
            tasks: Default::default(),
            ground: RefusalGround::OverBroad,
            explanation: "too much".into(),
        };
        desk.house.app.refuse_tasks(&desk.officer, id, &refusal).await.unwrap();
    }
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    desk.release(id).await;
    desk
}

/// The leaves of a log that is verified as an auditor does.
async fn leaves(app: &App, report: &Report) -> BTreeMap<u64, Hash> {
    let opened = report.for_auditors.as_ref().unwrap();
    let mut read = app.store.read().await.unwrap();
    let epoch = app.known_epoch().await.unwrap().unwrap();
    let mut leaves = BTreeMap::new();
    for one in &opened.openings {
        let found = vigie_store::log::hashes(&mut read, &epoch, 0, one.index, 1).await.unwrap();
        leaves.insert(one.index, found[0]);
    }
    leaves
}

fn shown<'a>(cells: impl IntoIterator<Item = (&'a Key, Shown)>) -> Vec<String> {
    let line = |(of, count): (&Key, Shown)| {
        let words = [&of.country, &of.regime, &of.ground].map(|word| word.clone().unwrap_or_default());
        format!("{} {} {count}", of.action, words.join(" "))
    };
    cells.into_iter().map(line).collect()
}

#[tokio::test]
async fn a_report_counts_what_the_ledger_says_and_its_openings_prove_every_number() {
    let desk = busy().await;
    let app = &desk.house.app;
    app.publish_ledger().await.unwrap();
    desk.house.clock.advance(Duration::from_secs(1));
    let auditor = desk.house.person("Ada", Role::Auditor).await;
    let period = (app.now().before(DAY * 30), app.now());
    let report = app.transparency_report(&auditor, period, true).await.unwrap();
    assert_eq!(
        shown(report.cells.iter().map(|cell| (&cell.of, cell.count))),
        [
            "package.released FR fr-77-1-1  1-4",
            "request.accepted FR fr-77-1-1  1-4",
            "request.received FR fr-77-1-1  6",
            "request.refused FR fr-77-1-1 over_broad 5",
        ]
    );
    assert_eq!(report.times.len(), 1, "six answers are enough for a median");
    let judged = judge(&report, report.for_auditors.as_ref().unwrap(), &leaves(app, &report).await);
    assert!(judged.holds(), "{judged:?}");

    let again = app.transparency_report(&desk.officer, period, false).await.unwrap();
    assert_eq!(again.cells, report.cells, "the part for auditors fits what was published apart from it");
    let text = serde_json::to_string(&again).unwrap();
    assert!(!text.contains("request:") && !text.contains("Parquet"), "{text}");
}

#[tokio::test]
async fn who_may_not_read_the_ledger_gets_no_openings_and_no_report_is_made_unseen() {
    let desk = busy().await;
    let app = &desk.house.app;
    app.publish_ledger().await.unwrap();
    desk.house.clock.advance(Duration::from_secs(1));
    let period = (app.now().before(DAY * 30), app.now());
    let refused = app.transparency_report(&desk.officer, period, true).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let reviewer = desk.house.person("Ben", Role::Reviewer).await;
    let refused = app.transparency_report(&reviewer, period, false).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let refused = app.order_tables(&reviewer, period).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let open = (period.0, app.now().after(DAY));
    let refused = app.transparency_report(&desk.officer, open, false).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
    app.transparency_report(&desk.officer, period, false).await.unwrap();
    let mut read = app.store.read().await.unwrap();
    let acts = vigie_store::acts::about(&mut read, "transparency").await.unwrap();
    assert_eq!(acts.len(), 1, "{acts:?}");
}

#[tokio::test]
async fn the_public_reads_half_years_that_have_ended_and_small_rows_stay_out_of_its_table() {
    let mut desk = busy().await;
    let during = desk.house.app.newest_half_year().await.unwrap();
    assert_eq!((during.name.as_str(), during.cells.len()), ("2026-H1", 0), "the half-year goes on");
    desk.house.clock.advance(DAY * 120);
    desk.sign_in_again().await;
    let app = &desk.house.app;
    let after = app.newest_half_year().await.unwrap();
    assert_eq!((after.name.as_str(), after.cells.len()), ("2026-H2", 4));
    assert_eq!(after.orders.to_inform.len(), 1);
    let row = &after.orders.to_inform[0];
    assert_eq!((row.member_state.as_str(), row.orders, row.items), ("FR", 6, 6));
    assert_eq!(row.median_receipt, Some(Duration::ZERO));
    assert_eq!(row.median_effect, None, "one alone was given effect");
    let csv = String::from_utf8(after.orders.to_inform_csv()).unwrap();
    assert!(csv.contains("FR,STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE,6,6,"), "{csv}");
    assert_eq!(after.oldest_silence, None);
}

#[tokio::test]
async fn the_oldest_silence_is_told_as_of_the_end_of_the_half_year_and_does_not_move_with_the_day() {
    let mut desk = desk().await;
    desk.house.clock.advance(DAY * 60);
    desk.sign_in_again().await;
    for number in 0..5 {
        let silence = Silence { basis: "article 11 CPP".into(), until: None, text: String::new() };
        let silent = Instrument { silence: Some(silence), ..instrument(&desk.house, &format!("u-{number}")) };
        desk.send(&silent).await;
    }
    let oldest = async |desk: &Desk| {
        // As after a new start.
        *desk.house.app.newest().0.lock().await = None;
        desk.house.app.newest_half_year().await.unwrap().oldest_silence
    };
    assert_eq!(oldest(&desk).await, None, "they stand since today, and the half-year is over");
    let begun = desk.house.app.now();
    desk.house.clock.advance(DAY * 120);
    desk.sign_in_again().await;
    let then = oldest(&desk).await;
    let period = desk.house.app.newest_half_year().await.unwrap().period;
    assert_eq!(then, Some(age(period.1.since(begun))));
    assert_ne!(then, Some(age(DAY * 120)));
    for days in [20, 30] {
        desk.house.clock.advance(DAY * days);
        assert_eq!(oldest(&desk).await, then, "{days} days later");
    }
    let gag = desk.house.app.gags(&desk.house.again("Lea").await, 0).await.unwrap().remove(0).gag;
    assert!(gag.began_at < period.1);
    desk.house.app.end_gag(&desk.house.again("Lea").await, gag.request, "it is lifted").await.unwrap();
    desk.house.clock.advance(DAY);
    assert_eq!(oldest(&desk).await, then, "one that ended since stood then");
}

#[test]
fn a_listed_offence_says_what_content_is_about_where_its_list_is_about_one_thing() {
    let category = |listed: Option<&str>| {
        let rules = crate::regimes::RuleSets::shipped().unwrap();
        let rules = rules.named("eu-epoc@1").unwrap();
        let example: crate::regimes::Example =
            toml::from_str("name = ''\nexpect = []\ncategory = 'content'").unwrap();
        let mut instrument = example.instrument(rules, Moment(0));
        let offence = instrument.offence.get_or_insert_default();
        offence.listed = listed.map(str::to_owned);
        category_of(&instrument)
    };
    use vigie_formats::request::article_15::ContentCategory as C;
    assert_eq!(category(Some("2011/93:5")), Some(C::Minors));
    assert_eq!(category(Some("Directive 2011/93/EU")), Some(C::Minors));
    assert_eq!(category(Some("2019/713")), Some(C::Scams));
    assert_eq!(category(Some("Directive (EU) 2017/541, Article 3")), Some(C::PublicSecurity));
    for unsaid in [None, Some(""), Some("2013/40"), Some("7872"), Some("2011/931"), Some("2011/93; 2017/541")]
    {
        assert_eq!(category(unsaid), None, "{unsaid:?}");
    }
}

#[tokio::test]
async fn orders_count_under_the_category_of_their_listed_offence() {
    let mut desk = desk().await;
    for number in 0..5 {
        let mut listed = instrument(&desk.house, &format!("u-{number}"));
        listed.offence.as_mut().unwrap().listed = Some("2011/93:5".into());
        desk.send(&listed).await;
    }
    desk.house.clock.advance(DAY * 120);
    desk.sign_in_again().await;
    let half = desk.house.app.newest_half_year().await.unwrap();
    let csv = String::from_utf8(half.orders.to_inform_csv()).unwrap();
    assert!(csv.contains("FR,STATEMENT_CATEGORY_PROTECTION_OF_MINORS,5,5,"), "{csv}");
}

#[test]
fn half_years_end_in_july_and_in_january() {
    let name = |text: &str| ended_half_year(text.parse().unwrap()).unwrap().0;
    assert_eq!(name("2026-06-30T23:59:59Z"), "2025-H2");
    assert_eq!(name("2026-07-01T00:00:00Z"), "2026-H1");
    assert_eq!(name("2026-12-31T23:59:59Z"), "2026-H1");
    let (_, (from, until)) = ended_half_year("2027-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!((from.day().as_str(), until.day().as_str()), ("2026-07-01", "2027-01-01"));
    assert_eq!([29, 30, 90, 365].map(|days| age(DAY * days)), SilenceAge::ALL);
}
