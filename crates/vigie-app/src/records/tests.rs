//! The guard against records of every kind, and pulls from connectors that do not keep to the grant.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use uuid::Uuid;
use vigie_model::ManualClock;
use vigie_model::disclosure::{Category, GrantedTask, Identifier, Span, is_phone_number};
use vigie_model::id::{GrantId, RequestId};

use super::*;
use crate::ports::Answer;

const TASK: TaskId = TaskId(Uuid::from_u128(1));
const FROM: Moment = Moment(1_000);
const UNTIL: Moment = Moment(2_000);

fn grant(subjects: &[&str], fields: &[Field]) -> Grant {
    let task = GrantedTask {
        task: TASK,
        category: Category::Identification,
        subjects: subjects.iter().map(|subject| (*subject).to_owned()).collect(),
        fields: fields.to_vec(),
        span: Span { from: FROM, until: UNTIL },
    };
    Grant {
        version: 1,
        id: GrantId(Uuid::from_u128(2)),
        request: RequestId(Uuid::from_u128(3)),
        reference: "4711/26".into(),
        authority: "Tribunal of the tests".into(),
        service: "lakechat".into(),
        rule_set: "eu-epoc@1".into(),
        tasks: vec![task],
        granted_at: Moment(0),
        expires_at: Moment(10_000),
        approvals: vec![],
    }
}

fn connection(account: &str, at: i64) -> Record {
    Record::Connection { account: account.into(), address: "192.0.2.7".into(), port: None, at: Moment(at) }
}

fn why(grant: &Grant, record: Record) -> Outside {
    let records = vec![connection("a", 1_500), record];
    let outside = admitted(grant, TASK, records).unwrap_err();
    assert_eq!(outside.position, 1);
    outside.why
}

#[test]
fn one_record_outside_the_grant_spoils_the_pull() {
    let grant = grant(&["a", "b"], &[Field::Address, Field::At]);
    let both = vec![connection("a", 1_000), connection("b", 1_999), connection("a", 1_001)];
    assert_eq!(admitted(&grant, TASK, both.clone()), Ok(both));
    assert_eq!(why(&grant, connection("c", 1_500)), Refused::Subject.into());
    assert_eq!(why(&grant, connection("a", 999)), Refused::Span.into());
    assert_eq!(why(&grant, connection("a", 2_000)), Refused::Span.into());
    let with_port = Record::Connection {
        account: "a".into(),
        address: "192.0.2.7".into(),
        port: Some(4711),
        at: Moment(1_500),
    };
    assert_eq!(why(&grant, with_port), Refused::Field(Field::Port).into());
    let phone =
        Record::Phone { account: "a".into(), phone_number: "+447700900123".into(), since: None, until: None };
    assert_eq!(why(&grant, phone), Refused::Field(Field::PhoneNumber).into());
    let other = TaskId(Uuid::from_u128(9));
    assert_eq!(admitted(&grant, other, vec![]).unwrap_err().why, Refused::Task.into());
}

#[test]
fn words_leave_in_no_field() {
    let grant = grant(&["a"], Field::ALL);
    for address in ["", "what they said", "192.0.2.7 and more", "192.0.2.0/24", "fe80::1%eth0", "localhost"] {
        let record = Record::Connection {
            account: "a".into(),
            address: address.into(),
            port: None,
            at: Moment(1_500),
        };
        assert_eq!(why(&grant, record), Outside::NoValue(Field::Address), "{address}");
    }
    for number in
        ["", "+", "447700900123", "+0447700900", "+44 7700 900123", "+1234567890123456", "+44770090x"]
    {
        let record =
            Record::Phone { account: "a".into(), phone_number: number.into(), since: None, until: None };
        assert_eq!(why(&grant, record), Outside::NoValue(Field::PhoneNumber), "{number}");
    }
    assert!(is_phone_number("+33199001234") && is_phone_number("+447700900123"));
}

#[test]
fn a_criterion_is_one_of_three_and_never_all() {
    for text in ["posted", "posted_media:media-7", "administers"] {
        assert_eq!(text.parse::<Criterion>().unwrap().to_string(), text);
    }
    for text in ["", "all", "member", "posted_media:", "posted:x", "those who posted the picture"] {
        assert_eq!(text.parse::<Criterion>(), Err(NoCriterion), "{text}");
    }
}

