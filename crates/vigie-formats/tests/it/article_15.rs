//! The tables of orders for transparency reports.

use vigie_formats::request::article_15::{
    ContentCategory, HEADERS, Order, OrderRow, orders_to_act, orders_to_inform, rows,
};
use vigie_model::Moment;

use crate::expected;
use crate::instruments::at;

fn order(
    state: &str,
    category: ContentCategory,
    items: u64,
    acknowledged: Option<i64>,
    effect: Option<i64>,
) -> Order {
    let received_at = at("2026-07-01T00:00:00Z");
    let after = |minutes: i64| Moment(received_at.0 + minutes * 60_000_000);
    Order {
        member_state: state.to_owned(),
        category,
        items,
        received_at,
        acknowledged_at: acknowledged.map(after),
        effect_at: effect.map(after),
    }
}

fn counted() -> Vec<OrderRow> {
    let minors = ContentCategory::Minors;
    rows(&[
        order("FR", minors, 1, Some(10), Some(600)),
        order("FR", minors, 4, Some(30), None),
        order("FR", minors, 1, Some(500), Some(120)),
        order("FR", minors, 2, Some(50), None),
        order("FR", ContentCategory::Scams, 7, None, None),
        order("DE", minors, 1, Some(15), Some(45)),
    ])
}

#[test]
fn orders_are_counted_by_member_state_and_category() {
    let rows = counted();
    let seen: Vec<_> = rows.iter().map(|row| (row.member_state.as_str(), row.orders, row.items)).collect();
    assert_eq!(seen, [("DE", 1, 1), ("FR", 4, 8), ("FR", 1, 7)]);
    let minutes = |time: Option<std::time::Duration>| time.map(|time| time.as_secs() / 60);
    assert_eq!((minutes(rows[1].median_receipt), minutes(rows[1].median_effect)), (Some(40), Some(360)));
    assert_eq!((rows[2].median_receipt, rows[2].median_effect), (None, None));
}

#[test]
fn the_tables_are_as_rfc_4180_has_them() {
    let table = orders_to_act(&counted());
    let text = std::str::from_utf8(&table).unwrap();
    expected::check("orders-to-act.csv", &text.replace("\r\n", "\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(text.lines().count(), 4);
    let other = orders_to_inform(&counted());
    expected::check("orders-to-inform.csv", &String::from_utf8(other).unwrap().replace("\r\n", "\n"));
    let odd = OrderRow { member_state: "F,\"R\"".to_owned(), ..counted().remove(0) };
    assert!(String::from_utf8(orders_to_act(&[odd])).unwrap().contains("\"F,\"\"R\"\"\","));
    let formula = OrderRow { member_state: "=1+1".to_owned(), ..counted().remove(0) };
    assert!(
        String::from_utf8(orders_to_act(&[formula])).unwrap().contains("\n'=1+1,"),
        "no spreadsheet reckons"
    );
    assert_eq!(orders_to_act(&[]).iter().filter(|byte| **byte == b',').count(), HEADERS.len() - 1);
}

#[test]
fn no_header_passes_for_verified_that_is_not() {
    assert!(HEADERS.iter().all(|header| header.provisional));
}
