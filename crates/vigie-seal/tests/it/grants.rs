//! What a grant lets pass is what it names, and nothing else: generated grants and records, against a model written apart.
//!
//! `VIGIE_GRANT_CASES` says how many; a release asks for a million.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, Grant, GrantedTask, Record, Span};
use vigie_model::id::{GrantId, Identifier as _, RequestId, TaskId};
use vigie_seal::grants::{Gate, check};

const CASES: u32 = 100_000;

/// All moments lie in this range, so that a span can be told by counting its moments.
const LAST: i64 = 9;
const ACCOUNTS: [&str; 5] = ["u1", "u2", "U1", "u1 ", "12"];

fn cases() -> u32 {
    let value = std::env::var_os("VIGIE_GRANT_CASES");
    value.map_or(CASES, |value| value.to_str().unwrap().parse().expect("VIGIE_GRANT_CASES is a number"))
}

/// Draws choices from a list of bytes; it gives zeros when they are used up.
struct Choices<'bytes>(&'bytes [u8]);

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % bound
    }

    fn moment(&mut self) -> i64 {
        self.below(LAST as usize + 1) as i64
    }

    fn span(&mut self) -> (i64, i64) {
        let (one, other) = (self.moment(), self.moment());
        (one.min(other), one.max(other) + 1)
    }

    fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let chosen = self.below(1 << of.len());
        of.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, one)| *one).collect()
    }
}

fn task(number: usize) -> TaskId {
    TaskId::from_uuid(uuid::Uuid::from_u128(number as u128))
}

fn granted(choices: &mut Choices<'_>, number: usize) -> GrantedTask {
    let category = [Category::Subscriber, Category::Identification][choices.below(2)];
    let of_category: Vec<_> =
        Field::ALL.iter().copied().filter(|field| field.category() == category).collect();
    let mut fields = choices.some(&of_category);
    if fields.is_empty() {
        fields = of_category;
    }
    let (from, until) = choices.span();
    let subjects = choices.some(&ACCOUNTS).into_iter().map(str::to_owned).collect();
    let span = Span { from: Moment(from), until: Moment(until) };
    GrantedTask { task: task(number), category, subjects, fields, span }
}

fn grant(choices: &mut Choices<'_>) -> Grant {
    let tasks = (0..=choices.below(3)).map(|number| granted(choices, number)).collect();
    Grant {
        version: 1,
        id: GrantId::from_uuid(uuid::Uuid::nil()),
        request: RequestId::from_uuid(uuid::Uuid::nil()),
        reference: "7".into(),
        authority: "authority".into(),
        service: "service".into(),
        rule_set: "rules@1".into(),
        tasks,
        granted_at: Moment(0),
        expires_at: Moment(1),
        approvals: vec![],
    }
}

/// A record of any kind about anybody; half of the time of the kind and about an account that some task names.
fn record(choices: &mut Choices<'_>, grant: &Grant) -> (TaskId, Record) {
    let aimed = &grant.tasks[choices.below(grant.tasks.len())];
    let (task, mut account, mut phone) =
        (task(choices.below(4)), ACCOUNTS[choices.below(ACCOUNTS.len())].to_owned(), choices.below(2) == 0);
    let aims = choices.below(2) == 0;
    if aims {
        phone = aimed.category == Category::Subscriber;
        account = aimed.subjects.first().cloned().unwrap_or(account);
    }
    let task = if aims { aimed.task } else { task };
    if phone {
        let (from, until) = choices.span();
        let since = (choices.below(3) > 0).then_some(Moment(from));
        let until = (choices.below(3) > 0).then_some(Moment(until));
        return (task, Record::Phone { account, phone_number: "+33600000000".into(), since, until });
    }
    let port = (choices.below(2) > 0).then_some(443);
    (task, Record::Connection { account, address: "192.0.2.1".into(), port, at: Moment(choices.moment()) })
}

/// The model: a record is a set of facts (task, account, what it says) and of moments, read from its JSON; a grant is a set of
/// facts that may be said, and of moments for each task.
fn model_admits(grant: &Grant, task: TaskId, record: &Record) -> bool {
    let json = serde_json::to_value(record).unwrap();
    let members = json.as_object().unwrap();
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let moment = |name: &str| text(name).map(|text| text.parse::<Moment>().unwrap().0);
    let says: BTreeSet<String> = members
        .keys()
        .filter(|name| !matches!(name.as_str(), "record" | "account" | "since" | "until"))
        .cloned()
        .collect();
    let moments: BTreeSet<i64> = match moment("at") {
        Some(at) => BTreeSet::from([at]),
        // A number that was had since ever, or is had still, is had at every moment on that side.
        None => (moment("since").unwrap_or(0)..moment("until").unwrap_or(LAST + 1)).collect(),
    };
    let account = text("account").unwrap();
    let mut may_say = BTreeSet::new();
    let mut may_be = BTreeSet::new();
    for granted in &grant.tasks {
        for (subject, field) in granted
            .subjects
            .iter()
            .flat_map(|subject| granted.fields.iter().map(move |field| (subject, field)))
        {
            may_say.insert((granted.task, subject.clone(), field.name().to_owned()));
        }
        may_be.extend((granted.span.from.0..granted.span.until.0).map(|moment| (granted.task, moment)));
    }
    says.iter().all(|said| may_say.contains(&(task, account.clone(), said.clone())))
        && moments.iter().any(|moment| may_be.contains(&(task, *moment)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_grant_lets_pass_exactly_what_the_model_lets_pass(bytes in any::<[u8; 32]>()) {
        let mut choices = Choices(&bytes);
        let grant = grant(&mut choices);
        check(&grant).unwrap();
        let (task, record) = record(&mut choices, &grant);
        let passes = grant.admits(task, &record);
        prop_assert_eq!(passes.is_ok(), model_admits(&grant, task, &record));
        prop_assert_eq!(Gate::of(&grant).admits(task, &record).map(drop), passes);
        if passes.is_ok() {
            let fields = &grant.task(task).unwrap().fields;
            prop_assert_eq!(record.fields().iter().filter(|field| !fields.contains(field)).count(), 0);
        }
    }
}

/// Both answers come up often enough to mean something.
#[test]
fn the_generated_records_lie_on_both_sides() {
    let mut passed = 0;
    for seed in 0..2_000_u32 {
        use sha2::Digest as _;
        let bytes = sha2::Sha256::digest(seed.to_be_bytes());
        let mut choices = Choices(&bytes);
        let grant = grant(&mut choices);
        let (task, record) = record(&mut choices, &grant);
        passed += u32::from(model_admits(&grant, task, &record));
    }
    assert!((300..1_700).contains(&passed), "{passed} of 2000 pass");
}