fn any_record() -> impl Strategy<Value = Record> {
    let account = prop_oneof![Just("a"), Just("b"), Just("c"), Just("A"), Just("")];
    let address = prop_oneof![
        Just("192.0.2.7".to_owned()),
        Just("2001:db8::7".to_owned()),
        Just("words".to_owned()),
        ".{0,12}"
    ];
    let number = prop_oneof![Just("+447700900123".to_owned()), Just("+33199001234".to_owned()), ".{0,12}"];
    let moment = || (900_i64..2_100).prop_map(Moment);
    let connection = (account.clone(), address, proptest::option::of(any::<u16>()), moment()).prop_map(
        |(account, address, port, at)| Record::Connection { account: account.into(), address, port, at },
    );
    let phone = (account, number, proptest::option::of(moment()), proptest::option::of(moment())).prop_map(
        |(account, phone_number, since, until)| Record::Phone {
            account: account.into(),
            phone_number,
            since,
            until,
        },
    );
    prop_oneof![3 => connection, 1 => phone]
}

/// Many, or in proportion to what a release asks for.
fn cases() -> u32 {
    let asked = std::env::var_os("VIGIE_GRANT_CASES").and_then(|cases| cases.to_str()?.parse::<u32>().ok());
    asked.map_or(10_000, |cases| (cases / 4).max(1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Whatever a connector gives: what passes is within the grant, record by record, and what does not pass leaves nothing.
    #[test]
    fn what_passes_the_guard_is_within_the_grant(
        records in proptest::collection::vec(any_record(), 0..12),
        subjects in proptest::sample::subsequence(vec!["a", "b"], 0..=2),
        fields in proptest::sample::subsequence(Field::ALL.to_vec(), 0..=4),
    ) {
        let grant = grant(&subjects, &fields);
        let is_inside = |record: &Record| {
            let value = match record {
                Record::Phone { phone_number, .. } => is_phone_number(phone_number),
                Record::Connection { address, .. } => address.parse::<IpAddr>().is_ok(),
            };
            grant.admits(TASK, record).is_ok() && value
        };
        match admitted(&grant, TASK, records.clone()) {
            Ok(kept) => {
                prop_assert!(kept.iter().all(is_inside));
                prop_assert_eq!(kept, records);
            }
            Err(outside) => {
                prop_assert!(!is_inside(&records[outside.position]));
                prop_assert!(records[..outside.position].iter().all(is_inside));
            }
        }
    }
}

/// A connector that gives one page after the other, whatever it is asked.
#[derive(Default)]
struct Script {
    pages: Mutex<Vec<Page>>,
    /// Given again for ever, under a new cursor each time.
    endless: Option<Vec<Record>>,
    /// Moves on with every page.
    clock: Option<Arc<ManualClock>>,
    asked: Mutex<Vec<Option<String>>>,
}

impl AccountRecords for Script {
    fn capabilities(&self) -> Capabilities {
        Capabilities { identifiers: vec![], groups: false, fields: vec![], holds: false }
    }

    fn resolve<'a>(
        &'a self,
        _: &'a Identifier,
        _: &'a Span,
        _: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(std::future::ready(Ok(vec![])))
    }

    fn resolve_group<'a>(
        &'a self,
        _: &'a Identifier,
        _: &'a Criterion,
        _: u32,
        _: &'a Span,
        _: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(std::future::ready(Ok(vec![])))
    }

    fn pull<'a>(
        &'a self,
        _: &'a [u8],
        _: TaskId,
        cursor: Option<&'a str>,
        _: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(cursor.map(str::to_owned));
        if let Some(clock) = &self.clock {
            clock.advance(std::time::Duration::from_millis(4));
        }
        let page = match &self.endless {
            Some(records) => Page { records: records.clone(), next: Some(asked.len().to_string()) },
            None => self.pages.lock().unwrap().remove(0),
        };
        Box::pin(std::future::ready(Ok(page)))
    }

    fn preserve<'a>(
        &'a self,
        _: &'a str,
        _: &'a [Category],
        _: Moment,
        _: &'a str,
        _: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        Box::pin(std::future::ready(Ok(vec![])))
    }

    fn lift<'a>(&'a self, _: &'a str, _: Moment) -> Answer<'a, Result<(), RecordsError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn page<const COUNT: usize>(records: [&Record; COUNT], next: Option<&str>) -> Page {
    Page { records: records.map(Clone::clone).to_vec(), next: next.map(str::to_owned) }
}

