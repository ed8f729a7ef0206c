//! What a witness decides (C2SP tlog-witness): it cosigns only growth, and says why not by exact statuses.
//!
//! What it is: pure functions from what a witness has seen and what it is asked to what it answers. What it is not: a
//! server; who serves it must make deciding and remembering one atomic step, and remember before it answers.

use std::fmt::Write as _;

use crate::checkpoint::{Checkpoint, hash, hash_text, number};
use crate::merkle::{self, Hash, Tree};
use crate::note::{Note, NoteError, VerifierKey};

/// The most lines of a consistency proof.
const MOST_HASHES: usize = 63;

/// The media type of the size in an answer to a stale request.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// What a log asks of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The size that the log believes the witness to know.
    pub old: u64,
    /// What proves growth from there.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: Note,
    /// What it says.
    pub checkpoint: Checkpoint,
}

impl Request {
    /// Reads the body of `POST /add-checkpoint`.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Malformed)?;
        let (head, note) = text.split_once("\n\n").ok_or(Refusal::Malformed)?;
        let mut lines = head.split('\n');
        let old =
            lines.next().and_then(|line| number(line.strip_prefix("old ")?)).ok_or(Refusal::Malformed)?;
        let proof: Vec<_> = lines.map(hash).collect::<Option<_>>().ok_or(Refusal::Malformed)?;
        if proof.len() > MOST_HASHES {
            return Err(Refusal::Malformed);
        }
        let note = Note::read(note.as_bytes()).map_err(|_| Refusal::Malformed)?;
        let checkpoint = Checkpoint::read(note.text()).map_err(|_| Refusal::Malformed)?;
        Ok(Self { old, proof, note, checkpoint })
    }

    /// The body that asks for it.
    #[must_use]
    pub fn body(old: u64, proof: &[Hash], signed: &str) -> String {
        let mut body = format!("old {old}\n");
        for hash in proof {
            let _ = writeln!(body, "{}", hash_text(hash));
        }
        body + "\n" + signed
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request cannot be read, or goes backwards.
    #[error("the request cannot be read")]
    Malformed,
    /// The old size is greater than the new one.
    #[error("the old size is greater than the new one")]
    Backwards,
    /// The log is not one that this witness watches.
    #[error("this origin is not watched here")]
    UnknownOrigin,
    /// No trusted key signed, or the signature is not genuine.
    #[error("the checkpoint is not signed by a key that is trusted for its origin")]
    NotSigned,
    /// The witness knows another size than the log believes.
    #[error("the size known here is {0}")]
    Stale(u64),
    /// It is not growth.
    #[error("the checkpoint does not extend what is known here")]
    Inconsistent,
}

impl Refusal {
    /// The HTTP status that says it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Backwards => 400,
            Self::NotSigned => 403,
            Self::UnknownOrigin => 404,
            Self::Stale(_) => 409,
            Self::Inconsistent => 422,
        }
    }
}

/// Decides about a request: what the witness is to remember from now on, and then to cosign. `keys` are those of the logs
/// that are watched, each named as its origin; `seen` is what was remembered of this origin.
///
/// # Errors
/// The reason to refuse, in the order that the protocol demands.
pub fn decide(request: &Request, keys: &[VerifierKey], seen: Option<Tree>) -> Result<Tree, Refusal> {
    let new = request.checkpoint.tree;
    let trusted: Vec<_> =
        keys.iter().filter(|key| key.name() == request.checkpoint.origin).cloned().collect();
    if trusted.is_empty() {
        return Err(Refusal::UnknownOrigin);
    }
    request.note.verify(&trusted).map_err(|_: NoteError| Refusal::NotSigned)?;
    if request.old > new.size {
        return Err(Refusal::Backwards);
    }
    let seen = seen.unwrap_or(Tree { size: 0, root: merkle::empty_root() });
    if request.old != seen.size {
        return Err(Refusal::Stale(seen.size));
    }
    let is_possible = new.size > 0 || new.root == merkle::empty_root();
    if is_possible && merkle::extends(&seen, &new, &request.proof) {
        Ok(new)
    } else {
        Err(Refusal::Inconsistent)
    }
}

/// What a witness answered, as the log reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its cosignatures.
    Cosigned(Vec<crate::note::Signature>),
    /// It knows this size, and not the one that it was asked from.
    Knows(u64),
    /// It holds that the log did not grow, but changed.
    Inconsistent,
    /// Something else; the status.
    Refused(u16),
}

