//! The tables of orders in transparency reports, from the entries of the ledger.
//!
//! What it is: binding orders of Member States, to act and to provide information, as Article 15(1)(a) of Regulation (EU) 2022/2065
//! has them counted; and what of them anybody may read without learning a small number by subtraction. What it is not: a guess at
//! what content is about. A category is known where the document names a list that is about one ([`category_of`]).

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_formats::request::article_15::{self, ContentCategory, Order, OrderRow};
use vigie_model::Moment;
use vigie_model::disclosure::{Instrument, IntakeDoor, RequestKind};
use vigie_seal::accounts::{FEW, Key, RECEIVED, Shown, key_of};
use vigie_seal::ledger::Details;
use vigie_store::transparency;

use super::{Period, opened};
use crate::{App, Result, regimes};

/// The States that are members of the Union.
const MEMBERS: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Orders of a span, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderTables {
    /// Orders to act against illegal content.
    pub to_act: Vec<OrderRow>,
    /// Orders to provide information.
    pub to_inform: Vec<OrderRow>,
}

impl OrderTables {
    /// Part 1.2.1 as CSV.
    #[must_use]
    pub fn to_act_csv(&self) -> Vec<u8> {
        article_15::orders_to_act(&self.to_act)
    }

    /// Part 1.2.2 as CSV.
    #[must_use]
    pub fn to_inform_csv(&self) -> Vec<u8> {
        article_15::orders_to_inform(&self.to_inform)
    }
}

/// The entries that the tables are counted from.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderEntries {
    /// What came in the span.
    pub(super) received: Vec<Details>,
    /// When what came was first given effect, by what the entries are about.
    pub(super) effects: BTreeMap<String, Moment>,
    /// When people acknowledged what a clerk entered, by what the entries are about.
    pub(super) acknowledged: BTreeMap<String, Moment>,
}

/// Reads the entries of what came in a span, with the effect that it was given since.
pub(super) async fn entries(app: &App, period: Period) -> Result<OrderEntries> {
    let mut read = app.store.read().await?;
    let received = transparency::of_class(&mut read, RECEIVED, period).await?;
    let mut first = Vec::new();
    for actions in [&["package.released", "request.effect_given"][..], &["request.acknowledged"]] {
        let mut moments = BTreeMap::<String, Moment>::new();
        for action in actions {
            for kept in &transparency::about_the_same(&mut read, (action, RECEIVED), period).await? {
                moments.entry(opened(kept)?.1.object).or_insert(kept.at);
            }
        }
        first.push(moments);
    }
    let (acknowledged, effects) = (first.pop().unwrap_or_default(), first.pop().unwrap_or_default());
    drop(read);
    let received = received.iter().map(|kept| Ok(opened(kept)?.1)).collect::<Result<_>>()?;
    Ok(OrderEntries { received, effects, acknowledged })
}

/// Every order, for the report that the law asks for.
pub(super) fn whole(entries: &OrderEntries) -> OrderTables {
    let [to_act, to_inform] = orders(entries, |_| true);
    OrderTables { to_act: article_15::rows(&to_act), to_inform: article_15::rows(&to_inform) }
}

/// What anybody may read, beside these cells. Only orders of cells whose number is shown are counted, so that a row held against the
/// cells says nothing of a cell that hides its number; and what the rows leave out of a State never follows from the others.
pub(super) fn public(entries: &OrderEntries, cells: &BTreeMap<Key, Vec<u64>>) -> OrderTables {
    let is_shown = |entry: &Details| {
        let cell = key_of(entry).and_then(|key| cells.get(&key));
        cell.is_some_and(|entries| entries.len() as u64 >= FEW)
    };
    let [to_act, to_inform] = orders(entries, is_shown).map(|orders| {
        let mut rows = article_15::rows_with(&orders, usize::try_from(FEW).unwrap_or(usize::MAX));
        for row in &mut rows {
            row.median_effect = row.median_effect.filter(|_| least_released(cells, &row.member_state) >= FEW);
        }
        without_small(rows)
    });
    // How many orders to act were given effect stands in no cell: nothing bounds whose median that would be.
    let to_act = to_act.into_iter().map(|row| OrderRow { median_effect: None, ..row }).collect();
    OrderTables { to_act, to_inform }
}

