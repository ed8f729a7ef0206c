//! The steps of the schema: from nothing, from every earlier version, and alike on both databases.

use std::collections::BTreeMap;

use sqlx::{AnyPool, Row};
use vigie_store::{Store, schema_versions, tables};

use crate::house::House;

/// Every column: its kind in portable words, and whether it may be empty.
type Schema = BTreeMap<String, String>;

async fn schema(house: &House) -> Schema {
    let raw = house.raw().await;
    let columns = if house.store.is_postgres() { POSTGRES_COLUMNS } else { SQLITE_COLUMNS };
    let indexes = if house.store.is_postgres() { POSTGRES_INDEXES } else { SQLITE_INDEXES };
    let mut schema = pairs(&raw, columns).await;
    schema.extend(pairs(&raw, indexes).await);
    raw.close().await;
    schema
}

async fn pairs(raw: &AnyPool, statement: &'static str) -> Schema {
    let rows = sqlx::query(statement).fetch_all(raw).await.unwrap();
    rows.iter().map(|row| (row.get("name"), row.get("what"))).collect()
}

const SQLITE_COLUMNS: &str = "SELECT t.name || '.' || c.name AS name, \
     CASE c.type WHEN 'BLOB' THEN 'BYTES' ELSE c.type END || CASE c.\"notnull\" WHEN 1 THEN '' ELSE ' or nothing' END AS what \
     FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE '#_sqlx%' ESCAPE '#'";
const POSTGRES_COLUMNS: &str = "SELECT CAST(table_name || '.' || column_name AS TEXT) AS name, \
     CAST(CASE data_type WHEN 'bytea' THEN 'BYTES' ELSE upper(data_type) END || \
     CASE is_nullable WHEN 'NO' THEN '' ELSE ' or nothing' END AS TEXT) AS what FROM information_schema.columns \
     WHERE table_schema = current_schema() AND table_name NOT LIKE '#_sqlx%' ESCAPE '#'";
const SQLITE_INDEXES: &str = "SELECT 'index ' || i.name AS name, i.tbl_name || ' ' || group_concat(c.name) AS what \
     FROM sqlite_master i JOIN pragma_index_info(i.name) c WHERE i.type = 'index' AND i.sql IS NOT NULL GROUP BY i.name, i.tbl_name";
const POSTGRES_INDEXES: &str = "SELECT CAST('index ' || i.relname AS TEXT) AS name, \
     CAST(t.relname || ' ' || string_agg(a.attname, ',' ORDER BY a.attnum) AS TEXT) AS what \
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
     JOIN pg_attribute a ON a.attrelid = i.oid JOIN pg_namespace n ON n.oid = t.relnamespace \
     WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid) \
     GROUP BY i.relname, t.relname";

/// Rows that were there before a step are there after it.
async fn a_person_from_before(house: &House) {
    let raw = house.raw().await;
    let insert = "INSERT INTO people (id, name, roles, created_at) VALUES ($1, 'Ada', '[\"reviewer\"]', 1)";
    sqlx::query(insert).bind(vec![7u8; 16]).execute(&raw).await.unwrap();
    raw.close().await;
}

async fn every_step_up_ends_in_the_schema_of_a_fresh_database(older: Vec<House>, fresh: House) {
    let expected = schema(&fresh).await;
    assert!(expected.len() > 200, "the schema is read whole");
    for house in older {
        a_person_from_before(&house).await;
        let reopened = Store::open(&house.settings).await.unwrap();
        assert_eq!(tables::rows(&reopened).await.unwrap()["people"].len(), 1);
        reopened.close().await;
        assert_eq!(schema(&house).await, expected);
        house.close().await;
    }
    fresh.close().await;
}

#[tokio::test]
async fn sqlite_comes_up_from_every_earlier_version() {
    let mut older = Vec::new();
    for version in schema_versions() {
        older.push(House::sqlite_at(Some(version)).await);
    }
    every_step_up_ends_in_the_schema_of_a_fresh_database(older, House::sqlite().await).await;
}

#[tokio::test]
async fn postgres_comes_up_from_every_earlier_version() {
    let test = "migrations::postgres_comes_up_from_every_earlier_version";
    let Some(fresh) = House::postgres(test).await else { return };
    let mut older = Vec::new();
    for version in schema_versions() {
        older.extend(House::postgres_at(test, Some(version)).await);
    }
    every_step_up_ends_in_the_schema_of_a_fresh_database(older, fresh).await;
}

#[tokio::test]
async fn both_databases_have_one_schema() {
    let Some(postgres) = House::postgres("migrations::both_databases_have_one_schema").await else { return };
    let sqlite = House::sqlite().await;
    assert_eq!(schema(&sqlite).await, schema(&postgres).await);
    sqlite.close().await;
    postgres.close().await;
}