impl Answer {
    /// Reads an answer by its status and body.
    #[must_use]
    pub fn read(status: u16, body: &str) -> Self {
        let read = match status {
            200 => body.lines().map(|line| line.parse().ok()).collect::<Option<_>>().map(Self::Cosigned),
            409 => number(body.trim_end_matches('\n')).map(Self::Knows),
            422 => Some(Self::Inconsistent),
            _ => None,
        };
        read.unwrap_or(Self::Refused(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::leaf_hash;
    use crate::note::{Kind, SignerKey};

    const ORIGIN: &str = "example.org/log";

    fn key(seed: u8) -> SignerKey {
        SignerKey::from_seed(ORIGIN, Kind::Note, &[seed; 32]).unwrap()
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    fn tree(size: u64) -> Tree {
        Tree { size, root: merkle::root_of(&leaves(size)) }
    }

    fn proof(old: u64, size: u64) -> Vec<Hash> {
        let leaves = leaves(size);
        let hash = |span: &merkle::Span| merkle::root_of(&leaves[span.start as usize..span.end as usize]);
        merkle::consistency(old, size).iter().map(hash).collect()
    }

    fn signed(tree: Tree, key: &SignerKey) -> String {
        Checkpoint { origin: ORIGIN.into(), tree }.sign(key).unwrap().to_string()
    }

    fn ask(old: u64, proof: &[Hash], signed: &str, seen: Option<Tree>) -> Result<Tree, u16> {
        let keys = [key(1).verifier()];
        let request = Request::read(Request::body(old, proof, signed).as_bytes());
        request.and_then(|request| decide(&request, &keys, seen)).map_err(Refusal::status)
    }

    #[test]
    fn growth_is_cosigned_from_nothing_from_itself_and_from_before() {
        assert_eq!(ask(0, &[], &signed(tree(0), &key(1)), None), Ok(tree(0)));
        assert_eq!(ask(0, &[], &signed(tree(5), &key(1)), None), Ok(tree(5)));
        assert_eq!(ask(5, &[], &signed(tree(5), &key(1)), Some(tree(5))), Ok(tree(5)));
        assert_eq!(ask(5, &proof(5, 12), &signed(tree(12), &key(1)), Some(tree(5))), Ok(tree(12)));
    }

    #[test]
    fn every_refusal_has_the_status_of_the_protocol() {
        let twelve = signed(tree(12), &key(1));
        let five = Some(tree(5));
        assert_eq!(ask(13, &[], &twelve, five), Err(400), "backwards");
        assert_eq!(ask(5, &proof(5, 12), &signed(tree(12), &key(2)), five), Err(403), "another key");
        let other = "example.org/other".to_owned();
        let elsewhere = SignerKey::from_seed(&other, Kind::Note, &[1; 32]).unwrap();
        let elsewhere = Checkpoint { origin: other, tree: tree(12) }.sign(&elsewhere).unwrap().to_string();
        assert_eq!(ask(5, &proof(5, 12), &elsewhere, five), Err(404), "another origin");
        assert_eq!(ask(4, &proof(4, 12), &twelve, five), Err(409), "stale");
        assert_eq!(ask(5, &proof(5, 12), &twelve, None), Err(409), "nothing was seen yet");
        assert_eq!(ask(5, &proof(4, 12), &twelve, five), Err(422), "a bad proof");
        assert_eq!(ask(5, &[], &twelve, five), Err(422), "no proof");
        assert_eq!(ask(0, &proof(5, 12), &twelve, None), Err(422), "a proof from nothing");
        let rewritten = Tree { root: [9; 32], ..tree(5) };
        assert_eq!(
            ask(5, &[], &signed(rewritten, &key(1)), five),
            Err(422),
            "the same size with another root"
        );
        let nothing = Tree { size: 0, root: [9; 32] };
        assert_eq!(ask(0, &[], &signed(nothing, &key(1)), None), Err(422), "size 0 with a root");
        let many = vec![[0; 32]; MOST_HASHES + 1];
        assert_eq!(ask(5, &many, &twelve, five), Err(400), "too long a proof");
        for body in ["", "old 5\n", "old 05\n\nx", "5\n\nx", "old 5\nAAAA\n\nx"] {
            assert_eq!(Request::read(body.as_bytes()), Err(Refusal::Malformed), "{body:?}");
        }
    }

    #[test]
    fn answers_are_read_by_their_status() {
        let witness = SignerKey::from_seed("witness.example.org", Kind::Cosignature, &[3; 32]).unwrap();
        let signature = witness.sign("text\n", 1_700_000_000);
        assert_eq!(Answer::read(200, &format!("{signature}\n")), Answer::Cosigned(vec![signature]));
        assert_eq!(Answer::read(200, "nonsense\n"), Answer::Refused(200));
        assert_eq!(Answer::read(409, "17\n"), Answer::Knows(17));
        assert_eq!(Answer::read(409, "stale"), Answer::Refused(409));
        assert_eq!(Answer::read(422, ""), Answer::Inconsistent);
        assert_eq!(Answer::read(503, ""), Answer::Refused(503));
    }
}
