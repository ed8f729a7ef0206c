//! MP4 whose table of contents stands behind the data, brought into an order in which it can be read from a pipe.
//!
//! Cameras write the box `moov` last, and `ffmpeg` cannot go back in a pipe. The box is moved before the data, and the
//! places of the data in it are corrected. Nothing else is read or changed, and what is not understood is sent as it is:
//! then `ffmpeg` says what is wrong with it.

use std::ops::Range;

use bytes::Bytes;

/// The way from `moov` down to the places of the data.
const PATH: [&[u8; 4]; 4] = [b"trak", b"mdia", b"minf", b"stbl"];

/// The media in parts, to be sent one after the other.
pub(super) fn streamable(media: &Bytes) -> Vec<Bytes> {
    moved(media).unwrap_or_else(|| vec![media.clone()])
}

fn moved(media: &Bytes) -> Option<Vec<Bytes>> {
    let boxes: Vec<_> = Boxes { bytes: media, at: 0 }.collect();
    let data = boxes.iter().find(|one| &one.kind == b"mdat")?.whole.clone();
    let table = boxes.iter().find(|one| &one.kind == b"moov")?;
    if table.whole.start < data.start {
        return None;
    }
    let mut moved = media[table.whole.clone()].to_vec();
    let inside = table.inside.start - table.whole.start..moved.len();
    let shift = Shift { places: data.start..table.whole.start, by: moved.len() as u64 };
    shift.correct(&mut moved[inside], &PATH)?;
    Some(vec![
        media.slice(..data.start),
        Bytes::from(moved),
        media.slice(data.start..table.whole.start),
        media.slice(table.whole.end..),
    ])
}

/// A box: its kind, where it lies, and where its content does.
struct One {
    kind: [u8; 4],
    whole: Range<usize>,
    inside: Range<usize>,
}

/// The boxes that follow one another, as far as they can be told.
struct Boxes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Iterator for Boxes<'_> {
    type Item = One;

    fn next(&mut self) -> Option<One> {
        let rest = self.bytes.get(self.at..)?;
        let (size, kind) = (u32::from_be_bytes(*rest.first_chunk()?), *rest.get(4..)?.first_chunk()?);
        let (head, size) = match size {
            // To the end of the file.
            0 => (8, rest.len()),
            1 => (16, usize::try_from(u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)).ok()?),
            size => (8, size as usize),
        };
        let end = self.at.checked_add(size).filter(|end| *end <= self.bytes.len() && size >= head)?;
        let whole = self.at..end;
        self.at = end;
        Some(One { kind, inside: whole.start + head..end, whole })
    }
}

/// What happens to places in the file.
struct Shift {
    /// What is moved back.
    places: Range<usize>,
    /// By how many bytes.
    by: u64,
}

impl Shift {
    /// Corrects the tables below this path; none where a place would not fit its field.
    fn correct(&self, bytes: &mut [u8], path: &[&[u8; 4]]) -> Option<()> {
        let boxes: Vec<_> = Boxes { bytes, at: 0 }.collect();
        for one in boxes {
            let inside = &mut bytes[one.inside];
            match path {
                [next, rest @ ..] if one.kind == **next => self.correct(inside, rest)?,
                [] if &one.kind == b"stco" => self.correct_places::<4>(inside)?,
                [] if &one.kind == b"co64" => self.correct_places::<8>(inside)?,
                _ => {}
            }
        }
        Some(())
    }

