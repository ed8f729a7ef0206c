//! Files built to hurt: each ends as a named error or an honest answer, and the pool goes on.

use bytes::Bytes;
use vigie_media::{DecodePool, ExceededLimit, Limits, MediaError, PreviewSettings};

use crate::pictures::{Picture, palette, png_chunk, png_start, stored};
use crate::pool::settings;
use crate::reference;

/// One good file of each format, small.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let picture = Picture::new(90, 70, 3);
    let few = picture.few_colours();
    let mut gif = Vec::new();
    let frame = gif::Frame::from_indexed_pixels(90, 70, few.indexes(), None);
    gif::Encoder::new(&mut gif, 90, 70, &palette()).unwrap().write_frame(&frame).unwrap();
    let rows: Vec<Vec<u8>> = picture
        .pixels
        .chunks(270)
        .map(|row| {
            let mut row = row.to_vec();
            row.resize(272, 0);
            row
        })
        .collect();
    let mut files = vec![
        ("jpeg", picture.jpeg(|_| {})),
        ("progressive jpeg", picture.jpeg(|encoder| encoder.set_progressive(true))),
        ("png", picture.png()),
        ("gif", gif),
        ("webp", picture.webp(image_webp::ColorType::Rgb8, &picture.pixels)),
        ("bmp", picture.bmp(24, 0, &[], &rows, false)),
        ("bmp of runs", few.bmp(8, 1, &palette(), &[vec![90, 5, 0, 0], vec![0, 1]], false)),
    ];
    if let Some(folder) = reference::folder("lossy webp among the hostile files") {
        files.push(("lossy webp", std::fs::read(folder.join("images/mode-F.webp")).unwrap()));
    }
    files
}

/// Whether an outcome is one that a caller can act on.
#[track_caller]
fn named<T>(what: &str, outcome: Result<T, MediaError>) -> Option<MediaError> {
    let error = outcome.err()?;
    let named = matches!(
        error,
        MediaError::UnknownFormat | MediaError::Undecodable { .. } | MediaError::LimitExceeded { .. }
    );
    assert!(named, "{what}: {error}");
    Some(error)
}

#[tokio::test]
async fn files_cut_short_are_named() {
    let pool = DecodePool::start(settings()).await.unwrap();
    for (name, media) in files() {
        let media = Bytes::from(media);
        pool.examine(media.clone()).await.unwrap();
        for part in 0..40 {
            let length = media.len() * part / 40;
            let outcome = pool.examine(media.slice(..length)).await;
            let error = named(&format!("{name} cut to {length}"), outcome);
            assert!(error.is_some(), "{name} cut to {length} of {} bytes is no whole picture", media.len());
        }
    }
}

#[tokio::test]
async fn files_with_random_changes_leave_the_pool_standing() {
    let pool = DecodePool::start(settings()).await.unwrap();
    let mut state = 0x9E37_79B9_u32;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    };
    for (name, media) in files() {
        let rounds = if media.len() > 50_000 { 12 } else { 120 };
        for round in 0..rounds {
            let mut changed = media.clone();
            for _ in 0..=random(6) {
                // Mostly near the front, where the lengths and tables are.
                let reach = if random(3) == 0 { changed.len() } else { changed.len().min(700) };
                let at = random(reach);
                changed[at] = random(256) as u8;
            }
            let changed = Bytes::from(changed);
            named(&format!("{name}, change {round}"), pool.examine(changed.clone()).await);
            if round % 10 == 0 {
                named(&format!("{name}, change {round}"), pool.preview(changed, PreviewSettings::SOFT).await);
            }
        }
        pool.examine(media.into()).await.unwrap();
    }
}

