//! Which way up a camera held a picture: the one Exif tag that previews need.
//!
//! Everything else in Exif is skipped, and a block that cannot be followed counts as upright.

/// One of Exif's eight orientations, by how the stored picture becomes the upright one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    /// Rows and columns change places, before the other two.
    pub(crate) transposed: bool,
    /// The result is mirrored left to right.
    pub(crate) mirrored: bool,
    /// The result is mirrored top to bottom.
    pub(crate) flipped: bool,
}

const TAG: u16 = 0x0112;
/// An entry of a directory: tag, type, count, value.
const ENTRY: usize = 12;

impl Orientation {
    /// Reads an Exif block, with or without its `Exif` mark in front.
    pub(crate) fn from_exif(block: &[u8]) -> Self {
        let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        value_of(tiff).and_then(Self::from_value).unwrap_or_default()
    }

    fn from_value(value: u16) -> Option<Self> {
        let of = |transposed, mirrored, flipped| Some(Self { transposed, mirrored, flipped });
        match value {
            1 => of(false, false, false),
            2 => of(false, true, false),
            3 => of(false, true, true),
            4 => of(false, false, true),
            5 => of(true, false, false),
            6 => of(true, true, false),
            7 => of(true, true, true),
            8 => of(true, false, true),
            _ => None,
        }
    }
}

/// The tag's value in the first directory of a TIFF block.
fn value_of(tiff: &[u8]) -> Option<u16> {
    let big = match tiff.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let number = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let bytes: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let directory = if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) } as usize;
    let count = usize::from(number(directory)?);
    (0..count)
        .map_while(|index| directory.checked_add(2 + index * ENTRY))
        .map_while(|entry| Some((entry, number(entry)?)))
        .find(|(_, tag)| *tag == TAG)
        .and_then(|(entry, _)| number(entry + 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(value: u8) -> Vec<u8> {
        let mut block = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
        block.extend(b"\x0F\x01\x02\0\x01\0\0\0\0\0\0\0");
        block.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0]);
        block
    }

    #[test]
    fn the_tag_is_found_behind_others() {
        let quarter = Orientation { transposed: true, mirrored: true, flipped: false };
        assert_eq!(Orientation::from_exif(&block(6)), quarter);
        assert_eq!(Orientation::from_exif(&block(6)[6..]), quarter);
    }

    #[test]
    fn what_cannot_be_followed_counts_as_upright() {
        let whole = block(6);
        for length in 0..whole.len() - 4 {
            let _no_panic = Orientation::from_exif(&whole[..length]);
        }
        assert_eq!(Orientation::from_exif(&block(9)), Orientation::default());
        assert_eq!(Orientation::from_exif(b"II*\0\xFF\xFF\xFF\xFF"), Orientation::default());
    }
}