    /// Corrects a table: four bytes of version and flags, the number of places, the places of `N` bytes each.
    fn correct_places<const N: usize>(&self, table: &mut [u8]) -> Option<()> {
        let (head, places) = table.split_first_chunk_mut::<8>()?;
        let count = u32::from_be_bytes(*head.last_chunk()?) as usize;
        for place in places.as_chunks_mut::<N>().0.iter_mut().take(count) {
            let old = place.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            if !usize::try_from(old).is_ok_and(|old| self.places.contains(&old)) {
                continue;
            }
            let new = old.checked_add(self.by)?.to_be_bytes();
            let (high, low) = new.split_at(8 - N);
            if high.iter().any(|byte| *byte != 0) {
                return None;
            }
            place.copy_from_slice(low);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), &kind[..], content].concat()
    }

    /// A table of these places, with a lie about their number added.
    fn table(places: &[u64], wide: bool, lie: u32) -> Vec<u8> {
        let mut content = vec![0; 4];
        content.extend((places.len() as u32).wrapping_add(lie).to_be_bytes());
        for place in places {
            if wide {
                content.extend(place.to_be_bytes());
            } else {
                content.extend((*place as u32).to_be_bytes());
            }
        }
        boxed(if wide { b"co64" } else { b"stco" }, &content)
    }

    fn movie(tables: &[Vec<u8>]) -> Vec<u8> {
        let track = |table: &Vec<u8>| {
            let inner = [boxed(b"stsd", b"abc"), table.clone()].concat();
            [b"stbl", b"minf", b"mdia", b"trak"].iter().fold(inner, |inner, kind| boxed(kind, &inner))
        };
        boxed(b"moov", &[boxed(b"mvhd", &[7; 20]), tables.iter().flat_map(track).collect()].concat())
    }

    /// The places in the tables of a file, found by their names alone.
    fn places(file: &[u8]) -> Vec<u64> {
        let mut found = Vec::new();
        for at in 4..file.len().saturating_sub(12) {
            let width = match &file[at..at + 4] {
                b"stco" => 4,
                b"co64" => 8,
                _ => continue,
            };
            let size = u32::from_be_bytes(file[at - 4..at].try_into().unwrap()) as usize;
            let table = &file[at + 12..at - 4 + size];
            found.extend(
                table
                    .chunks_exact(width)
                    .map(|place| place.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))),
            );
        }
        found
    }

    fn joined(media: Vec<u8>) -> Vec<u8> {
        streamable(&media.into()).concat()
    }

    proptest! {
        #[test]
        fn every_place_still_names_the_same_bytes(
            before in 0_usize..40, after in 0_usize..40, chunks in 1_u64..30, wide: bool, long: bool, split in 0_usize..30,
        ) {
            let head = [boxed(b"ftyp", b"isom"), boxed(b"free", &vec![0; before])].concat();
            // Every chunk of the data is its own number, so that a place can be told by what lies there.
            let data: Vec<u8> = (0..chunks).flat_map(|chunk| (chunk + 1000).to_be_bytes()).collect();
            let data_head = if long { 16 } else { 8 };
            let start = (head.len() + data_head) as u64;
            let data = if long {
                [&1_u32.to_be_bytes(), &b"mdat"[..], &(data.len() as u64 + 16).to_be_bytes(), &data].concat()
            } else {
                boxed(b"mdat", &data)
            };
            let all: Vec<u64> = (0..chunks).map(|chunk| start + chunk * 8).collect();
            let (one, other) = all.split_at(split.min(all.len()));
            let moov = movie(&[table(one, wide, 0), table(other, !wide, 0)]);
            let file = [head, data, boxed(b"free", &vec![1; after]), moov, boxed(b"udta", b"end")].concat();
            let sent = joined(file.clone());
            prop_assert_eq!(sent.len(), file.len());
            prop_assert!(sent.windows(4).position(|kind| kind == b"moov") < sent.windows(4).position(|kind| kind == b"mdat"));
            let at = |file: &[u8], place: u64| file[place as usize..place as usize + 8].to_vec();
            let (old, new) = (places(&file), places(&sent));
            prop_assert_eq!(old.len(), chunks as usize);
            for (old, new) in old.into_iter().zip(new) {
                prop_assert_eq!(at(&file, old), at(&sent, new));
            }
        }

        #[test]
        fn garbage_is_sent_whole(
            noise in prop::collection::vec(any::<u8>(), 0..200), lie: u32, cut in 0_usize..200, wide: bool,
        ) {
            let places = [40, 44, u64::MAX, 0];
            let file = [boxed(b"ftyp", b"isom"), boxed(b"mdat", &noise), movie(&[table(&places, wide, lie), noise.clone()])].concat();
            for file in [noise, file[..file.len().saturating_sub(cut)].to_vec(), file] {
                prop_assert_eq!(joined(file.clone()).len(), file.len());
            }
        }
    }

    #[test]
    fn what_is_in_order_already_is_sent_as_it_is() {
        let file =
            [boxed(b"ftyp", b"isom"), movie(&[table(&[4000], false, 0)]), boxed(b"mdat", &[1; 9])].concat();
        assert_eq!(joined(file.clone()), file);
    }

    #[test]
    fn places_outside_the_moved_data_stay() {
        let head = boxed(b"ftyp", b"isom");
        let data = boxed(b"mdat", &[3; 40]);
        let end = (head.len() + data.len()) as u64;
        let file = [head, data, movie(&[table(&[0, 4, end, end + 9000], true, 0)])].concat();
        assert_eq!(places(&joined(file)), [0, 4, end, end + 9000]);
    }
}
