//! No small number follows from what is published, not by subtraction either: beside each there is another history of the house that
//! publishes the very same, and in which that number is another one.
//!
//! Whoever looks knows every rule here, of which kind each regime is, and everything that is published. They do not know the entries.

use proptest::prelude::*;
use vigie_formats::request::article_15::ContentCategory;

use super::*;

const HOUR: i64 = 3_600_000_000;
const UNTIL: i64 = 180 * 24 * HOUR;

/// When a request came: in the span, right before it, or so late in it that the answer comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Before,
    During,
    Late,
}

/// A request, as far as anything is counted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    country: &'static str,
    regime: usize,
    emergency: bool,
    category: ContentCategory,
    /// Whether a package left, or it was refused, and after how many hours.
    answer: Option<(bool, i64)>,
    came: Came,
}

/// Regimes of one kind each: a removal, two productions, one that does not bind.
const REGIMES: [(&str, &str, bool); 4] = [
    ("eu-tco", "removal", true),
    ("fr-60-1", "production", true),
    ("fr-77-1-1", "production", true),
    ("emergency", "production", false),
];

impl Asked {
    fn received_at(&self) -> i64 {
        match self.came {
            Came::Before => -HOUR,
            Came::During => 10 * 24 * HOUR,
            Came::Late => UNTIL - HOUR,
        }
    }

    fn entries(&self, number: usize) -> Vec<Details> {
        let (regime, kind, binding) = REGIMES[self.regime];
        let mut facts = json!({"country": self.country, "regime": regime, "kind": kind, "binding": binding,
            "emergency": self.emergency});
        let entry = |action: &str, at: i64, facts: &serde_json::Value| {
            Details::new(&Caller::system(), action, format!("request:{number}"), Moment(at))
                .with(facts.clone())
        };
        let answered = self.answer.map(|(released, hours)| {
            let action = if released { "package.released" } else { "request.refused" };
            entry(action, self.received_at() + hours * HOUR, &facts)
        });
        facts["door"] = json!("exchange");
        facts["items"] = json!(1);
        facts["category"] = json!(self.category);
        let received = entry(RECEIVED, self.received_at(), &facts);
        std::iter::once(received).chain(answered).collect()
    }

    /// The cell in which an entry of it counts; none where it has none in the span.
    fn counts_in(&self, class: &str) -> Option<Key> {
        let in_span = |entry: &Details| (0..UNTIL).contains(&entry.at.0);
        let entries = self.entries(0).into_iter();
        entries.filter(in_span).find(|entry| entry.action == class).and_then(|entry| accounts::key_of(&entry))
    }
}

/// What is published of these requests.
fn published(house: &[Asked]) -> HalfYear {
    let period = (Moment(0), Moment(UNTIL));
    let all: Vec<_> = house.iter().enumerate().flat_map(|(number, asked)| asked.entries(number)).collect();
    let entries: Vec<_> = (0_u64..).zip(all.clone()).collect();
    let in_span = |entry: &&Details| (period.0..period.1).contains(&entry.at);
    let received = all.iter().filter(in_span).filter(|entry| entry.action == RECEIVED).cloned().collect();
    let effects = all.iter().filter(|entry| entry.action == "package.released");
    let effects = effects.map(|entry| (entry.object.clone(), entry.at)).collect();
    half_year(
        ("2026-H1".into(), period),
        &entries,
        &OrderEntries { received, effects, ..OrderEntries::default() },
    )
}

/// Histories in which one request less, or one more, counts in this cell.
fn neighbours(house: &[Asked], of: &Key) -> Vec<Vec<Asked>> {
    let class = of.action.as_str();
    let mut all = vec![];
    for (at, asked) in
        house.iter().enumerate().filter(|(_, asked)| asked.counts_in(class).as_ref() == Some(of))
    {
        let elsewhere = if class == RECEIVED { Came::Before } else { Came::Late };
        let mut one_less = house.to_vec();
        one_less[at].came = elsewhere;
        all.push(one_less.clone());
        // Nobody knows which of them took how long.
        for (other, one) in house.iter().enumerate().filter(|(_, one)| one.answer.is_some()) {
            let mut exchanged = one_less.clone();
            if let (Some(mine), Some(theirs)) = (asked.answer, one.answer) {
                exchanged[at].answer = Some((mine.0, theirs.1));
                exchanged[other].answer = Some((theirs.0, mine.1));
                all.push(exchanged);
            }
        }
        let hours = house.iter().filter_map(|one| one.answer).map(|(_, hours)| hours);
        for hours in hours.collect::<std::collections::BTreeSet<_>>() {
            let (answer, came) = match class {
                RECEIVED => (None, Came::During),
                _ => (asked.answer.map(|(released, _)| (released, hours)), Came::Before),
            };
            all.push(house.iter().cloned().chain([Asked { answer, came, ..asked.clone() }]).collect());
        }
        if class == RECEIVED {
            let unanswered = Asked { answer: None, came: Came::During, ..asked.clone() };
            all.push(house.iter().cloned().chain([unanswered]).collect());
        }
    }
    all
}

fn number(house: &[Asked], of: &Key) -> usize {
    house.iter().filter(|asked| asked.counts_in(&of.action).as_ref() == Some(of)).count()
}

fn same(one: &HalfYear, other: &HalfYear) -> bool {
    (&one.cells, &one.times, &one.orders) == (&other.cells, &other.times, &other.orders)
}