/// Headers that claim sides of 65,535 pixels and more, with little or nothing behind them.
fn giants() -> Vec<(&'static str, Vec<u8>)> {
    let mut jpeg = Picture::new(90, 70, 3).jpeg(|_| {});
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    let png = |interlaced| {
        let mut png = png_start(65_535, 65_535, 16, 6, interlaced);
        png.extend(png_chunk(b"IDAT", &stored(&[0; 1000])));
        png.extend(png_chunk(b"IEND", b""));
        png
    };
    let mut screen = b"GIF89a\xFF\xFF\xFF\xFF\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    screen.extend(b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3B");
    let mut frame = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    frame.extend(b"\x2C\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02\x44\x01\0\x3B");
    let mut webp = b"RIFF\x1A\0\0\0WEBPVP8L\x0D\0\0\0\x2F\xFE\xBF\xFF\x0F".to_vec();
    webp.extend([0; 9]);
    let mut canvas = b"RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\xFE\xFF\0\xFE\xFF\0".to_vec();
    canvas.extend(b"VP8L\0\0\0\0");
    let giant = Picture { width: 65_535, height: 65_535, pixels: Vec::new() };
    let bmp = giant.bmp(24, 0, &[], &[], false);
    let runs = giant.bmp(8, 1, &palette(), &[vec![0, 1]], false);
    vec![
        ("jpeg", jpeg),
        ("png", png(false)),
        ("interlaced png", png(true)),
        ("gif screen", screen),
        ("gif frame", frame),
        ("webp", webp),
        ("webp canvas", canvas),
        ("bmp", bmp),
        ("bmp of runs", runs),
    ]
}

#[tokio::test]
async fn giants_are_refused_by_their_header() {
    let pool = DecodePool::start(settings()).await.unwrap();
    for (name, media) in giants() {
        let error = named(name, pool.examine(media.into()).await).expect(name);
        // A WebP canvas is refused for what is missing in it, before its sides matter.
        let pixels = matches!(error, MediaError::LimitExceeded { limit: ExceededLimit::Pixels });
        assert!(pixels || name == "webp canvas", "{name}: {error}");
    }
}

#[tokio::test]
async fn pictures_at_the_limit_of_pixels_fit_the_memory() {
    let pool = DecodePool::start(settings()).await.unwrap();
    let side = 8_000;
    let pixels = vec![120; side * side];
    let picture = Picture { width: side as u32, height: side as u32, pixels };
    let grey = picture.jpeg_of(jpeg_encoder::ColorType::Luma, &picture.pixels, |_| {});
    let found = pool.examine(grey.into()).await.unwrap();
    assert_eq!((found.width, found.height, found.quality), (8_000, 8_000, 0));

    let mut deep = Vec::new();
    {
        let mut png = png::Encoder::new(&mut deep, 8_000, 8_000);
        png.set_color(png::ColorType::Rgba);
        png.set_depth(png::BitDepth::Sixteen);
        png.set_compression(png::Compression::Fastest);
        let mut writer = png.write_header().unwrap();
        let mut stream = writer.stream_writer().unwrap();
        let row = vec![7; side * 8];
        for _ in 0..side {
            std::io::Write::write_all(&mut stream, &row).unwrap();
        }
        stream.finish().unwrap();
    }
    let found = pool.examine(deep.into()).await.unwrap();
    assert_eq!((found.width, found.quality), (8_000, 0));
}

#[tokio::test]
async fn a_bomb_of_memory_ends_in_its_own_job() {
    // Little memory, so that even an honest picture is a bomb.
    let limits = Limits { memory: 48 << 20, ..Limits::default() };
    let pool = DecodePool::start(vigie_media::PoolSettings { limits, ..settings() }).await.unwrap();
    let picture = Picture { width: 6_000, height: 6_000, pixels: vec![120; 36_000_000] };
    let media = picture
        .jpeg_of(jpeg_encoder::ColorType::Luma, &picture.pixels, |encoder| encoder.set_progressive(true));
    let error = pool.examine(media.into()).await.unwrap_err();
    let expected = matches!(
        error,
        MediaError::LimitExceeded { limit: ExceededLimit::Memory } | MediaError::Crashed { signal: Some(6) }
    );
    assert!(expected, "{error}");
    assert!(pool.examine(Picture::new(90, 70, 3).png().into()).await.is_ok());
}

#[tokio::test]
async fn what_only_looks_like_a_picture_is_refused() {
    let pool = DecodePool::start(settings()).await.unwrap();
    let fronts: [&[u8]; 5] = [
        b"\xFF\xD8\xFF\xE0",
        b"\x89PNG\r\n\x1A\n",
        b"GIF89a",
        b"RIFF\xFF\xFF\xFF\xFFWEBP",
        b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    ];
    for front in fronts {
        for tail in [
            vec![],
            vec![0; 3000],
            vec![0xFF; 3000],
            (0..3000).map(|index| (index * 31 % 251) as u8).collect(),
        ] {
            let media = [front, &tail].concat();
            named("a front", pool.examine(media.into()).await).expect("no picture");
        }
    }
}
