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
    (50, "videos", include_str!("../migrations/0050_videos.sql")),
    (61, "passkeys", include_str!("../migrations/0061_passkeys.sql")),
    (62, "vault", include_str!("../migrations/0062_vault.sql")),
    (63, "wellbeing", include_str!("../migrations/0063_wellbeing.sql")),
    (64, "identities", include_str!("../migrations/0064_identities.sql")),
    (70, "disclosure", include_str!("../migrations/0070_disclosure.sql")),
    (72, "silence", include_str!("../migrations/0072_silence.sql")),
    (74, "documents", include_str!("../migrations/0074_documents.sql")),
    (76, "request_targets", include_str!("../migrations/0076_request_targets.sql")),
    (78, "stopped_in", include_str!("../migrations/0078_stopped_in.sql")),
    (82, "conflicts", include_str!("../migrations/0082_conflicts.sql")),
    (83, "notified", include_str!("../migrations/0083_notified.sql")),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_a_step_is_taken_and_the_steps_are_in_order() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
        let files: BTreeSet<_> =
            folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let taken: BTreeSet<_> =
            STEPS.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
        assert_eq!(files, taken);
        assert!(STEPS.is_sorted_by(|(earlier, ..), (later, ..)| earlier < later));
    }
}
