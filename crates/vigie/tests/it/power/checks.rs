//! What must be true of a disk after a power cut. Each check says what is wrong, or nothing.

use std::path::Path;

use vigie::service::open_app;
use vigie_app::App;
use vigie_app::ledger::Published;
use vigie_seal::ledger::leaf_hash;
use vigie_store::blobs;
use vigie_testkit::Database;

use super::work::{settings, surroundings};

/// Starts on what is left, as the service does, and looks for what was acknowledged.
pub(super) async fn look(root: &Path, acknowledged: &[&str]) -> Result<(), String> {
    // The folder of the mark is an operator's, not ours.
    std::fs::create_dir_all(root.join("apart")).map_err(|error| error.to_string())?;
    let app = open_app(&settings(root), &surroundings(false)).await;
    let app = app.map_err(|error| format!("the service does not start again: {error:#}"))?;
    let found = all(&app, root, acknowledged).await;
    app.store.close().await;
    found
}

async fn all(app: &App, root: &Path, acknowledged: &[&str]) -> Result<(), String> {
    let look = Look { database: Database::sqlite(), data: root.join("data") };
    look.integrity().await?;
    let entries = look.ledger().await?;
    for what in acknowledged {
        look.is_there(what, entries).await?;
    }
    objects(app).await?;
    app.load_banks().await.map_err(|error| format!("the banks cannot be loaded: {error:?}"))?;
    publishes(app).await
}

struct Look {
    database: Database,
    data: std::path::PathBuf,
}

impl Look {
    async fn texts(&self, query: &str) -> Vec<String> {
        self.database.texts(&self.data, query).await
    }

    async fn number(&self, query: &str) -> i64 {
        self.database.number(&self.data, query).await
    }

    async fn integrity(&self) -> Result<(), String> {
        let said = self.texts("SELECT integrity_check FROM pragma_integrity_check").await;
        ensure(said == ["ok"], || format!("the database is damaged: {said:?}"))?;
        let strays = self.number("SELECT COUNT(*) FROM pragma_foreign_key_check").await;
        ensure(strays == 0, || format!("{strays} rows refer to rows that are not there"))
    }

    /// Numbers follow one another from 0, each entry has its leaf and its details, and the head is behind the last.
    async fn ledger(&self) -> Result<i64, String> {
        let rows = "SELECT seq || ' ' || hex(entry) || ' ' || hex(leaf) FROM ledger_entries ORDER BY seq";
        let rows = self.texts(rows).await;
        for (place, row) in rows.iter().enumerate() {
            let words: Vec<_> = row.split(' ').collect();
            ensure(words[0] == place.to_string(), || format!("entry {place} is missing from the ledger"))?;
            let entry = hex::decode(words[1]).map_err(|error| error.to_string())?;
            let leaf = hex::encode_upper(leaf_hash(&entry));
            ensure(leaf == words[2], || format!("the leaf of entry {place} is not that of its text"))?;
        }
        let count = i64::try_from(rows.len()).unwrap();
        let head = self.number("SELECT size FROM ledger_head").await;
        let details = self.number("SELECT COUNT(*) FROM ledger_details").await;
        ensure(head == count && details == count, || {
            format!("the ledger has {count} entries, its head says {head}, and {details} have details")
        })?;
        Ok(count)
    }

    async fn is_there(&self, acknowledged: &str, entries: i64) -> Result<(), String> {
        let (kind, what) = acknowledged.split_once(' ').unwrap_or((acknowledged, ""));
        let is_there = match kind {
            "submission" => {
                let query = format!("SELECT COUNT(*) FROM submissions WHERE hex(id) = upper('{what}')");
                self.number(&query).await == 1
            }
            "entries" => self.number("SELECT COUNT(*) FROM bank_entries").await.to_string() == what,
            "checkpoint" => what.parse::<i64>().is_ok_and(|size| size <= entries),
            "stopped" => true,
            other => return Err(format!("nobody knows how to look for {other}")),
        };
        ensure(is_there, || format!("{acknowledged} was acknowledged and is missing"))
    }
}

/// No row speaks of an object that is not there, whole.
async fn objects(app: &App) -> Result<(), String> {
    let mut reader = app.store.read().await.map_err(|error| error.to_string())?;
    let known = blobs::living(&mut reader).await.map_err(|error| error.to_string())?;
    for (id, period) in known {
        let opened = app.store.vault().get(id, period);
        ensure(opened.is_ok(), || format!("the sealed object {id} does not open: {opened:?}"))?;
    }
    Ok(())
}

/// The ledger goes on from what was signed: nobody outside knows more of it than it does itself.
async fn publishes(app: &App) -> Result<(), String> {
    loop {
        match app.publish_ledger().await {
            Ok(Published::More) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(format!("the ledger is not published: {error:?}")),
        }
    }
}

fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
