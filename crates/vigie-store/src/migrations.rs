//! The schema, step by step. Written once; `BYTES` becomes the word of the dialect, so both databases have one schema.
//!
//! A step that has been released is never changed: add a file and its line.

use sqlx::AnyConnection;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::StoreError;
use crate::dialect::Dialect;

/// Version, name and text of each step.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "spine", include_str!("../migrations/0001_spine.sql")),
    (2, "banks", include_str!("../migrations/0002_banks.sql")),
    (3, "intake", include_str!("../migrations/0003_intake.sql")),
    (4, "review", include_str!("../migrations/0004_review.sql")),
    (5, "hunts", include_str!("../migrations/0005_hunts.sql")),
    (7, "log", include_str!("../migrations/0007_log.sql")),
    (61, "passkeys", include_str!("../migrations/0061_passkeys.sql")),
    (62, "vault", include_str!("../migrations/0062_vault.sql")),
    (63, "wellbeing", include_str!("../migrations/0063_wellbeing.sql")),
    // The next step goes here.
];

/// The versions of the schema, oldest first.
pub fn schema_versions() -> impl Iterator<Item = i64> {
    STEPS.iter().map(|(version, ..)| *version)
}

/// Brings the schema up to this version, or to the newest.
pub(crate) async fn run(
    connection: &mut AnyConnection,
    dialect: Dialect,
    up_to: Option<i64>,
) -> Result<(), StoreError> {
    let steps = STEPS
        .iter()
        .filter(|(version, ..)| up_to.is_none_or(|last| *version <= last))
        .map(|(version, name, text)| {
            // Safe: the text is compiled in; only one fixed word is exchanged.
            let sql = AssertSqlSafe(text.replace("BYTES", dialect.bytes())).into_sql_str();
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false)
        })
        .collect();
    Migrator::with_migrations(steps).run(connection).await.map_err(StoreError::Migrate)
}
