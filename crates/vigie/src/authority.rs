//! The keys of an authority in a folder of its own, and the keys of those it deals with.
//!
//! `signing.key` and `sealing.key` are readable by their owner alone; the second is a file for `age -i` too. Beside them lie
//! their public halves, `signing.vkey` and `sealing.recipient`, and, put there by the authority from another hand than the
//! packages, `service.vkey` and `log.vkey`: the keys it trusts. What it is not: the keyring of a service.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use vigie_seal::note::{Kind, SignerKey, VerifierKey};
use vigie_seal::package::{ExposeSecret as _, Identity};

use crate::output::Hint as _;

const SIGNING: &str = "signing";
const SEALING: &str = "sealing.key";
const VERIFIER: &str = "signing.vkey";
const RECIPIENT: &str = "sealing.recipient";

/// The two keys of an authority.
pub(crate) struct Keys {
    /// Signs its documents, withdrawals and passes.
    pub(crate) signing: SignerKey,
    /// Opens its packages.
    pub(crate) sealing: Identity,
}

impl Keys {
    /// The keys in a folder; they are made where there are none yet.
    pub(crate) fn make(folder: &Path, name: &str) -> anyhow::Result<Self> {
        if folder.join(VERIFIER).exists() {
            let keys = Self::open(folder)?;
            let found = keys.signing.verifier();
            ensure!(
                found.name() == name,
                "the keys in {} are those of {}, not of {name}",
                folder.display(),
                found.name()
            );
            return Ok(keys);
        }
        SignerKey::from_seed(name, Kind::Note, &[0; 32]).context("cannot use this name")?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        if !folder.join(SEALING).exists() {
            let text = Identity::generate().to_string();
            write_new(&folder.join(SEALING), &format!("{}\n", text.expose_secret()), 0o600)?;
        }
        let keys = Self::read(folder, name)?;
        write_new(&folder.join(RECIPIENT), &format!("{}\n", keys.sealing.to_public()), 0o644)?;
        // Last, because the folder counts as made from here on.
        write_new(&folder.join(VERIFIER), &format!("{}\n", keys.signing.verifier()), 0o644)?;
        Ok(keys)
    }

    /// The keys in a folder where they were made before.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let public: VerifierKey = read_text(&folder.join(VERIFIER))
            .hint("`vigie order keys --folder DIR --name ORIGIN` makes keys")?
            .parse()
            .with_context(|| format!("cannot use {}", folder.join(VERIFIER).display()))?;
        let secret = folder.join(SIGNING).with_extension("key");
        ensure!(secret.exists(), "{} is missing", secret.display());
        let keys = Self::read(folder, public.name())?;
        ensure!(keys.signing.verifier() == public, "{VERIFIER} and {SIGNING}.key do not belong together");
        Ok(keys)
    }

    fn read(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let seed = vigie_store::signing_seed(folder, SIGNING).context("cannot read the key that signs")?;
        let signing = SignerKey::from_seed(name, Kind::Note, &seed).context("cannot use this name")?;
        let path = folder.join(SEALING);
        // What age-keygen writes has comments before the key.
        let text = read_text(&path)?;
        let line = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
        match line.unwrap_or_default().trim().parse() {
            Ok(sealing) => Ok(Self { signing, sealing }),
            Err(why) => bail!("{} holds no age key: {why}", path.display()),
        }
    }
}

/// The keys that are trusted: those given, or the one that lies in the folder.
pub(crate) fn trusted(given: &[String], keys: Option<&Path>, file: &str) -> anyhow::Result<Vec<VerifierKey>> {
    let found = keys.map(|folder| folder.join(file)).filter(|path| given.is_empty() && path.exists());
    let texts = match found {
        Some(path) => vec![read_text(&path)?],
        None => given.iter().map(|given| text_or_file(given)).collect::<anyhow::Result<_>>()?,
    };
    texts.iter().map(|text| parse(text)).collect()
}

/// The key of the service, where it lies in the folder.
pub(crate) const SERVICE: &str = "service.vkey";
/// The key of the service's ledger, where it lies in the folder.
pub(crate) const LOG: &str = "log.vkey";

fn parse(text: &str) -> anyhow::Result<VerifierKey> {
    text.parse().with_context(|| format!("cannot use the key {}", text.trim()))
}

/// A text given on the command line, or after `@` the file that holds it.
fn text_or_file(given: &str) -> anyhow::Result<String> {
    match given.strip_prefix('@') {
        Some(file) => read_text(Path::new(file)),
        None => Ok(given.to_owned()),
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file that must not be there yet.
pub(crate) fn write_new(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file in one step: whole, or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    };
    write().map(drop).with_context(|| format!("cannot write {}", path.display()))
}
