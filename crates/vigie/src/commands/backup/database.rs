//! The database in a backup: a picture that SQLite draws, or a dump that PostgreSQL's own program makes.

use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use url::Url;
use vigie_app::App;
use vigie_store::backup::{self, Pictured};

use super::copy::Copying;
use super::manifest::{POSTGRES, SQLITE};
use crate::output::Hint as _;
use crate::settings::Settings;

/// Puts the database of one moment into the backup, and tells what it holds.
pub(super) async fn picture(
    app: &App,
    settings: &Settings,
    copying: &mut Copying,
) -> anyhow::Result<Pictured> {
    if app.store.is_postgres() {
        let address = settings.database.as_deref().context("PostgreSQL has an address")?;
        return dump(app, address, copying).await;
    }
    let place = copying.place(SQLITE);
    app.store.picture_into(&place).await?;
    copying.take(SQLITE)?;
    let mut copy = backup::open_copy(&place).await?;
    if let Some(damage) = copy.damage().await? {
        bail!("the database is damaged: {damage}");
    }
    let picture = backup::look(&mut copy).await?;
    copy.close().await?;
    Ok(picture)
}

async fn dump(app: &App, address: &str, copying: &mut Copying) -> anyhow::Result<Pictured> {
    let mut frozen = app.store.freeze().await?;
    let picture = backup::look(&mut frozen).await?;
    let place = copying.place(POSTGRES);
    let mut command = pg_dump(address)?;
    command.arg("--format=custom").arg("--no-owner").arg(format!("--snapshot={}", frozen.name));
    command.arg("--file").arg(&place);
    let ended = app
        .heavy
        .run(move || command.output())
        .await?
        .context("cannot run pg_dump")
        .hint("a house on PostgreSQL is backed up by PostgreSQL's own pg_dump: install the client of the same version")?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "pg_dump gave up: {}", said.trim());
    drop(frozen);
    copying.take(POSTGRES)?;
    Ok(picture)
}

/// The program with its address. A password goes by the environment: arguments are seen by everybody on the machine.
fn pg_dump(address: &str) -> anyhow::Result<Command> {
    let mut url = Url::parse(address).context("the address of the database is none")?;
    let mut command = Command::new("pg_dump");
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", decoded(password));
        let _ = url.set_password(None);
    }
    command.arg("--no-password").arg("--dbname").arg(url.as_str());
    Ok(command)
}

/// A text in which `%40` stands for a letter of its own.
fn decoded(text: &str) -> String {
    // A pair of a query is decoded by the same rule, but for its plus sign.
    let pair = format!("p={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_an_argument() {
        let command =
            pg_dump("postgres://vigie:m%40ll+on@db.example.org:5433/vigie?sslmode=require").unwrap();
        let shown = format!("{:?}", command.get_args().collect::<Vec<_>>());
        assert!(
            !shown.contains("ll") && shown.contains("vigie@db.example.org:5433/vigie?sslmode=require"),
            "{shown}"
        );
        let environment: Vec<_> = command.get_envs().collect();
        assert_eq!(environment, [("PGPASSWORD".as_ref(), Some("m@ll+on".as_ref()))]);
    }
}
