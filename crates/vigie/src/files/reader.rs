//! One file: streamed once, digested on the way, kept in memory only where a decoder is to have it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::runtime::Handle;
use vigie_match::{Digester, Digests};
use vigie_media::{Container, DecodePool, Examined, Format, Limits, MediaError, VideoPool, Watched};

use super::{Found, Looked, Progress, ReadError, Wanted};

/// Bytes read at once.
const PART: usize = 256 << 10;

/// Looks at files with the decoding children of a pool.
pub(super) struct Reader<'a> {
    pub(super) wanted: Wanted,
    pub(super) runtime: &'a Handle,
    pub(super) pool: Option<&'a DecodePool>,
    /// None where ffmpeg is not here.
    pub(super) videos: Option<&'a VideoPool>,
    pub(super) progress: &'a Progress,
}

/// What streaming a file gave.
struct Streamed {
    format: Option<Format>,
    container: Option<Container>,
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
            Ok(streamed) => Ok(self.examine(streamed, &path)),
            Err(source) => Err(ReadError::Read { path: path.clone(), source }),
        };
        Looked { path, found }
    }

    fn stream(&self, mut file: impl Read) -> io::Result<Streamed> {
        let picture = self.pool.map_or(0, |pool| pool.limits().bytes);
        let video = self.videos.map_or(0, |videos| videos.settings().limits.bytes);
        let mut digester = self.wanted.digests.then(Digester::default);
        let mut part = vec![0; PART];
        let mut streamed =
            Streamed { format: None, container: None, length: 0, digests: None, media: Some(Vec::new()) };
        loop {
            let read = fill(&mut file, &mut part)?;
            let bytes = &part[..read];
            if streamed.length == 0 {
                streamed.format = Format::sniff(bytes);
                streamed.container = Container::sniff(bytes).filter(|_| self.wanted.vpdq.is_some());
            }
            streamed.length += read as u64;
            let most = if streamed.container.is_some() {
                video
            } else {
                picture.min(streamed.format.map_or(0, |_| u64::MAX))
            };
            if streamed.length > most {
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

    fn examine(&self, streamed: Streamed, path: &Path) -> Found {
        let Streamed { format, container, length, digests, media } = streamed;
        if container.is_some() {
            let watched = Some(self.watch(path, length, media));
            return Found { format, digests, examined: None, watched };
        }
        let examined = self.pool.map(|pool| self.decode(pool, format, length, media));
        Found { format, digests, examined, watched: None }
    }

    fn watch(&self, path: &Path, length: u64, media: Option<Vec<u8>>) -> Result<Watched, MediaError> {
        let videos = self.videos.ok_or(MediaError::NoVideoDecoder)?;
        let limit = videos.settings().limits.bytes;
        let media = media.ok_or(MediaError::TooLarge { bytes: length, limit })?;
        let watching = videos.watch(Bytes::from(media), |watched| self.progress.watching(path, watched));
        self.runtime.block_on(watching)
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
