//! The containers of videos, told by their first bytes alone.

/// A container of videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// MP4 and its relatives, such as 3GP.
    Mp4,
    /// QuickTime, the ancestor of MP4.
    QuickTime,
    /// Matroska.
    Matroska,
    /// WebM, a Matroska of few codecs.
    WebM,
    /// Audio Video Interleave.
    Avi,
}

/// Brands of pictures and sounds that share MP4's boxes.
const NO_VIDEOS: [&[u8; 4]; 11] =
    [b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"avis", b"M4A ", b"M4B ", b"M4P ", b"crx "];

/// What a QuickTime file of before 2004 may begin with.
const OLD_QUICKTIME: [&[u8; 4]; 5] = [b"moov", b"mdat", b"wide", b"skip", b"free"];

/// So many bytes of a Matroska name its kind.
const MATROSKA_HEAD: usize = 64;

impl Container {
    /// Every container.
    pub const ALL: [Self; 5] = [Self::Mp4, Self::QuickTime, Self::Matroska, Self::WebM, Self::Avi];

    /// The container that these first bytes announce. Names and declared types are never asked.
    #[must_use]
    pub fn sniff(media: &[u8]) -> Option<Self> {
        match media {
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.first_chunk::<4>()? {
                b"qt  " => Some(Self::QuickTime),
                brand if NO_VIDEOS.contains(&brand) => None,
                _ => Some(Self::Mp4),
            },
            [0x1A, 0x45, 0xDF, 0xA3, head @ ..] => {
                let head = &head[..head.len().min(MATROSKA_HEAD)];
                let is_webm = head.windows(4).any(|name| name == b"webm");
                Some(if is_webm { Self::WebM } else { Self::Matroska })
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some(Self::Avi),
            _ => Self::old_quicktime(media.first_chunk::<8>()?),
        }
    }

    fn old_quicktime([a, b, c, d, kind @ ..]: &[u8; 8]) -> Option<Self> {
        // The size of the first box is at least that of its head, or one of two special values.
        let size = u32::from_be_bytes([*a, *b, *c, *d]);
        (OLD_QUICKTIME.contains(&kind) && (size >= 8 || size <= 1)).then_some(Self::QuickTime)
    }

    /// The media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::Matroska => "video/x-matroska",
            Self::WebM => "video/webm",
            Self::Avi => "video/x-msvideo",
        }
    }

    /// The one demuxer that is let at it.
    pub(super) fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 | Self::QuickTime => "mov",
            Self::Matroska | Self::WebM => "matroska",
            Self::Avi => "avi",
        }
    }

    /// Whether it is made of boxes, of which the one with the table of contents may stand at the end.
    pub(super) fn has_boxes(self) -> bool {
        matches!(self, Self::Mp4 | Self::QuickTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_by_the_first_bytes() {
        let cases: [(&[u8], Option<Container>); 14] = [
            (b"\0\0\0\x18ftypisom\0\0\x02\0", Some(Container::Mp4)),
            (b"\0\0\0\x18ftyp3gp5", Some(Container::Mp4)),
            (b"\0\0\0\x14ftypqt  ", Some(Container::QuickTime)),
            (b"\0\0\0\x18ftypheic", None),
            (b"\0\0\0\x18ftypM4A ", None),
            (b"\0\0\0\x18ftyp", None),
            (b"\0\0\0\x01mdat\0\0\0\0", Some(Container::QuickTime)),
            (b"\0\0\0\x04mdat", None),
            (b"\0\0\x04\0moov", Some(Container::QuickTime)),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm", Some(Container::WebM)),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x88matroska", Some(Container::Matroska)),
            (b"RIFF\0\0\0\0AVI LIST", Some(Container::Avi)),
            (b"RIFF\0\0\0\0WEBPVP8 ", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Container::sniff(bytes), expected, "{bytes:?}");
        }
    }
}
