//! The formats that are decoded, told by their first bytes alone.

/// A format of pictures. Its number is part of the child's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Format {
    /// JPEG, baseline and progressive.
    Jpeg = 1,
    /// PNG; of an animated one the default image.
    Png = 2,
    /// GIF, the first frame.
    Gif = 3,
    /// WebP, lossy and lossless, the first frame.
    WebP = 4,
    /// Windows bitmap.
    Bmp = 5,
}

/// Sizes of the second header of a bitmap, one for each version of the format.
const BMP_HEADERS: [u8; 8] = [12, 16, 40, 52, 56, 64, 108, 124];

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::Gif, Self::WebP, Self::Bmp];

    /// The format that these first bytes announce. Names and declared types are never asked.
    #[must_use]
    pub fn sniff(media: &[u8]) -> Option<Self> {
        match media {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            // Two letters alone are too easily met, so the header's size must be one that exists.
            [b'B', b'M', ..] => match media.get(14..18) {
                Some([size, 0, 0, 0]) if BMP_HEADERS.contains(size) => Some(Self::Bmp),
                _ => None,
            },
            _ => None,
        }
    }

    /// The media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Bmp => "image/bmp",
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|format| *format as u8 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_by_the_first_bytes() {
        let cases: [(&[u8], Option<Format>); 10] = [
            (b"\xFF\xD8\xFF\xE0", Some(Format::Jpeg)),
            (b"\x89PNG\r\n\x1A\n", Some(Format::Png)),
            (b"GIF87a", Some(Format::Gif)),
            (b"GIF88a", None),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Some(Format::Bmp)),
            (b"BMW is a car maker", None),
            (b"<svg xmlns=", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Format::sniff(bytes), expected, "{bytes:?}");
        }
    }
}
