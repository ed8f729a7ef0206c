//! Previews of pictures made here.

use super::*;

/// A PNG whose left half is red and right half blue, twice as wide as high, with an orientation.
fn flag(width: u32, orientation: Option<u8>) -> Vec<u8> {
    let height = width / 2;
    let mut info = png::Info::with_size(width, height);
    info.color_type = png::ColorType::Rgb;
    info.bit_depth = png::BitDepth::Eight;
    info.exif_metadata = orientation.map(|value| {
        let mut block = b"II*\0\x08\0\0\0\x01\0".to_vec();
        block.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0]);
        block.into()
    });
    let mut bytes = Vec::new();
    let encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|index| if index % width < width / 2 { [200, 0, 0] } else { [0, 0, 200] })
        .collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

/// Reads a preview back: its colour type and pixels.
fn read(preview: &Preview) -> (png::ColorType, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(&preview.png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (preview.width, preview.height));
    (info.color_type, pixels)
}

#[test]
fn the_full_preview_keeps_colours_and_shape() {
    let preview = preview(&flag(3000, None), &Limits::default(), PreviewSettings::FULL).unwrap();
    assert_eq!((preview.width, preview.height), (1024, 512));
    let (colours, pixels) = read(&preview);
    assert_eq!(colours, png::ColorType::Rgb);
    assert_eq!(pixels[..3], [200, 0, 0]);
    assert_eq!(pixels[pixels.len() - 3..], [0, 0, 200]);
}

#[test]
fn the_shielded_preview_is_small_grey_and_blurred() {
    let preview = preview(&flag(3000, None), &Limits::default(), PreviewSettings::SHIELDED).unwrap();
    assert_eq!((preview.width, preview.height), (240, 120));
    let (colours, pixels) = read(&preview);
    assert_eq!(colours, png::ColorType::Grayscale);
    let steps = pixels[..240].windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    assert!(steps.max().unwrap() <= 3, "the edge between the halves is gone");
}

#[test]
fn a_small_picture_keeps_its_size() {
    let preview = preview(&flag(20, None), &Limits::default(), PreviewSettings::FULL).unwrap();
    assert_eq!((preview.width, preview.height), (20, 10));
    assert_eq!(read(&preview).1[27..33], [200, 0, 0, 0, 0, 200]);
}

#[test]
fn it_stands_upright() {
    // Where the red half lies: (first pixel is red, last pixel is red, wider than high).
    let expected = [
        (1, (true, false, true)),
        (3, (false, true, true)),
        (6, (true, false, false)),
        (8, (false, true, false)),
    ];
    for (orientation, expected) in expected {
        let preview =
            preview(&flag(400, Some(orientation)), &Limits::default(), PreviewSettings::FULL).unwrap();
        let (_, pixels) = read(&preview);
        let red = |pixel: &[u8]| pixel == [200, 0, 0];
        let found = (red(&pixels[..3]), red(&pixels[pixels.len() - 3..]), preview.width > preview.height);
        assert_eq!(found, expected, "orientation {orientation}");
    }
}

#[test]
fn no_setting_exceeds_the_longest_side() {
    let settings = PreviewSettings { max_side: u16::MAX, ..PreviewSettings::FULL };
    assert_eq!(preview(&flag(3000, None), &Limits::default(), settings).unwrap().width, 1024);
    let settings = PreviewSettings { max_side: 0, ..PreviewSettings::SHIELDED };
    assert_eq!(preview(&flag(3000, None), &Limits::default(), settings).unwrap().width, 1);
}
