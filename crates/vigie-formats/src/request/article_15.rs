//! The tables of orders in transparency reports: parts 1.2.1 and 1.2.2 of Implementing Regulation (EU) 2024/2835, which
//! harmonises the reports of Article 15(1)(a) of Regulation (EU) 2022/2065.
//!
//! What it is: from orders to rows (a Member State × a category each), and from rows to CSV as RFC 4180 has it, in UTF-8.
//! What it is not: the report; nor is it known here which number is too small to be published. The published template was
//! not at hand: every header stands in [`HEADERS`] and is provisional, and so is the unit of the medians, hours.
//!
//! To put a header right: its line in [`HEADERS`].

use std::collections::BTreeMap;
use std::time::Duration;

use csv::{Terminator, WriterBuilder};
use vigie_model::Moment;

use crate::bank_list::escaped;

vigie_model::names! {
    /// What the content or the offence is about: the categories of the Transparency Database.
    pub enum ContentCategory {
        /// Animal welfare.
        AnimalWelfare => "STATEMENT_CATEGORY_ANIMAL_WELFARE",
        /// Consumer information.
        ConsumerInformation => "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
        /// Cyber violence.
        CyberViolence => "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        /// Cyber violence against women.
        CyberViolenceAgainstWomen => "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        /// Violations of data protection and privacy.
        DataProtection => "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        /// Illegal or harmful speech.
        Speech => "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        /// Intellectual property.
        IntellectualProperty => "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        /// Civic discourse and elections.
        CivicDiscourse => "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        /// The notice does not say.
        NotSpecified => "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE",
        /// Other violations of the terms.
        OtherViolation => "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        /// Protection of minors.
        Minors => "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        /// A risk for public security.
        PublicSecurity => "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
        /// Scams and fraud.
        Scams => "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        /// Self-harm.
        SelfHarm => "STATEMENT_CATEGORY_SELF_HARM",
        /// Unsafe and prohibited products.
        Products => "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
        /// Violence.
        Violence => "STATEMENT_CATEGORY_VIOLENCE",
    }
}

/// One order, as far as the tables count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The Member State that issued it: two letters, ISO 3166-1.
    pub member_state: String,
    /// What it is about.
    pub category: ContentCategory,
    /// How many items, or accounts, it names.
    pub items: u64,
    /// When it was received.
    pub received_at: Moment,
    /// When its authority was told so.
    pub acknowledged_at: Option<Moment>,
    /// When it was given effect.
    pub effect_at: Option<Moment>,
}

/// A row of the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// The Member State.
    pub member_state: String,
    /// The category.
    pub category: ContentCategory,
    /// How many orders.
    pub orders: u64,
    /// How many items they name.
    pub items: u64,
    /// Median time until the authority was told of the receipt; none where it never was.
    pub median_receipt: Option<Duration>,
    /// Median time until effect was given; none where it never was, or too rarely.
    pub median_effect: Option<Duration>,
}

/// A header of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// In part 1.2.1, orders to act against illegal content.
    pub to_act: &'static str,
    /// In part 1.2.2, orders to provide information.
    pub to_inform: &'static str,
    /// Whether it still has to be verified against the published template.
    pub provisional: bool,
}

const fn header(to_act: &'static str, to_inform: &'static str) -> Header {
    Header { to_act, to_inform, provisional: true }
}

/// The headers, in the order of the columns.
pub const HEADERS: [Header; 6] = [
    header("member_state", "member_state"),
    header("category_of_illegal_content", "category_of_illegal_content"),
    header("number_of_orders_to_act", "number_of_orders_to_provide_information"),
    header("number_of_items_concerned", "number_of_recipients_concerned"),
    header("median_hours_to_inform_of_receipt", "median_hours_to_inform_of_receipt"),
    header("median_hours_to_give_effect", "median_hours_to_give_effect"),
];

/// Counts orders: a row for each Member State and category that has any, in the order of both.
#[must_use]
pub fn rows(orders: &[Order]) -> Vec<OrderRow> {
    rows_with(orders, 1)
}

/// The same, with medians over at least so many times: the median of few is the time of one of them.
#[must_use]
pub fn rows_with(orders: &[Order], least: usize) -> Vec<OrderRow> {
    let mut groups: BTreeMap<(&str, ContentCategory), Vec<&Order>> = BTreeMap::new();
    for order in orders {
        groups.entry((&order.member_state, order.category)).or_default().push(order);
    }
    let row = |((member_state, category), orders): ((&str, ContentCategory), Vec<&Order>)| OrderRow {
        member_state: member_state.to_owned(),
        category,
        orders: orders.len() as u64,
        items: orders.iter().fold(0, |sum, order| sum.saturating_add(order.items)),
        median_receipt: median(&orders, least, |order| order.acknowledged_at),
        median_effect: median(&orders, least, |order| order.effect_at),
    };
    groups.into_iter().map(row).collect()
}

/// The median over the orders to which it happened at all.
fn median(orders: &[&Order], least: usize, when: impl Fn(&Order) -> Option<Moment>) -> Option<Duration> {
    let took = |order: &&Order| when(order).map(|at| at.since(order.received_at));
    let mut times: Vec<_> = orders.iter().filter_map(took).collect();
    if times.len() < least {
        return None;
    }
    times.sort_unstable();
    let upper = *times.get(times.len() / 2)?;
    if times.len() % 2 == 1 {
        return Some(upper);
    }
    times.get(times.len() / 2 - 1).map(|lower| (*lower + upper) / 2)
}

/// Part 1.2.1: orders to act against illegal content.
#[must_use]
pub fn orders_to_act(rows: &[OrderRow]) -> Vec<u8> {
    table(HEADERS.map(|header| header.to_act), rows)
}

/// Part 1.2.2: orders to provide information.
#[must_use]
pub fn orders_to_inform(rows: &[OrderRow]) -> Vec<u8> {
    table(HEADERS.map(|header| header.to_inform), rows)
}

fn table(headers: [&str; 6], rows: &[OrderRow]) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let hours = |time: Option<Duration>| {
        time.map_or(String::new(), |time| format!("{:.2}", time.as_secs_f64() / 3600.0))
    };
    let cells = |row: &OrderRow| {
        [
            // It comes from a document, and tables are opened in spreadsheets.
            escaped(&row.member_state),
            row.category.to_string(),
            row.orders.to_string(),
            row.items.to_string(),
            hours(row.median_receipt),
            hours(row.median_effect),
        ]
    };
    // A list in memory takes everything.
    let _ = writer.write_record(headers);
    for row in rows {
        let _ = writer.write_record(cells(row));
    }
    writer.into_inner().unwrap_or_default()
}
