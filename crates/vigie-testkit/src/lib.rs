//! The harness that tests share: a whole service with a database of its own, and people and machines that use it.
//!
//! What it is: [`House`], the very composition that `vigie serve` runs, on free ports of this machine, with temporary
//! data, on SQLite or on PostgreSQL, under a clock that tests may move; and [`Visitor`]s with the right credentials, who
//! go through the real doors. [`Process`] is the same as a process of its own, for tests that kill it. What it is not:
//! ever part of a program that is delivered.
//!
//! A test that needs what is not here says so with [`skipped`], which fails in continuous integration.
//!
//! To add an actor: a method of [`House`] that returns a [`Visitor`]. To add something a test may find absent: a function
//! in `absent.rs`.
//!
//! ```no_run
//! # async fn example() {
//! use vigie_model::Role;
//! use vigie_testkit::House;
//!
//! let house = House::open().await;
//! let ada = house.person("Ada", &[Role::Reviewer]).await;
//! assert_eq!(ada.get("/").await.status, 200);
//! assert_eq!(house.stranger().get("/metrics").await.status, 401);
//! house.close().await;
//! # }
//! ```

#![expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness that cannot do its part fails the test"
)]

mod absent;
mod database;
mod decoder;
mod house;
mod process;
mod visitor;

pub use absent::{shared, skipped};
pub use database::{Database, HeldCommits};
pub use decoder::decoder;
pub use house::{House, Plan};
pub use process::Process;
pub use visitor::{Reply, Visitor};
