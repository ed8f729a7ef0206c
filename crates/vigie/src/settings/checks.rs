//! What must hold between the keys of a configuration.

use anyhow::{Context as _, ensure};
use url::Url;

use super::{Mail, MailEncryption, Settings};

impl Settings {
    /// Refuses what would not work, or would be less safe than it looks.
    ///
    /// # Errors
    /// The first contradiction, by its keys.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.desks.is_empty(), "`desks` is empty: nothing would be served");
        self.database.as_deref().map_or(Ok(()), check_database)?;
        for (key, text) in [("public_url", &self.public_url), ("evidence_url", &self.evidence_url)] {
            if let Some(text) = text {
                check_address(key, text)?;
            }
        }
        let same = self.evidence_listen() == self.listen && self.listen.port() != 0;
        ensure!(!same, "`evidence_listen` is `listen`: evidence comes from an address of its own");
        let closed = !self.hma.anonymous || self.listen.ip().is_loopback();
        ensure!(
            closed,
            "`hma.anonymous` lets in anybody, so `listen` must be a loopback address, not {}",
            self.listen
        );
        for (table, outside) in [("messenger", &self.messenger), ("pager", &self.pager)] {
            let Some(outside) = outside else { continue };
            check_outside(&format!("{table}.url"), &outside.url)?;
            ensure!(outside.states_one_secret(), "`{table}` needs one of `secret` and `secret_file`");
        }
        super::records::check(&self.records)?;
        if let Some(mail) = &self.mail {
            check_mail(mail)?;
        }
        self.wellbeing.check()?;
        self.quality.check()?;
        self.ledger.check(&self.data)?;
        self.retention.check()?;
        self.disclosure.check()?;
        self.access.check(self.public_url.as_deref())?;
        let limits = [self.limits.media_bytes, self.limits.media_pixels, self.limits.media_seconds];
        ensure!(limits.iter().all(|limit| *limit > 0), "a limit of 0 would let nothing in");
        ensure!(
            self.limits.lookups_per_hour > 0,
            "a limit of 0 in `limits.lookups_per_hour` would let nobody look"
        );
        let video = [self.video.seconds, self.video.pixels, u64::from(self.video.frames)];
        ensure!(video.iter().all(|limit| *limit > 0), "a limit of 0 in `video` would let no video in");
        let fits = (0.0..=86_400.0).contains(&self.video.seconds_per_hash);
        ensure!(fits, "`video.seconds_per_hash` lies between 0 and a day");
        let percents = [self.video.excerpt_percent, self.video.contained_percent];
        ensure!(
            percents.iter().all(|percent| *percent > 0),
            "at 0 percent in `video` everything would match"
        );
        let fits = self.limits.media_bytes <= self.limits.uploads_in_memory as u64;
        ensure!(fits, "`limits.uploads_in_memory` is less than one upload of `limits.media_bytes`");
        Ok(())
    }
}

/// A database on another machine is reached by TLS with a verified certificate. `prefer`, which is usual, takes no for an
/// answer.
fn check_database(text: &str) -> anyhow::Result<()> {
    let url = Url::parse(text).context("`database` is no address")?;
    match url.scheme() {
        "sqlite" => return Ok(()),
        "postgres" | "postgresql" => {}
        other => anyhow::bail!("`database` begins with sqlite:// or postgres://, not {other}://"),
    }
    let value = |names: &[&str]| {
        let pairs = url.query_pairs().filter(|(name, _)| names.contains(&&**name));
        pairs.last().map(|(_, value)| value.into_owned())
    };
    let host = value(&["host", "hostaddr"]).or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
    // A path is a socket of this machine.
    let is_here = matches!(host.as_str(), "" | "localhost" | "127.0.0.1" | "[::1]" | "::1")
        || host.starts_with('/')
        || host.starts_with("%2F");
    let is_verified = matches!(value(&["sslmode", "ssl-mode"]).as_deref(), Some("verify-full" | "verify-ca"));
    ensure!(
        is_here || is_verified,
        "`database` is on another machine, {host}: it needs `?sslmode=verify-full` (with `&sslrootcert=FILE` for an \
         authority of your own)"
    );
    Ok(())
}

fn check_mail(mail: &Mail) -> anyhow::Result<()> {
    let is_here = matches!(mail.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    ensure!(
        mail.encryption != MailEncryption::None || is_here,
        "`mail.encryption` may be `none` only where `mail.host` is this very machine, not {}",
        mail.host
    );
    ensure!(
        mail.states_its_login(),
        "`mail.user` goes with one of `mail.password` and `mail.password_file`, and these with it"
    );
    Ok(())
}

/// An address of ours: passkeys and cookies need TLS, or this very machine.
fn check_address(key: &str, text: &str) -> anyhow::Result<()> {
    let url = safe_address(key, text)?;
    ensure!(url.path() == "/" && url.query().is_none(), "`{key}` is an origin: it has no path");
    Ok(())
}

/// An address that is called: what is said there speaks of people. A signature keeps it from being altered, not from being
/// read.
pub(super) fn check_outside(key: &str, text: &str) -> anyhow::Result<()> {
    safe_address(key, text).map(drop)
}

fn safe_address(key: &str, text: &str) -> anyhow::Result<Url> {
    let url = address(key, text)?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    ensure!(
        url.scheme() == "https" || local,
        "`{key}` must begin with https:// unless its host is localhost"
    );
    Ok(url)
}

fn address(key: &str, text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).with_context(|| format!("`{key}` is no address"))?;
    ensure!(matches!(url.scheme(), "http" | "https"), "`{key}` must begin with http:// or https://");
    Ok(url)
}
