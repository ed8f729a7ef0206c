//! Bombs and malformed files by the hundred: each is answered within the limits of a child (10 seconds, 1 GiB), and none of them
//! brings a child down, let alone the pool.
//!
//! Small files that ask for much: streams that unpack to a thousand times their size, sides of 65,535 pixels, scans, tables and
//! chunks without end, lengths that lie. That single files cut short or changed at random are survived is shown in `hostile.rs`.

use vigie_media::{DecodePool, MediaError};

use crate::pictures::{Picture, palette, png_chunk, png_start};
use crate::pool::settings;

/// A file, and what it is.
type Bomb = (String, Vec<u8>);

/// As many as are asked for at least.
const FILES: usize = 500;

#[tokio::test]
async fn bombs_and_malformed_files_end_within_the_limits_of_a_child() {
    let corpus: Vec<Bomb> =
        [packed_bombs(), floods(), jpegs(), gifs(), webps(), bitmaps()].into_iter().flatten().collect();
    assert!(corpus.len() >= FILES, "{} files are too few", corpus.len());
    let pool = DecodePool::start(settings()).await.unwrap();
    let mut refused = 0;
    for (what, media) in corpus {
        match pool.examine(media.into()).await {
            Ok(_) => {}
            Err(
                MediaError::UnknownFormat | MediaError::Undecodable { .. } | MediaError::LimitExceeded { .. },
            ) => refused += 1,
            Err(error) => panic!("{what}: {error}"),
        }
    }
    assert!(refused > FILES / 2, "only {refused} were refused");
    pool.examine(Picture::new(90, 70, 3).png().into()).await.unwrap();
}

/// So many zeros as a zlib stream, in a hundred and sixtieth of the room: one literal, then the longest repetition over and over.
/// The checksum is that of zeros.
fn zeros(count: usize) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x78, 0x01], waiting: 0, count: 0 };
    bits.push(0b011, 3); // The last block, with the fixed codes.
    bits.push(0b0000_1100, 8); // The literal zero, first bit first.
    for _ in 0..count.saturating_sub(1) / 258 {
        bits.push(0b1010_0011, 8); // 258 bytes
        bits.push(0, 5); // from one byte before.
    }
    for _ in 0..count.saturating_sub(1) % 258 {
        bits.push(0b0000_1100, 8);
    }
    bits.push(0, 7); // The end.
    bits.push(0, 7);
    let mut bytes = bits.bytes;
    let high = (count % 65_521) as u32;
    bytes.extend((high << 16 | 1).to_be_bytes());
    bytes
}

struct Bits {
    bytes: Vec<u8>,
    waiting: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, count: u32) {
        self.waiting |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.waiting as u8);
            self.waiting >>= 8;
            self.count -= 8;
        }
    }
}

/// PNG files of every kind that unpack to more than they promise, or promise what nobody unpacks.
fn packed_bombs() -> Vec<Bomb> {
    let data = zeros(130_000_000);
    let mut bombs = Vec::new();
    for (depth, colours) in [(1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 3), (8, 6), (16, 6)] {
        for (width, height) in [(1, 1), (3000, 3000), (65_535, 100), (100, 65_535), (65_535, 65_535)] {
            for interlaced in [false, true] {
                let mut png = png_start(width, height, depth, colours, interlaced);
                png.extend(png_chunk(b"PLTE", &[7; 3]));
                png.extend(png_chunk(b"IDAT", &data));
                png.extend(png_chunk(b"IEND", b""));
                bombs.push((
                    format!("png {width}x{height} of {depth} bits, kind {colours}, {interlaced}"),
                    png,
                ));
            }
        }
    }
    for (kind, head) in
        [(b"iCCP", &b"profile\0\0"[..]), (b"zTXt", b"text\0\0"), (b"iTXt", b"text\0\x01\0\0\0")]
    {
        let mut png = png_start(8, 8, 8, 0, false);
        png.extend(png_chunk(kind, &[head, &data].concat()));
        png.extend(png_chunk(b"IDAT", &zeros(72)));
        png.extend(png_chunk(b"IEND", b""));
        bombs.push((format!("png with a packed {}", String::from_utf8_lossy(kind)), png));
    }
    bombs
}

/// Pieces that are allowed once or a few times, thousands of times.
fn floods() -> Vec<Bomb> {
    let mut bombs = Vec::new();
    for kind in [b"IDAT", b"tEXt", b"PLTE", b"fdAT", b"fcTL", b"acTL", b"gAMA", b"zzZz"] {
        let mut png = png_start(8, 8, 8, 0, false);
        png.extend(png_chunk(kind, b"").repeat(20_000));
        png.extend(png_chunk(b"IDAT", &zeros(72)));
        png.extend(png_chunk(b"IEND", b""));
        bombs.push((format!("png with 20,000 empty {}", String::from_utf8_lossy(kind)), png));
    }
    let jpeg = Picture::new(90, 70, 3).jpeg(|encoder| encoder.set_progressive(true));
    for marker in 0xC0..=0xFE_u8 {
        // A segment that says it has 4 bytes, again and again before the frame.
        let mut flooded = jpeg[..2].to_vec();
        flooded.extend([0xFF, marker, 0, 4, 0, 1].repeat(5_000));
        flooded.extend(&jpeg[2..]);
        bombs.push((format!("jpeg with 5,000 segments {marker:02x}"), flooded));
    }
    bombs
}