/// Orders to act, and orders to inform.
fn orders(entries: &OrderEntries, counts: impl Fn(&Details) -> bool) -> [Vec<Order>; 2] {
    let (mut to_act, mut to_inform) = (vec![], vec![]);
    for entry in entries.received.iter().filter(|entry| counts(entry)) {
        match order(entry, entries) {
            Some((RequestKind::Removal, order)) => to_act.push(order),
            Some((RequestKind::Production, order)) => to_inform.push(order),
            _ => {}
        }
    }
    [to_act, to_inform]
}

/// How many packages left for a State at least, by what is shown of the cells. Whether a median is shown hangs on this, and not on what
/// the cells hide.
fn least_released(cells: &BTreeMap<Key, Vec<u64>>, state: &str) -> u64 {
    let of_state = cells.iter().filter(|(key, _)| {
        key.action == "package.released" && key.country.as_deref() == Some(state) && key.binding == Some(true)
    });
    of_state.map(|(_, entries)| Shown::of(entries.len() as u64).bounds().0).sum()
}

/// Without the rows of few. How many orders of a State they had together can be known from the cells: where that leaves only one way in
/// which they can be spread over the categories that have no row, nothing of that State is shown.
fn without_small(rows: Vec<OrderRow>) -> Vec<OrderRow> {
    let mut of_state = BTreeMap::<String, Vec<OrderRow>>::new();
    for row in rows {
        of_state.entry(row.member_state.clone()).or_default().push(row);
    }
    let keep = |rows: Vec<OrderRow>| {
        let (shown, small): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.orders >= FEW);
        let left_out: u64 = small.iter().map(|row| row.orders).sum();
        let places = ContentCategory::ALL.len().saturating_sub(shown.len()) as u64;
        let one_way = left_out > 0 && (places < 2 || left_out >= places * (FEW - 1));
        if one_way { vec![] } else { shown }
    };
    of_state.into_values().flat_map(keep).collect()
}

/// What the sheets of the law say the lists of offences are about. A list that is about no category of the Transparency Database, such
/// as attacks on information systems, is not here.
const LISTED: [(&str, ContentCategory); 3] = [
    // Sexual abuse and sexual exploitation of children.
    ("2011/93", ContentCategory::Minors),
    // Fraud and counterfeiting of means of payment.
    ("2019/713", ContentCategory::Scams),
    // Terrorism.
    ("2017/541", ContentCategory::PublicSecurity),
];

/// The category of what a document is about, where it names one list that is about one; of two nothing is said.
pub(crate) fn category_of(instrument: &Instrument) -> Option<ContentCategory> {
    let listed = instrument.offence.as_ref()?.listed.as_deref()?;
    let is_named = |list: &str| regimes::names_any(listed, &[list.to_owned()]);
    let mut named = LISTED.iter().filter(|(list, _)| is_named(list));
    let (_, category) = named.next()?;
    named.next().is_none().then_some(*category)
}

/// The order of an entry; none where it does not bind, or is from no Member State.
fn order(entry: &Details, entries: &OrderEntries) -> Option<(RequestKind, Order)> {
    let text = |name: &str| entry.parameters.get(name).and_then(Value::as_str);
    let number = |name: &str| entry.parameters.get(name).and_then(Value::as_u64);
    let member_state = text("country").filter(|country| MEMBERS.contains(country))?.to_owned();
    entry.parameters.get("binding").and_then(Value::as_bool).filter(|binding| *binding)?;
    let kind = text("kind")?.parse().ok()?;
    // Machines and the portal acknowledge on arrival; what a clerk entered is answered when people say that they sent the letter.
    let is_answered = text("door").is_some_and(|door| door != IntakeDoor::Clerk.name());
    let order = Order {
        member_state,
        category: text("category")
            .and_then(|name| name.parse().ok())
            .unwrap_or(ContentCategory::NotSpecified),
        items: number("items").or_else(|| number("tasks")).unwrap_or(0),
        received_at: entry.at,
        acknowledged_at: match is_answered {
            true => Some(entry.at),
            false => entries.acknowledged.get(&entry.object).copied(),
        },
        effect_at: entries.effects.get(&entry.object).copied(),
    };
    Some((kind, order))
}
