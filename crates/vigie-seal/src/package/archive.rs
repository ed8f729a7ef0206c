//! The one file of a package: a plain tar (POSIX ustar), written in one way and read only in that way.
//!
//! Any tar opens it. We read it strictly: the header of a file must be the very header we would have written for that name and
//! length, padding is zeros, and nothing follows the end. So there are no paths, links, owners or times to be tricked by.

/// A block of a tar.
const BLOCK: usize = 512;

/// The longest package that is read, in bytes.
pub const LONGEST: usize = 2 << 30;

/// The files of a package, in the order in which they stand; only the last may be missing.
pub const NAMES: [&str; 4] = ["manifest.json", "grant.json", "records.age", "proof.tlog-proof"];

/// Why the bytes are no package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It is too long.
    #[error("it is longer than any package")]
    TooLong,
    /// It ends too early.
    #[error("it ends within {0}")]
    Truncated(&'static str),
    /// Another file than the one that belongs here, or its header is not as we write it.
    #[error("{0} is not where it belongs, or its header is not of the one right form")]
    Header(&'static str),
    /// Something stands where nothing may.
    #[error("something stands after {0}")]
    Padding(&'static str),
    /// More follows than belongs there.
    #[error("more follows than the files of a package")]
    Trailing,
}

/// The files of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'bytes> {
    pub(super) manifest: &'bytes [u8],
    pub(super) grant: &'bytes [u8],
    pub(super) records: &'bytes [u8],
    pub(super) proof: Option<&'bytes [u8]>,
}

pub(super) fn write(parts: &Parts<'_>) -> Vec<u8> {
    let files = [Some(parts.manifest), Some(parts.grant), Some(parts.records), parts.proof];
    let length: usize = files.iter().flatten().map(|content| content.len() + 2 * BLOCK).sum();
    let mut bytes = Vec::with_capacity(length + 2 * BLOCK);
    for (name, content) in NAMES.iter().zip(files).filter_map(|(name, content)| Some((name, content?))) {
        bytes.extend_from_slice(&header(name, content.len()));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<Parts<'_>, ArchiveError> {
    if bytes.len() > LONGEST {
        return Err(ArchiveError::TooLong);
    }
    let mut rest = bytes;
    let [manifest, grant, records, proof] = NAMES;
    let parts = Parts {
        manifest: take(&mut rest, manifest)?,
        grant: take(&mut rest, grant)?,
        records: take(&mut rest, records)?,
        proof: if rest.first().is_some_and(|byte| *byte != 0) { Some(take(&mut rest, proof)?) } else { None },
    };
    if rest == [0; 2 * BLOCK] { Ok(parts) } else { Err(ArchiveError::Trailing) }
}

/// Takes the next file, which must be this one.
fn take<'bytes>(rest: &mut &'bytes [u8], name: &'static str) -> Result<&'bytes [u8], ArchiveError> {
    let (head, after) = rest.split_at_checked(BLOCK).ok_or(ArchiveError::Truncated(name))?;
    let length = length_in(head).filter(|length| header(name, *length) == head);
    let length = length.ok_or(ArchiveError::Header(name))?;
    let (content, after) = after.split_at_checked(length).ok_or(ArchiveError::Truncated(name))?;
    let padding = length.next_multiple_of(BLOCK) - length;
    let (padding, after) = after.split_at_checked(padding).ok_or(ArchiveError::Truncated(name))?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(ArchiveError::Padding(name));
    }
    *rest = after;
    Ok(content)
}

/// The length that a header states, in octal digits; at most that of a package.
fn length_in(head: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(head.get(124..135)?).ok()?;
    usize::from_str_radix(digits, 8).ok().filter(|length| *length <= LONGEST)
}

/// The header of a file: readable and writable by its owner alone, of nobody, of the beginning of time.
fn header(name: &str, length: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{length:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(proof: bool) -> Vec<u8> {
        let records = vec![7; 700];
        let proof = proof.then_some(b"proof".as_slice());
        write(&Parts { manifest: b"{}", grant: &[b' '; 512], records: &records, proof })
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = archive(true);
        let parts = read(&bytes).unwrap();
        assert_eq!(
            (parts.manifest, parts.grant.len(), parts.proof),
            (b"{}".as_slice(), 512, Some(b"proof".as_slice()))
        );
        assert_eq!(read(&archive(false)).unwrap().proof, None);
    }

    #[test]
    fn no_byte_of_the_frame_can_change() {
        let bytes = archive(true);
        let good = read(&bytes).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            assert!(read(&changed).is_err() || read(&changed).unwrap() != good, "{at}");
        }
    }

    #[test]
    fn other_frames_are_refused() {
        let bytes = archive(true);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        assert_eq!(read(&[bytes.as_slice(), &[0; 512]].concat()), Err(ArchiveError::Trailing));
        let entry = |name: &str, length: usize| [header(name, length).to_vec(), vec![0; 1024]].concat();
        let first = |name: &str| read(&entry(name, 0)).unwrap_err();
        for name in ["/manifest.json", "../manifest.json", "./manifest.json", "grant.json", ""] {
            assert_eq!(first(name), ArchiveError::Header("manifest.json"), "{name}");
        }
        assert_eq!(read(&entry("manifest.json", 0o7777_7777)), Err(ArchiveError::Truncated("manifest.json")));
        assert_eq!(
            read(&entry("manifest.json", 0o777_7777_7777)),
            Err(ArchiveError::Header("manifest.json"))
        );
        // A file of another kind, and one that stands there twice.
        let mut link = entry("manifest.json", 0);
        link[156] = b'2';
        assert_eq!(read(&link), Err(ArchiveError::Header("manifest.json")));
        let twice = [bytes[..1024].to_vec(), bytes.clone()].concat();
        assert_eq!(read(&twice), Err(ArchiveError::Header("grant.json")));
        let extra = [bytes[..bytes.len() - 1024].to_vec(), entry("readme.txt", 0)].concat();
        assert_eq!(read(&extra), Err(ArchiveError::Trailing));
    }
}
