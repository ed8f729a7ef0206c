//! What a request of an authority costs: from its arrival to the sealed package, for one account with many connections; and the
//! board of the disclosure desk with many open tasks.
//!
//! What it is: a whole service in this process with its synthetic messenger beside it, over loopback, on SQLite with every write
//! synced, or on the PostgreSQL that `VIGIE_TEST_POSTGRES` names. Every stage is the one that `vigie serve` runs; people stand for
//! the browser by calling the use cases, and the pages that they look at are fetched over HTTP. What it is not: a load; one
//! request goes its way at a time.
//!
//! `cargo run --release -p vigie --example request_cost -- package|board [COUNT] [postgres]`. The last line of the output is one
//! JSON object.

mod board;
mod desk;
mod package;

use anyhow::{Context as _, bail};

/// How many connections the account has.
const SESSIONS: u32 = 100_000;
/// How many tasks are open.
const TASKS: u32 = 10_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().context("say what is measured: package or board")?;
    let rest: Vec<_> = arguments.collect();
    let is_postgres = rest.iter().any(|word| word == "postgres");
    let count = rest.iter().find(|word| *word != "postgres").map(|word| word.parse()).transpose()?;
    let told = match what.as_str() {
        "package" => package::measure(count.unwrap_or(SESSIONS), is_postgres).await?,
        "board" => board::measure(count.unwrap_or(TASKS), is_postgres).await?,
        _ => bail!("`{what}` is neither package nor board"),
    };
    println!("{told}");
    Ok(())
}