/// JPEG files with scans without end, sides that lie, and every sampling.
fn jpegs() -> Vec<Bomb> {
    let progressive = Picture::new(512, 512, 3).jpeg(|encoder| encoder.set_progressive(true));
    let baseline = Picture::new(90, 70, 3).jpeg(|_| {});
    let mut bombs = Vec::new();
    let scan = progressive.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    for times in [10, 100, 1_000] {
        let mut scans = progressive[..scan].to_vec();
        scans.extend(progressive[scan..progressive.len() - 2].repeat(times));
        scans.extend([0xFF, 0xD9]);
        bombs.push((format!("jpeg of {times} scans"), scans));
    }
    for (name, file, frame) in [("baseline", &baseline, 0xC0), ("progressive", &progressive, 0xC2)] {
        let frame = file.windows(2).position(|pair| pair == [0xFF, frame]).unwrap();
        for (width, height) in
            [(0, 0), (1, 0), (0, 1), (65_535, 1), (1, 65_535), (8_000, 8_000), (65_535, 65_535)]
        {
            let mut lying = file.clone();
            lying[frame + 5..frame + 7].copy_from_slice(&u16::to_be_bytes(height));
            lying[frame + 7..frame + 9].copy_from_slice(&u16::to_be_bytes(width));
            bombs.push((format!("{name} jpeg of {width}x{height}"), lying));
        }
        for component in 0..3 {
            for sampling in 0..=0x55_u8 {
                let mut sampled = file.clone();
                sampled[frame + 11 + 3 * component] = sampling;
                if sampling >> 4 <= 5 && sampling & 15 <= 5 {
                    bombs.push((
                        format!("{name} jpeg, component {component} sampled {sampling:02x}"),
                        sampled,
                    ));
                }
            }
        }
    }
    bombs
}

/// GIF files: every size of code, giant screens, frames without end.
fn gifs() -> Vec<Bomb> {
    let gif = |(width, height): (u16, u16), code: u8, frames: usize| {
        let mut file = b"GIF89a".to_vec();
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        file.extend(&sides);
        file.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
        let frame = [&[0x2C, 0, 0, 0, 0][..], &sides, &[0, code, 4, 0x84, 0x8F, 0xA9, 0xCB, 0]].concat();
        file.extend(frame.repeat(frames));
        file.push(0x3B);
        file
    };
    let mut bombs = Vec::new();
    for code in 0..=13 {
        for sides in [(1, 1), (3_000, 3_000), (65_535, 1), (65_535, 65_535)] {
            bombs.push((format!("gif of {sides:?} with codes of {code} bits"), gif(sides, code, 1)));
        }
    }
    for frames in [0, 1_000, 20_000] {
        bombs.push((format!("gif of {frames} frames"), gif((64, 64), 2, frames)));
    }
    bombs
}

/// WebP files whose chunks say they are longer, shorter or other than they are.
fn webps() -> Vec<Bomb> {
    let picture = Picture::new(90, 70, 3);
    let good = picture.webp(image_webp::ColorType::Rgb8, &picture.pixels);
    let mut bombs = Vec::new();
    for length in [0_u32, 1, 9, 10, 0x7FFF_FFFF, 0xFFFF_FFF0, u32::MAX] {
        for place in [4, 16] {
            let mut lying = good.clone();
            lying[place..place + 4].copy_from_slice(&length.to_le_bytes());
            bombs.push((format!("webp whose length at {place} is {length}"), lying));
        }
        for kind in [b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH"] {
            let mut other = good.clone();
            other[12..16].copy_from_slice(kind);
            other[16..20].copy_from_slice(&length.to_le_bytes());
            bombs.push((format!("webp of {} and {length} bytes", String::from_utf8_lossy(kind)), other));
        }
    }
    bombs
}

/// Bitmaps of every depth and packing, most of which there are not, with little behind their header.
fn bitmaps() -> Vec<Bomb> {
    let mut bombs = Vec::new();
    for bits in [0, 1, 2, 4, 8, 16, 24, 32, 64] {
        for compression in 0..=6 {
            for (width, height) in
                [(0, 0), (1, 1), (65_535, 1), (1, 65_535), (3_000, 3_000), (65_535, 65_535)]
            {
                let giant = Picture { width, height, pixels: Vec::new() };
                let rows = [vec![0, 2, 255, 255], vec![255, 0, 0, 1]];
                let file = giant.bmp(bits, compression, &palette(), &rows, bits % 3 == 0);
                bombs.push((format!("bmp {width}x{height} of {bits} bits, packing {compression}"), file));
            }
        }
    }
    bombs
}
