//! Room in memory for media: one budget for all requests together, so that no flood of uploads exhausts the process.
//!
//! Media waits in memory and nowhere else: it never touches a temporary file.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Code, Error, Result};

/// Room is handed out in pieces of this many bytes.
const PIECE: usize = 4096;
/// So many bytes are made room for before they are there.
const ON_TRUST: usize = 1 << 20;

/// The budget. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Room {
    pieces: Arc<Semaphore>,
    limit: usize,
}

impl Room {
    /// So many bytes for all requests together, and at most `limit` for one.
    pub(crate) fn new(bytes: usize, limit: usize) -> Self {
        let pieces = bytes.div_ceil(PIECE).min(Semaphore::MAX_PERMITS);
        Self { pieces: Arc::new(Semaphore::new(pieces)), limit }
    }

    /// An upload that begins: no byte yet.
    pub(crate) fn upload(&self) -> Upload {
        Upload { room: self.clone(), permit: None, bytes: Vec::new() }
    }
}

/// Media that is coming in.
pub struct Upload {
    room: Room,
    permit: Option<OwnedSemaphorePermit>,
    bytes: Vec<u8>,
}

impl Upload {
    /// Makes room at once for bytes that were announced, so that they are not moved while they come in. A wrong
    /// announcement does no harm: not much is taken on trust.
    ///
    /// # Errors
    /// As [`Upload::push`].
    pub fn announce(&mut self, bytes: usize) -> Result<()> {
        let bytes = bytes.min(self.room.limit).min(ON_TRUST);
        self.reserve(bytes)?;
        self.bytes.reserve_exact(bytes.saturating_sub(self.bytes.len()));
        Ok(())
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The media is larger than one may be ([`Code::MediaTooLarge`]), or all room is taken ([`Code::Busy`]).
    pub fn push(&mut self, part: &[u8]) -> Result<()> {
        let length = self.bytes.len() + part.len();
        if length > self.room.limit {
            let detail = format!("media may have {} bytes at most", self.room.limit);
            return Err(Error::new(Code::MediaTooLarge, detail));
        }
        self.reserve(length)?;
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// All of it is there.
    #[must_use]
    pub fn finish(self) -> Media {
        Media { bytes: self.bytes.into(), _room: self.permit }
    }

    fn reserve(&mut self, bytes: usize) -> Result<()> {
        let has = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.div_ceil(PIECE).saturating_sub(has);
        if missing == 0 {
            return Ok(());
        }
        let busy =
            || Error::new(Code::Busy, "too many uploads are being examined: send this one again in a moment");
        let missing = u32::try_from(missing).map_err(|_| busy())?;
        let more = Arc::clone(&self.room.pieces).try_acquire_many_owned(missing).map_err(|_| busy())?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        Ok(())
    }
}

/// Media that came in whole. Its room is free again when it is dropped.
pub struct Media {
    pub(crate) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_by_all_and_given_back() {
        let room = Room::new(3 * PIECE, 2 * PIECE);
        let mut first = room.upload();
        first.push(&[1; PIECE]).unwrap();
        first.push(&[2; 1]).unwrap();
        let first = first.finish();
        assert_eq!(first.bytes.len(), PIECE + 1);

        let mut second = room.upload();
        second.push(&[3; PIECE]).unwrap();
        assert_eq!(second.push(&[4]).unwrap_err().code(), Code::Busy);
        drop(first);
        second.push(&[4]).unwrap();
    }

    #[test]
    fn one_upload_never_takes_more_than_the_limit_whatever_it_announced() {
        let room = Room::new(10 * PIECE, 2 * PIECE);
        let mut upload = room.upload();
        upload.announce(usize::MAX).unwrap();
        upload.push(&[0; 2 * PIECE]).unwrap();
        assert_eq!(upload.push(&[0]).unwrap_err().code(), Code::MediaTooLarge);
        assert_eq!(room.pieces.available_permits(), 8);
    }
}