async fn pulled(script: &Script, now: i64) -> Result<Vec<Record>, PullError> {
    let grant = grant(&["a", "b"], &[Field::Address, Field::At]);
    pull_whole(script, b"signed", &grant, TASK, &ManualClock::at(Moment(now))).await
}

fn script(pages: Vec<Page>) -> Script {
    Script { pages: Mutex::new(pages), ..Script::default() }
}

#[tokio::test]
async fn all_pages_are_taken_in_their_order() {
    let (one, two) = (connection("a", 1_100), connection("b", 1_200));
    let script = script(vec![page([&one], Some("x")), page([&two], None)]);
    assert_eq!(pulled(&script, 5_000).await.unwrap(), [one, two]);
    assert_eq!(*script.asked.lock().unwrap(), [None, Some("x".to_owned())]);
}

#[tokio::test]
async fn a_record_outside_on_a_late_page_leaves_nothing_of_the_early_ones() {
    let script = script(vec![
        page([&connection("a", 1_100), &connection("a", 1_101)], Some("x")),
        page([&connection("a", 1_200), &connection("c", 1_300)], None),
    ]);
    let Err(PullError::Outside(outside)) = pulled(&script, 5_000).await else { panic!("it was let through") };
    assert_eq!(outside, OutsideGrant { position: 3, why: Refused::Subject.into() });
}

#[tokio::test]
async fn pages_that_lead_nowhere_end() {
    let row = connection("a", 1_100);
    for pages in [
        vec![page([], Some("x")), page([], Some("x"))],
        vec![page([&row], Some("x")), page([&row], Some("x"))],
        vec![page([&row], Some("x")), page([&row], Some("y")), page([&row], Some("x"))],
    ] {
        let outcome = pulled(&script(pages), 5_000).await;
        assert!(matches!(outcome, Err(PullError::Records(RecordsError::Malformed(_)))), "{outcome:?}");
    }
    let endless = Script { endless: Some(vec![row.clone()]), ..Script::default() };
    let outcome = pulled(&endless, 5_000).await;
    assert!(matches!(outcome, Err(PullError::Records(RecordsError::TooMuch(_)))), "{outcome:?}");
    assert_eq!(endless.asked.lock().unwrap().len(), MOST_PAGES);
    let heavy = Script { endless: Some(vec![row; 50_000]), ..Script::default() };
    let outcome = pulled(&heavy, 5_000).await;
    assert!(matches!(outcome, Err(PullError::Records(RecordsError::TooMuch(_)))), "{outcome:?}");
    assert_eq!(heavy.asked.lock().unwrap().len(), MOST_RECORDS / 50_000 + 1, "and no page more is asked for");
}

#[tokio::test]
async fn nothing_is_asked_for_under_a_grant_that_does_not_hold() {
    for now in [-1, 10_000, 10_001] {
        let script = script(vec![page([&connection("a", 1_100)], None)]);
        assert!(matches!(pulled(&script, now).await, Err(PullError::Expired)), "{now}");
        assert!(script.asked.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn nothing_is_kept_where_the_grant_expires_between_two_pages() {
    // It holds until 10,000 microseconds, and each page takes four thousand.
    let row = connection("a", 1_100);
    let clock = Arc::new(ManualClock::at(Moment(0)));
    let pages = (0..4).map(|number| page([&row], ["x", "y", "z"].get(number).copied()));
    let script = Script { clock: Some(clock.clone()), ..script(pages.collect()) };
    let grant = grant(&["a"], &[Field::Address, Field::At]);
    let outcome = pull_whole(&script, b"signed", &grant, TASK, &*clock).await;
    assert!(matches!(outcome, Err(PullError::Expired)), "{outcome:?}");
    assert_eq!(script.asked.lock().unwrap().len(), 3);
}