/// How many orders of a State are about a category, of those that are counted in a table at all.
fn in_row(house: &[Asked], shown: &HalfYear, row: (&str, &str, ContentCategory)) -> Vec<usize> {
    let (country, kind, category) = row;
    let counts = |asked: &Asked| {
        let cell = asked.counts_in(RECEIVED);
        let exact = shown.cells.iter().any(|(key, count)| Some(key) == cell.as_ref() && *count != Shown::Few);
        let (_, its_kind, binding) = REGIMES[asked.regime];
        exact && binding && its_kind == kind && asked.country == country && asked.category == category
    };
    (0..house.len()).filter(|at| counts(&house[*at])).collect()
}

/// Says which small number follows from what is published; none where none does.
fn given_away(house: &[Asked]) -> Option<String> {
    let shown = published(house);
    for (of, _) in shown.cells.iter().filter(|(_, count)| *count == Shown::Few) {
        let is_other =
            |other: &Vec<Asked>| number(other, of) != number(house, of) && same(&published(other), &shown);
        if !neighbours(house, of).iter().any(is_other) {
            return Some(format!("{of:?} is {}", number(house, of)));
        }
    }
    for country in ["FR", "DE", "IT"] {
        for (kind, category) in ["removal", "production"]
            .iter()
            .flat_map(|kind| ContentCategory::ALL.iter().map(move |category| (*kind, *category)))
        {
            let row = in_row(house, &shown, (country, kind, category));
            if !(1..5).contains(&row.len()) {
                continue;
            }
            let is_other = |to: &ContentCategory| {
                let mut other = house.to_vec();
                other[row[0]].category = *to;
                *to != category && same(&published(&other), &shown)
            };
            if !ContentCategory::ALL.iter().any(is_other) {
                return Some(format!("{country} {kind} {category} is {}", row.len()));
            }
        }
    }
    None
}

/// A few who have the same in common; numbers on both sides of what is small.
fn groups() -> impl Strategy<Value = Vec<Asked>> {
    let category = prop::sample::select(vec![
        ContentCategory::NotSpecified,
        ContentCategory::Minors,
        ContentCategory::Scams,
        ContentCategory::Speech,
    ]);
    let answers = prop::collection::vec(prop::option::of((any::<bool>(), 2_i64..280)), 1..9);
    let group =
        (prop::sample::select(vec!["FR", "DE", "IT"]), 0..REGIMES.len(), any::<bool>(), category, answers);
    let asked = |(country, regime, emergency, category, answers): (_, _, _, _, Vec<_>)| {
        let one = move |answer| Asked { country, regime, emergency, category, answer, came: Came::During };
        answers.into_iter().map(one).collect::<Vec<_>>()
    };
    prop::collection::vec(group.prop_map(asked), 1..9).prop_map(|groups| groups.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_small_number_has_another_history_that_publishes_the_same(house in groups()) {
        prop_assert_eq!(given_away(&house), None);
    }
}

/// So many of one kind.
fn some(count: usize, asked: &Asked) -> Vec<Asked> {
    vec![asked.clone(); count]
}

fn french() -> Asked {
    Asked {
        country: "FR",
        regime: 1,
        emergency: false,
        category: ContentCategory::Minors,
        answer: None,
        came: Came::During,
    }
}

#[test]
fn a_table_of_orders_does_not_fill_in_the_number_that_a_cell_hides() {
    let small = Asked { regime: 2, ..french() };
    let house = [some(20, &french()), some(2, &small)].concat();
    let shown = published(&house);
    assert_eq!(shown.orders.to_inform.iter().map(|row| row.orders).collect::<Vec<_>>(), [20], "and not 22");
    assert_eq!(given_away(&house), None);
}

#[test]
fn four_answers_in_four_cells_and_no_time_do_not_say_that_each_is_one() {
    let one = |country, emergency| Asked { country, emergency, answer: Some((true, 5)), ..french() };
    let house = [one("FR", true), one("FR", false), one("DE", true), one("DE", false)];
    assert_eq!((published(&house).times, given_away(&house)), (vec![], None));
    let twice: Vec<_> = house.iter().flat_map(|one| some(2, one)).collect();
    assert_eq!(published(&twice).times, [], "eight answers look the same");
}

#[test]
fn a_category_that_alone_has_no_row_is_not_what_is_left_of_its_state() {
    let of = |category: &ContentCategory, count| some(count, &Asked { category: *category, ..french() });
    let (last, others) = ContentCategory::ALL.split_last().unwrap();
    let full: Vec<_> = others.iter().flat_map(|category| of(category, 5)).collect();
    assert_eq!(published(&full).orders.to_inform.len(), others.len(), "nothing is left over");
    let house = [full, of(last, 2)].concat();
    assert_eq!((published(&house).orders.to_inform.len(), given_away(&house)), (0, None));
}

#[test]
fn a_median_of_few_is_blank() {
    let answered = |hours| Asked { answer: Some((true, hours)), ..french() };
    let median = |house: &[Asked]| published(house).orders.to_inform[0].median_effect;
    let few = [some(6, &french()), some(4, &answered(30))].concat();
    assert_eq!(median(&few), None);
    let enough = [some(6, &french()), some(5, &answered(30))].concat();
    assert_eq!(median(&enough), Some(Duration::from_secs(30 * 60 * 60)));
}
