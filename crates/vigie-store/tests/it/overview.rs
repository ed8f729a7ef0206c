//! Counts for the overview.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use vigie_model::Moment;
use vigie_model::incident::Severity;
use vigie_store::overview::{self, FirstClaims};

use crate::house::{House, START};

async fn incident(house: &House, state: &str, severity: i64, opened_at: Moment, claimed_after: Option<i64>) {
    let raw = house.raw().await;
    let number = sqlx::query("SELECT id FROM incidents").fetch_all(&raw).await.unwrap().len();
    // Safe: the values are written in this file.
    let statement = AssertSqlSafe(format!(
        "INSERT INTO incidents (id, number, subject_kind, service, subject, state, severity, reach, items, \
         child_at_risk, fence, rank_at, opened_at, first_claimed_at, updated_at) \
         VALUES ($1, {number}, 'account', 's', 'a', '{state}', {severity}, 0, 0, 0, 0, 0, {}, {}, 0)",
        opened_at.0,
        claimed_after.map_or("NULL".into(), |wait| (opened_at.0 + wait).to_string()),
    ));
    let id = house.id::<vigie_model::id::IncidentId>().0;
    sqlx::query(statement).bind(id.as_bytes().to_vec()).execute(&raw).await.unwrap();
    raw.close().await;
}

pub(crate) async fn waiting_incidents_are_counted_by_severity(house: &House) {
    let earlier = Moment(START.0 - 1);
    for (state, severity, opened_at, claimed_after) in [
        ("open", 1, START, Some(10)),
        ("escalated", 1, START, Some(40)),
        ("open", 3, START, None),
        ("decided", 3, earlier, Some(900)),
    ] {
        incident(house, state, severity, opened_at, claimed_after).await;
    }
    let mut reader = house.store.read().await.unwrap();
    let waiting = overview::waiting(&mut reader).await.unwrap();
    assert_eq!(waiting, [(Severity::Critical, 1), (Severity::Medium, 2)]);
    let claims = overview::first_claims(&mut reader, START).await.unwrap();
    assert_eq!(claims, FirstClaims { claimed: 2, mean: 25, longest: 40 });
    let none = overview::first_claims(&mut reader, Moment(START.0 + 1)).await.unwrap();
    assert_eq!(none, FirstClaims { claimed: 0, mean: 0, longest: 0 });
}

pub(crate) async fn actions_are_counted_on_the_day_they_ended(house: &House) {
    let raw = house.raw().await;
    let day = Duration::from_secs(24 * 60 * 60);
    let midnight: Moment = "2026-11-22T00:00:00Z".parse().unwrap();
    for (state, ended_at) in [
        ("done", midnight),
        ("done", Moment(midnight.after(day).0 - 1)),
        ("done", midnight.after(day)),
        ("failed", midnight),
        ("done", Moment(midnight.0 - 1)),
    ] {
        let statement = AssertSqlSafe(format!(
            "INSERT INTO actions (id, kind, service, target, reason_code, state, attempts, unanswered, fence, requested_by, \
             requested_at, ended_at) VALUES ($1, 'remove_media', 's', '{{}}', 'r', '{state}', 1, 0, 1, 'x', 0, {})",
            ended_at.0
        ));
        let id = house.id::<vigie_model::id::ActionId>().0;
        sqlx::query(statement).bind(id.as_bytes().to_vec()).execute(&raw).await.unwrap();
    }
    raw.close().await;
    let mut reader = house.store.read().await.unwrap();
    let days = overview::actions_by_day(&mut reader, midnight).await.unwrap();
    assert_eq!(days, [(midnight, 2), (midnight.after(day), 1)]);
}
