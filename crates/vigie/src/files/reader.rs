//! One file: streamed once, digested on the way, kept in memory only where a decoder is to have it.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use bytes::Bytes;
use tokio::runtime::Handle;
use vigie_match::{Digester, Digests};
use vigie_media::{DecodePool, Examined, Format, Limits, MediaError};

use super::{Found, Looked, ReadError, Wanted};

/// Bytes read at once.
const PART: usize = 256 << 10;

/// Looks at files with the decoding children of a pool.
pub(super) struct Reader<'a> {
    pub(super) wanted: Wanted,
    pub(super) runtime: &'a Handle,
    pub(super) pool: Option<&'a DecodePool>,
}

/// What streaming a file gave.
struct Streamed {
    format: Option<Format>,
    /// How long the file is, as far as it was read.
    length: u64,
    digests: Option<Digests>,
    /// The whole file, unless nobody decodes it or it is too long.
    media: Option<Vec<u8>>,
}

impl Reader<'_> {
    pub(super) fn look_at(&self, path: PathBuf) -> Looked {
        let streamed = File::open(&path).and_then(|file| self.stream(file));
        let found = match streamed {
            Ok(streamed) => Ok(self.examine(streamed)),
            Err(source) => Err(ReadError::Read { path: path.clone(), source }),
        };
        Looked { path, found }
    }

    fn stream(&self, mut file: impl Read) -> io::Result<Streamed> {
        let most = self.pool.map_or(0, |pool| pool.limits().bytes);
        let mut digester = self.wanted.digests.then(Digester::default);
        let mut part = vec![0; PART];
        let mut streamed =
            Streamed { format: None, length: 0, digests: None, media: self.pool.map(|_| Vec::new()) };
        loop {
            let read = fill(&mut file, &mut part)?;
            let bytes = &part[..read];
            if streamed.length == 0 {
                streamed.format = Format::sniff(bytes);
            }
            streamed.length += read as u64;
            if streamed.format.is_none() || streamed.length > most {
                streamed.media = None;
            }
            if let Some(media) = &mut streamed.media {
                media.extend_from_slice(bytes);
            }
            if let Some(digester) = &mut digester {
                digester.update(bytes);
            }
            let rest_is_of_use = digester.is_some() || streamed.media.is_some();
            if read < PART || !rest_is_of_use {
                streamed.digests = digester.map(Digester::finish);
                return Ok(streamed);
            }
        }
    }

    fn examine(&self, streamed: Streamed) -> Found {
        let Streamed { format, length, digests, media } = streamed;
        let examined = self.pool.map(|pool| self.decode(pool, format, length, media));
        Found { format, digests, examined }
    }

    fn decode(
        &self,
        pool: &DecodePool,
        format: Option<Format>,
        length: u64,
        media: Option<Vec<u8>>,
    ) -> Result<Examined, MediaError> {
        let Limits { bytes: limit, .. } = *pool.limits();
        format.ok_or(MediaError::UnknownFormat)?;
        let media = media.ok_or(MediaError::TooLarge { bytes: length, limit })?;
        self.runtime.block_on(pool.examine(Bytes::from(media)))
    }
}

/// Reads until the part is full or the file ends, so that a short read of a slow file system is not taken for the end.
fn fill(file: &mut impl Read, part: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < part.len() {
        match file.read(&mut part[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
