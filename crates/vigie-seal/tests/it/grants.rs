//! What a grant lets pass is what it names, and nothing else: generated grants and sets of records, against a model written
//! apart, at the gate and in the package that is made of them.
//!
//! `VIGIE_GRANT_CASES` says how many; a release asks for a million.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Consent, Field, Grant, GrantedTask, NilReturn, Record, Span};
use vigie_model::id::{GrantId, Identifier as _, PackageId, PersonId, RequestId, TaskId};
use vigie_seal::grants::{Gate, SignedGrant, check};
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::package::{Builder, Identity, Package, PackageError, RELEASER, TrustedKeys, open};

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

/// What was thrown at the guard, and what it let out.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    sets: u64,
    records: u64,
    passed: u64,
    fields: u64,
    outside: u64,
    packages: u64,
}

impl Counts {
    /// A set of records against a grant: each is held to the grant by the gate and to the model; of some sets a package is made.
    fn throw(&mut self, choices: &mut Choices<'_>) -> Result<(), TestCaseError> {
        let grant = grant(choices);
        let is_sealed = choices.below(256) == 1;
        let count = choices.below(7);
        let set: Vec<_> = (0..count).map(|_| record(choices, &grant)).collect();
        let gate = Gate::of(&grant);
        let passes = |(task, record): &&(TaskId, Record)| gate.admits(*task, record).is_ok();
        let kept: Vec<_> = set.iter().filter(passes).cloned().collect();
        self.sets += 1;
        self.records += set.len() as u64;
        self.passed += kept.len() as u64;
        for (task, record) in &kept {
            let fields = record.fields().len() as u64;
            self.fields += fields;
            self.outside += if model_admits(&grant, *task, record) { 0 } else { fields };
        }
        prop_assert_eq!(self.outside, 0);
        if is_sealed {
            self.packages += 1;
            seal_both(&grant, &set, &kept)?;
        }
        Ok(())
    }
}

/// The set as it came is sealed where all of it is within the grant, and refused otherwise; what was kept of it is sealed, and
/// the manifest and the opened records say exactly that.
fn seal_both(
    grant: &Grant,
    set: &[(TaskId, Record)],
    kept: &[(TaskId, Record)],
) -> Result<(), TestCaseError> {
    let whole = sealed(grant, set);
    let is_within = set.iter().all(|(task, record)| model_admits(grant, *task, record));
    prop_assert_eq!(whole.is_ok(), is_within);
    let is_refused = matches!(whole, Err(PackageError::Outside { .. }));
    prop_assert_ne!(is_refused, is_within);
    let bytes = sealed(grant, kept).unwrap().to_bytes();
    let trusted = TrustedKeys { service: vec![service().verifier()], log: None };
    let opened = open(&bytes, &identity(), &trusted).unwrap();
    for answer in
        [&opened.verification.authentic, &opened.verification.complete, &opened.verification.within_grant]
    {
        prop_assert!(answer.is_yes(), "{:?}", answer);
    }
    prop_assert!(opened.outside.is_empty());
    let told = |one: &(TaskId, Record)| format!("{one:?}");
    let mut left: Vec<_> = kept.iter().map(told).collect();
    let lines = opened.lines.iter().filter_map(|line| Some((line.task, line.record.clone()?)));
    let mut found: Vec<_> = lines.map(|line| told(&line)).collect();
    left.sort_unstable();
    found.sort_unstable();
    prop_assert_eq!(left, found);
    for coverage in opened.verification.manifest.unwrap().coverage {
        let rows = kept.iter().filter(|(task, _)| *task == coverage.task).count() as u64;
        let granted = grant.task(coverage.task).unwrap();
        prop_assert_eq!(coverage.rows, rows);
        prop_assert!(coverage.fields.iter().all(|field| granted.fields.contains(field)));
        for moment in coverage.first.into_iter().chain(coverage.last) {
            prop_assert!(granted.span.from <= moment && moment < granted.span.until);
        }
    }
    Ok(())
}

fn service() -> SignerKey {
    SignerKey::from_seed("messenger.example/desk", Kind::Note, &[1; 32]).unwrap()
}

fn identity() -> Identity {
    // A fixed key of tests alone.
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX".parse().unwrap()
}

fn sealed(grant: &Grant, records: &[(TaskId, Record)]) -> Result<Package, PackageError> {
    let signed = SignedGrant::sign(grant, &service()).unwrap();
    let id = PackageId::from_uuid(uuid::Uuid::nil());
    let mut builder = Builder::new(signed, &[service().verifier()], id, Moment(0), Moment(1))?;
    for granted in &grant.tasks {
        let is_empty = !records.iter().any(|(task, _)| *task == granted.task);
        if is_empty {
            builder.nil.insert(granted.task, NilReturn::NothingRecorded);
        }
    }
    let consent = |number, role: &str| Consent {
        person: PersonId::from_uuid(uuid::Uuid::from_u128(number)),
        role: role.into(),
        at: Moment(0),
    };
    builder.approvals = vec![consent(1, "legal_officer"), consent(2, RELEASER)];
    builder.seal(records.iter().cloned(), &identity().to_public(), &service())
}

#[test]
fn of_a_set_of_records_nothing_leaves_but_what_was_granted() {
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let counts = Cell::new(Counts::default());
    let outcome = TestRunner::new(config).run(&any::<[u8; 96]>(), |bytes| {
        let mut so_far = counts.get();
        let thrown = so_far.throw(&mut Choices(&bytes));
        counts.set(so_far);
        thrown
    });
    println!("{:?}", counts.get());
    outcome.unwrap();
    let Counts { sets, records, passed, packages, outside, .. } = counts.get();
    assert_eq!(outside, 0);
    // Both answers come up often enough to mean something, and so do packages.
    let is_telling = records > sets && passed * 10 > records && passed * 10 < records * 9;
    assert!(sets < 10_000 || (is_telling && packages * 1_000 > sets), "{:?}", counts.get());
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
