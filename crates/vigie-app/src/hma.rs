//! What the HMA-compatible API asks of the house: hashing, matching, curation, as Hasher-Matcher-Actioner means them.
//!
//! What it is: the use cases behind `/h`, `/m` and `/c`, with HMA's notions (content and signal types, a bank by its name,
//! content by its number, `disable_until_ts`). What it is not: it knows no HTTP, and a bank that was made here has no
//! force at the desk before two people adopt it (`docs/decisions`).
//!
//! To add a signal type: a line in [`SIGNAL_TYPES`].

mod allowance;
mod curation;
mod lookup;

use serde_json::json;
use vigie_match::{Digests, Pdq, Signal, SignalKind};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::exchanges;

use crate::room::{Media, Upload};
use crate::{App, Code, Error, Resource, Result, authorise, permits};

pub(crate) use allowance::Allowance;
pub use curation::{Content, ContentEdit, NewContent, ratio, read_signals};
pub(crate) use curation::{bank_name, new_bank, not_of_the_desk};
pub use lookup::{Found, Lookup, TypeIndex};

vigie_model::names! {
    /// What media is, in HMA's words.
    pub enum ContentType {
        /// A picture.
        Photo => "photo",
        /// A moving one.
        Video => "video",
    }
}

/// A signal type of the HMA-compatible API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalType {
    /// Its name there.
    pub name: &'static str,
    /// The kind of signal behind it.
    pub kind: SignalKind,
    /// The content from which it is computed where nobody asks for types by name; HMA's own defaults.
    by_default: Option<ContentType>,
    /// The content from which it is computed where it is asked for by name.
    computed_from: &'static [ContentType],
}

/// Every signal type. `video_md5` is HMA's name of MD5; the digests that HMA lacks are computed when asked for by name.
pub const SIGNAL_TYPES: [SignalType; 5] = {
    use ContentType::{Photo, Video};
    const BOTH: &[ContentType] = &[Photo, Video];
    [
        SignalType { name: "pdq", kind: SignalKind::Pdq, by_default: Some(Photo), computed_from: &[Photo] },
        SignalType { name: "video_md5", kind: SignalKind::Md5, by_default: Some(Video), computed_from: BOTH },
        SignalType { name: "md5", kind: SignalKind::Md5, by_default: None, computed_from: BOTH },
        SignalType { name: "sha1", kind: SignalKind::Sha1, by_default: None, computed_from: BOTH },
        SignalType { name: "sha256", kind: SignalKind::Sha256, by_default: None, computed_from: BOTH },
    ]
};

