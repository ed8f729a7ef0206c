//! Entries of the ledger: what happened stays in an erasable row, the log holds only a salted hash of it.
//!
//! A public entry is `{"H":"…","v":1}` with H = SHA-256(salt ‖ canonical details), so that the log shows neither an order
//! nor a gag, and deleting a row later never breaks it. The leaf is SHA-256(0x00 ‖ entry), as RFC 6962 section 2.1.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vigie_model::{Caller, Moment};

use crate::canonical;

/// What happened: who did what to which object, when, with which parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Who, as [`Caller::actor`] names them.
    pub actor: String,
    /// What, as a dotted class: `bank.created`, `media.revealed`.
    pub action: String,
    /// To which object: `bank:…`, `incident:…`.
    pub object: String,
    /// When.
    pub at: Moment,
    /// With which parameters. No floating-point numbers, no secrets, no signals of material.
    pub parameters: Value,
}

impl Details {
    /// An entry about an act of this caller.
    #[must_use]
    pub fn new(caller: &Caller, action: &str, object: impl Into<String>, at: Moment) -> Self {
        Self {
            actor: caller.actor(),
            action: action.to_owned(),
            object: object.into(),
            at,
            parameters: Value::Object(serde_json::Map::new()),
        }
    }

    /// With these parameters.
    #[must_use]
    pub fn with(mut self, parameters: Value) -> Self {
        self.parameters = parameters;
        self
    }
}

/// Details sealed into a public entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The canonical text of the details: what the erasable row keeps.
    pub details: String,
    /// The public entry.
    pub entry: Vec<u8>,
    /// The leaf hash of the entry.
    pub leaf: [u8; 32],
}

/// What the first entry of an epoch says in public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The origin from now on.
    pub origin: String,
    /// The signed checkpoint of the epoch before.
    pub quotes: String,
}

/// What opens one entry to whoever may see it: the salt and the details. It goes with a proof, as its `extra`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsealed {
    /// The canonical text of the details.
    pub details: String,
    /// The salt, in hex.
    pub salt: String,
}

impl Unsealed {
    /// What opens the entry of these details under this salt.
    #[must_use]
    pub fn new(details: impl Into<String>, salt: &[u8; 32]) -> Self {
        Self { details: details.into(), salt: hex::encode(salt) }
    }

    /// Reads it from the `extra` of a proof; none where it is nothing of the kind, or not written canonically.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let unsealed: Self = serde_json::from_slice(bytes).ok()?;
        let salt: [u8; 32] = hex::decode(&unsealed.salt).ok()?.try_into().ok()?;
        (unsealed.to_bytes() == bytes && hex::encode(salt) == unsealed.salt).then_some(unsealed)
    }

    /// Its canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_string(self).unwrap_or_default().into_bytes()
    }

    /// The leaf of the entry that it opens.
    #[must_use]
    pub fn leaf(&self) -> [u8; 32] {
        let salt = hex::decode(&self.salt).unwrap_or_default();
        let hash = Sha256::new().chain_update(salt).chain_update(self.details.as_bytes()).finalize();
        leaf_hash(entry_text(&hex::encode(hash)).as_bytes())
    }

    /// What the entry says; none where it is not readable.
    #[must_use]
    pub fn details(&self) -> Option<Details> {
        serde_json::from_str(&self.details).ok()
    }
}

/// The public entry of a hash, where it opens no epoch.
fn entry_text(hash: &str) -> String {
    format!(r#"{{"H":"{hash}","v":1}}"#)
}

/// Seals details under a salt of 32 random bytes.
///
/// # Errors
/// The parameters do not serialise to JSON.
pub fn seal(details: &Details, salt: &[u8; 32]) -> Result<Sealed, serde_json::Error> {
    seal_opening(details, salt, None)
}

/// Seals details into an entry that, where it opens an epoch, says so in public.
///
/// # Errors
/// The parameters do not serialise to JSON.
pub fn seal_opening(
    details: &Details,
    salt: &[u8; 32],
    opens: Option<&Opening>,
) -> Result<Sealed, serde_json::Error> {
    #[derive(Serialize)]
    struct Entry<'a> {
        #[serde(rename = "H")]
        hash: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        opens: Option<&'a Opening>,
        v: u8,
    }
    let text = canonical::to_string(details)?;
    let hash = Sha256::new().chain_update(salt).chain_update(text.as_bytes()).finalize();
    let entry = canonical::to_string(&Entry { hash: hex::encode(hash), opens, v: 1 })?.into_bytes();
    let leaf = leaf_hash(&entry);
    Ok(Sealed { details: text, entry, leaf })
}

/// SHA-256(0x00 ‖ entry): RFC 6962 section 2.1.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaf_hash_agrees_with_the_published_vector() {
        // RFC 6962: the leaf of the empty entry.
        assert_eq!(
            hex::encode(leaf_hash(b"")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn salt_and_details_lead_back_to_the_leaf_of_their_entry_alone() {
        let details = Details::new(&Caller::operator(), "bank.created", "bank:1", Moment(1_000_000));
        let sealed = seal(&details, &[1; 32]).unwrap();
        let unsealed = Unsealed::new(&*sealed.details, &[1; 32]);
        assert_eq!(unsealed.leaf(), sealed.leaf);
        assert_eq!(unsealed.details().unwrap(), details);
        assert_eq!(Unsealed::read(&unsealed.to_bytes()).unwrap(), unsealed);
        assert_ne!(Unsealed::new(&*sealed.details, &[2; 32]).leaf(), sealed.leaf);
        let shouted = String::from_utf8(Unsealed::new("{}", &[0xAB; 32]).to_bytes()).unwrap();
        for bytes in
            ["", "{}", &shouted.to_uppercase(), &shouted.replace("ab", "AB"), &shouted.replace(':', ": ")]
        {
            assert_eq!(Unsealed::read(bytes.as_bytes()), None, "{bytes}");
        }
    }

    #[test]
    fn the_public_entry_depends_on_salt_and_details_and_shows_neither() {
        let details = Details::new(&Caller::operator(), "bank.created", "bank:1", Moment(1_000_000));
        let one = seal(&details, &[1; 32]).unwrap();
        let other = seal(&details, &[2; 32]).unwrap();
        assert_ne!(one.leaf, other.leaf);
        assert!(!String::from_utf8_lossy(&one.entry).contains("bank"));
        let hash = Sha256::new().chain_update([1; 32]).chain_update(&one.details).finalize();
        assert_eq!(one.entry, format!(r#"{{"H":"{}","v":1}}"#, hex::encode(hash)).into_bytes());
        assert_eq!(
            one.details,
            r#"{"action":"bank.created","actor":"operator","at":"1970-01-01T00:00:01Z","object":"bank:1","parameters":{}}"#
        );
    }
}
