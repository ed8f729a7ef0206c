//! The board of the disclosure desk with many open tasks: how long its pages take, over HTTP.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};

use crate::desk::Desk;

/// How often each page is fetched.
const TURNS: usize = 50;
/// So many documents are handed in before work is done.
const AT_ONCE: u32 = 50;

/// See the module.
pub(crate) async fn measure(tasks: u32, is_postgres: bool) -> anyhow::Result<Value> {
    let desk = Desk::open(is_postgres).await?;
    let app = desk.house.app();
    let began = Instant::now();
    // Two tasks each: the phone number, and the connections.
    for number in 0..tasks.div_ceil(2) {
        let account = &desk.operation.accounts[number as usize % desk.operation.accounts.len()].id;
        desk.submit(desk.signed(number, &account.to_string(), 20)?).await?;
        if number % AT_ONCE == AT_ONCE - 1 {
            desk.house.work().await;
        }
    }
    desk.house.work().await;
    let filled = began.elapsed();
    let counts = app.request_counts(&desk.officer).await?;
    ensure!(counts.tasks >= i64::from(tasks), "only {} tasks are open", counts.tasks);
    let last = (counts.running - 1).max(0) / 100 * 100;
    let pages = [
        ("the first page", "/requests".to_owned()),
        ("one in the middle", format!("/requests?from={}", last / 200 * 100)),
        ("the last page", format!("/requests?from={last}")),
        ("open requests", "/requests?list=open".to_owned()),
    ];
    let mut told = Vec::new();
    for (name, path) in &pages {
        let mut times = Vec::new();
        for _ in 0..TURNS {
            let began = Instant::now();
            let page = desk.browser.get(path).await;
            times.push(began.elapsed());
            ensure!(page.status == 200 && page.body.contains("/requests/"), "no board: {}", page.status);
        }
        times.sort_unstable();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        told.push(json!([name, milliseconds(times[TURNS / 2]), milliseconds(times[TURNS - 1])]));
    }
    desk.close().await;
    Ok(json!({
        "tasks": counts.tasks,
        "deadlines": counts.running,
        "pages": told,
        "filled_seconds": filled.as_secs_f64(),
    }))
}