/// Signals of some media, by the name of their type. The text of a type is empty where the media says too little.
pub type Hashes = Vec<(&'static str, Option<Signal>)>;

impl App {
    /// Makes room for media that is coming in to be hashed.
    ///
    /// # Errors
    /// Not permitted.
    pub fn begin_hashing(&self, caller: &Caller) -> Result<Upload> {
        if !permits(caller, Operation::HmaMatch, Resource::Any) {
            authorise(caller, Operation::HmaCurate, Resource::Any)?;
        }
        Ok(self.intake().room.upload())
    }

    /// Hashes media: with the types that are asked for, or with the default ones of its content type.
    ///
    /// # Errors
    /// A type is unknown, disabled or not computed from this content, or the media cannot be decoded.
    pub async fn hma_hash(&self, content: ContentType, media: Media, types: Option<&str>) -> Result<Hashes> {
        let types = self.types_for(content, types).await?;
        let pdq = match types.iter().any(|it| it.kind == SignalKind::Pdq) {
            true => self.pdq_of(&media).await?,
            false => None,
        };
        let bytes = media.bytes.clone();
        let digests = self.heavy.run(move || Digests::of(&bytes)).await?;
        let signal = |it: SignalType| match it.kind {
            SignalKind::Pdq => pdq.map(Signal::Pdq),
            SignalKind::Md5 => Some(Signal::Md5(digests.md5)),
            SignalKind::Sha1 => Some(Signal::Sha1(digests.sha1)),
            SignalKind::Sha256 => Some(Signal::Sha256(digests.sha256)),
            SignalKind::Vpdq => None,
        };
        Ok(types.into_iter().map(|it| (it.name, signal(it))).collect())
    }

    /// Every signal type with the share in which it is switched on.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn hma_signal_types(&self, caller: &Caller) -> Result<Vec<(SignalType, f64)>> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let ratios = exchanges::signal_types(&mut self.store.read().await?).await?;
        Ok(SIGNAL_TYPES.into_iter().map(|it| (it, ratios.get(it.name).copied().unwrap_or(1.0))).collect())
    }

    /// Sets the share of a signal type on the HMA surface; 0 switches it off there.
    ///
    /// # Errors
    /// Not permitted, no such type, or a share outside 0 to 1.
    pub async fn hma_set_signal_type(&self, caller: &Caller, name: &str, ratio: f64) -> Result<()> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let it = named(name)?;
        check_ratio(ratio)?;
        let mut tx = self.store.begin().await?;
        exchanges::set_signal_type(&mut tx, it.name, ratio).await?;
        let entry = Details::new(caller, "signal_type.set", format!("signal_type:{}", it.name), self.now());
        tx.commit(&entry.with(json!({ "ratio": ratio.to_string() }))).await?;
        Ok(())
    }

    async fn pdq_of(&self, media: &Media) -> Result<Option<Pdq>> {
        let decoder =
            self.media.as_ref().ok_or_else(|| Error::new(Code::Busy, "no decoding children are set up"))?;
        let undecodable = |error: vigie_media::MediaError| {
            use vigie_media::MediaError as M;
            let code = match error {
                M::TooLarge { .. } => Code::MediaTooLarge,
                M::UnknownFormat => Code::UnknownMediaType,
                M::Busy { .. } | M::Unavailable { .. } => Code::Busy,
                _ => Code::Undecodable,
            };
            Error::new(code, error.to_string()).because(error)
        };
        Ok(decoder.examine(media.bytes.clone()).await.map_err(undecodable)?.pdq)
    }

    async fn types_for(&self, content: ContentType, asked: Option<&str>) -> Result<Vec<SignalType>> {
        let Some(asked) = asked else {
            let off = self.types_switched_off().await?;
            let by_default =
                |it: &SignalType| it.by_default == Some(content) && !off.contains(&it.name.to_owned());
            return Ok(SIGNAL_TYPES.into_iter().filter(by_default).collect());
        };
        let mut types = Vec::new();
        for name in asked.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let it = self.enabled_type(name).await?;
            if !it.computed_from.contains(&content) {
                return invalid(format!("signal type '{name}' is not computed from a {content}"));
            }
            if !types.contains(&it) {
                types.push(it);
            }
        }
        if types.is_empty() {
            return invalid("empty signal type selection");
        }
        Ok(types)
    }

    async fn enabled_type(&self, name: &str) -> Result<SignalType> {
        let it = named(name)?;
        if self.types_switched_off().await?.iter().any(|off| off == name) {
            return invalid(format!("SignalType '{name}' is not enabled"));
        }
        Ok(it)
    }

    async fn types_switched_off(&self) -> Result<Vec<String>> {
        let ratios = exchanges::signal_types(&mut self.store.read().await?).await?;
        Ok(ratios.into_iter().filter_map(|(name, ratio)| (ratio <= 0.0).then_some(name)).collect())
    }
}

/// The digits of a signal.
#[must_use]
pub fn digits(signal: &Signal) -> String {
    signal.hex()
}

/// The signal type of this name.
pub(crate) fn named(name: &str) -> Result<SignalType> {
    let it = SIGNAL_TYPES.into_iter().find(|it| it.name == name);
    it.ok_or_else(|| Error::new(Code::InvalidValue, format!("No such SignalType '{name}'")))
}

/// The name under which a stored signal is shown, given what stands beside it: MD5 of a picture is `md5`.
pub(crate) fn shown_name(kind: SignalKind, beside: &[SignalKind]) -> &'static str {
    match kind {
        SignalKind::Md5 if !beside.contains(&SignalKind::Pdq) => "video_md5",
        kind => kind.name(),
    }
}

/// Reads a signal as HMA does: PDQ in lower case alone, digests in any.
pub(crate) fn parse(it: SignalType, text: &str) -> Result<Signal> {
    let text = text.trim();
    if it.kind == SignalKind::Pdq && text.contains(|c: char| c.is_ascii_uppercase()) {
        return invalid("PDQ hashes must be 64 hexadecimal digits in lower case");
    }
    Signal::parse(it.kind, text).map_err(|error| Error::new(Code::InvalidValue, error.to_string()))
}

pub(crate) fn check_ratio(ratio: f64) -> Result<()> {
    if (0.0..=1.0).contains(&ratio) {
        return Ok(());
    }
    invalid("an enabled ratio lies between 0.0 and 1.0")
}

fn invalid<T>(detail: impl Into<String>) -> Result<T> {
    Err(Error::new(Code::InvalidValue, detail))
}
