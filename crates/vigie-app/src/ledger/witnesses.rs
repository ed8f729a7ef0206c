//! Asking witnesses: for cosignatures, and, before a process signs for the first time, whether they know more than we do.

use futures_util::future::join_all;
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::merkle::{self, Tree};
use vigie_seal::note::{Note, Signature};
use vigie_seal::witness::{Answer, Request};
use vigie_store::log::{self, Epoch, Signed};

use super::{Fork, Progress, Witness};
use crate::{App, Error, Result};

/// What came of asking a witness.
enum Asked {
    /// It cosigned.
    Cosigned(Signature),
    /// What it knows contradicts us.
    Fork(Fork),
    /// It gave no answer that helps.
    Silent,
}

impl App {
    /// Before the first signature of this process: every witness is shown the last checkpoint. One that knows more, or other
    /// than that, has seen the ledger of which this is an older copy.
    pub(super) async fn ask_witnesses_before_signing(
        &self,
        progress: &mut Progress,
        epoch: &Epoch,
    ) -> Result<Option<Fork>> {
        if progress.witnessed.len() != self.witnesses.len() {
            progress.witnessed = vec![None; self.witnesses.len()];
        }
        if progress.witnessed.iter().all(Option::is_some) {
            return Ok(None);
        }
        let last = log::last_signed(&mut self.store.read().await?, epoch).await?;
        let note = match last {
            Some(last) => last.note,
            // Nothing was signed here: the empty tree, which every ledger grows from, says who we are.
            None => self.signed_note(epoch, Tree { size: 0, root: merkle::empty_root() })?.to_string(),
        };
        let asked = self.ask_all(progress, epoch, &note).await?;
        Ok(asked.into_iter().find_map(|asked| match asked {
            Asked::Fork(fork) => Some(fork),
            Asked::Cosigned(_) | Asked::Silent => None,
        }))
    }

    /// The checkpoint with the cosignatures that came, and how many they are.
    pub(super) async fn cosigned(
        &self,
        progress: &mut Progress,
        epoch: &Epoch,
        signed: &Signed,
    ) -> Result<(String, usize)> {
        let read = Note::read(signed.note.as_bytes());
        let mut note = read.map_err(|source| Error::internal("read a checkpoint", source))?;
        let mut cosigned = 0;
        for asked in self.ask_all(progress, epoch, &signed.note).await? {
            match asked {
                Asked::Cosigned(signature) => {
                    note.add(signature);
                    cosigned += 1;
                }
                Asked::Fork(fork) => {
                    progress.sound = None;
                    progress.fork = Some(fork.clone());
                    return Err(fork.into());
                }
                Asked::Silent => {}
            }
        }
        Ok((note.to_string(), cosigned))
    }

    /// Shows a signed checkpoint to every witness at once.
    async fn ask_all(&self, progress: &mut Progress, epoch: &Epoch, signed: &str) -> Result<Vec<Asked>> {
        progress.witnessed.resize(self.witnesses.len(), None);
        let asking = self.witnesses.iter().zip(&mut progress.witnessed);
        let answers = join_all(asking.map(|(witness, known)| self.ask(witness, known, epoch, signed))).await;
        answers.into_iter().collect()
    }

    /// Shows a signed checkpoint to a witness: from the size that it is believed to know, and once more from the one it says.
    async fn ask(
        &self,
        witness: &Witness,
        known: &mut Option<u64>,
        epoch: &Epoch,
        signed: &str,
    ) -> Result<Asked> {
        let checkpoint = read(signed)?;
        let size = checkpoint.tree.size;
        let told_by = || format!("the witness {}", witness.key.name());
        let mut old = known.unwrap_or(size).min(size);
        for _ in 0..2 {
            let spans = merkle::consistency(old, size);
            let proof = log::spans(&mut self.store.read().await?, epoch, &spans).await?;
            let answer = witness.server.add_checkpoint(Request::body(old, &proof, signed)).await;
            match answer.map(|(status, body)| Answer::read(status, &body)) {
                Ok(Answer::Cosigned(signatures)) => {
                    *known = Some(size);
                    return Ok(genuine(witness, &checkpoint, signatures));
                }
                Ok(Answer::Knows(more)) if more > size => {
                    // Another process of this ledger may have signed in between: then it is in the rows.
                    if log::last_signed(&mut self.store.read().await?, epoch)
                        .await?
                        .is_some_and(|last| last.size >= more)
                    {
                        return Ok(Asked::Silent);
                    }
                    return Ok(Asked::Fork(Fork::Behind { told_by: told_by(), signed: more, here: size }));
                }
                Ok(Answer::Knows(other)) => old = other,
                Ok(Answer::Inconsistent) => {
                    return Ok(Asked::Fork(Fork::Different { told_by: told_by(), size: old }));
                }
                Ok(Answer::Refused(status)) => {
                    tracing::warn!(status, witness = witness.key.name(), "a witness does not cosign");
                    return Ok(Asked::Silent);
                }
                Err(_) => return Ok(Asked::Silent),
            }
        }
        Ok(Asked::Silent)
    }
}

/// The cosignature among those that were answered which this witness's key made.
fn genuine(witness: &Witness, checkpoint: &Checkpoint, signatures: Vec<Signature>) -> Asked {
    let text = checkpoint.to_string();
    let by_it = |signature: &Signature| {
        signature.name == witness.key.name()
            && signature.key_id == witness.key.id()
            && witness.key.check(&text, signature).is_ok()
    };
    match signatures.into_iter().find(by_it) {
        Some(signature) => Asked::Cosigned(signature),
        None => {
            tracing::warn!(
                witness = witness.key.name(),
                "a witness answered with a signature that is not its own"
            );
            Asked::Silent
        }
    }
}

fn read(signed: &str) -> Result<Checkpoint> {
    let read = Note::read(signed.as_bytes()).and_then(|note| Checkpoint::read(note.text()));
    read.map_err(|source| Error::internal("read a checkpoint", source))
}
