//! The tables of orders in transparency reports, from the entries of the ledger.
//!
//! What it is: binding orders of Member States, to act and to provide information, as Article 15(1)(a) of Regulation (EU) 2022/2065
//! has them counted. What it is not: it knows no category. Documents say an offence, not a category of the
//! Transparency Database, so every order counts as one that does not say.

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_formats::request::article_15::{self, ContentCategory, Order, OrderRow};
use vigie_model::Moment;
use vigie_model::disclosure::{IntakeDoor, RequestKind};
use vigie_seal::accounts::{FEW, RECEIVED};
use vigie_seal::ledger::Details;
use vigie_store::transparency;

use super::{Period, opened};
use crate::{App, Result};

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
    /// Without the rows that count too few orders to be shown to anybody.
    #[must_use]
    pub(super) fn public(mut self) -> Self {
        self.to_act.retain(|row| row.orders >= FEW);
        self.to_inform.retain(|row| row.orders >= FEW);
        self
    }

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

/// Counts the orders that came in a span, with the effect that they were given since.
pub(super) async fn tables(app: &App, period: Period) -> Result<OrderTables> {
    let mut read = app.store.read().await?;
    let received = transparency::of_class(&mut read, RECEIVED, period).await?;
    let released = transparency::about_the_same(&mut read, ("package.released", RECEIVED), period).await?;
    drop(read);
    let mut effects = BTreeMap::<String, Moment>::new();
    for kept in &released {
        effects.entry(opened(kept)?.1.object).or_insert(kept.at);
    }
    let (mut to_act, mut to_inform) = (vec![], vec![]);
    for kept in &received {
        let (_, entry) = opened(kept)?;
        let Some((kind, order)) = order(&entry, effects.get(&entry.object).copied()) else { continue };
        match kind {
            RequestKind::Removal => to_act.push(order),
            RequestKind::Production => to_inform.push(order),
            RequestKind::Preservation => {}
        }
    }
    Ok(OrderTables { to_act: article_15::rows(&to_act), to_inform: article_15::rows(&to_inform) })
}

/// The order of an entry; none where it does not bind, or is from no Member State.
fn order(entry: &Details, effect_at: Option<Moment>) -> Option<(RequestKind, Order)> {
    let text = |name: &str| entry.parameters.get(name).and_then(Value::as_str);
    let number = |name: &str| entry.parameters.get(name).and_then(Value::as_u64);
    let member_state = text("country").filter(|country| MEMBERS.contains(country))?.to_owned();
    entry.parameters.get("binding").and_then(Value::as_bool).filter(|binding| *binding)?;
    let kind = text("kind")?.parse().ok()?;
    // Machines and the portal acknowledge on arrival. What a clerk entered is answered by a letter, whose day is not known here.
    let is_answered = text("door").is_some_and(|door| door != IntakeDoor::Clerk.name());
    let order = Order {
        member_state,
        category: ContentCategory::NotSpecified,
        items: number("items").or_else(|| number("tasks")).unwrap_or(0),
        received_at: entry.at,
        acknowledged_at: is_answered.then_some(entry.at),
        effect_at,
    };
    Some((kind, order))
}
