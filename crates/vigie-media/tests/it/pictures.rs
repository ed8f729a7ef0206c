//! Pictures made here, and files of them in every form that is decoded.

/// A picture of red, green and blue bytes.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Vec<u8>,
}

impl Picture {
    /// Soft waves, some edges and noise: about as hard to compress as a photograph, and the same on every machine.
    pub(crate) fn new(width: u32, height: u32, seed: u32) -> Self {
        let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        let mut part = || (random() % 10_000) as f32 / 10_000.0;
        let waves: Vec<_> = (0..24)
            .map(|_| (part() * 40.0, part() * 40.0, part() * 6.3, part() * 22.0, [part(), part(), part()]))
            .collect();
        let mut pixels = Vec::with_capacity((width * height * 3) as usize);
        for row in 0..height {
            for column in 0..width {
                let (x, y) = (column as f32 / width as f32, row as f32 / height as f32);
                let mut colour = [128.0; 3];
                for (across, down, phase, size, tint) in &waves {
                    let wave = (across * x + down * y + phase).sin() * size;
                    colour.iter_mut().zip(tint).for_each(|(sum, share)| *sum += wave * share);
                }
                let noise = part() * 24.0 - 12.0;
                pixels.extend(colour.map(|value| (value + noise) as u8));
            }
        }
        Self { width, height, pixels }
    }

    pub(crate) fn colours(&self) -> impl Iterator<Item = [u8; 3]> + '_ {
        self.pixels.as_chunks::<3>().0.iter().copied()
    }

    fn map(&self, colour: impl Fn([u8; 3]) -> [u8; 3]) -> Self {
        Self { pixels: self.colours().flat_map(colour).collect(), ..self.clone() }
    }

    /// The same in shades of grey.
    pub(crate) fn grey(&self) -> Self {
        self.map(|[_, green, _]| [green; 3])
    }

    /// The same in the 216 colours that [`Self::indexes`] tells.
    pub(crate) fn few_colours(&self) -> Self {
        self.map(|colour| colour.map(|value| (value / 43) * 51))
    }

    /// For a picture of few colours, the index of each pixel in [`PALETTE`].
    pub(crate) fn indexes(&self) -> Vec<u8> {
        self.colours().map(|[red, green, blue]| red / 51 * 36 + green / 51 * 6 + blue / 51).collect()
    }

    /// The same in `steps` shades of grey, from black to white, and which shade each pixel has.
    pub(crate) fn few_greys(&self, steps: u8) -> (Self, Vec<u8>) {
        let shade = |green: u8| (u32::from(green) * u32::from(steps) / 256) as u8;
        let picture =
            self.map(|[_, green, _]| [(u32::from(shade(green)) * 255 / u32::from(steps - 1)) as u8; 3]);
        (picture, self.colours().map(|[_, green, _]| shade(green)).collect())
    }

    pub(crate) fn jpeg(&self, set: impl FnOnce(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        self.jpeg_of(jpeg_encoder::ColorType::Rgb, &self.pixels, set)
    }

    pub(crate) fn jpeg_of(
        &self,
        kind: jpeg_encoder::ColorType,
        samples: &[u8],
        set: impl FnOnce(&mut jpeg_encoder::Encoder<&mut Vec<u8>>),
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
        set(&mut encoder);
        encoder.encode(samples, self.width as u16, self.height as u16, kind).expect("memory takes a JPEG");
        bytes
    }

    pub(crate) fn png(&self) -> Vec<u8> {
        self.png_of(png::ColorType::Rgb, png::BitDepth::Eight, &self.pixels, |_| {})
    }

    pub(crate) fn png_of(
        &self,
        kind: png::ColorType,
        depth: png::BitDepth,
        samples: &[u8],
        set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(kind);
        encoder.set_depth(depth);
        set(&mut encoder);
        let mut writer = encoder.write_header().expect("memory takes a PNG");
        writer.write_image_data(samples).expect("memory takes a PNG");
        drop(writer);
        bytes
    }

    pub(crate) fn webp(&self, kind: image_webp::ColorType, samples: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        image_webp::WebPEncoder::new(&mut bytes)
            .encode(samples, self.width, self.height, kind)
            .expect("memory takes a WebP");
        bytes
    }

    /// Samples of a row packed to so many bits each, the first in the highest bits, each row ending on a whole number
    /// of `align` bytes.
    pub(crate) fn packed(&self, samples: &[u8], bits: usize, align: usize) -> Vec<Vec<u8>> {
        let pack = |row: &[u8]| {
            let mut bytes = vec![0; (row.len() * bits).div_ceil(8).next_multiple_of(align)];
            for (index, sample) in row.iter().enumerate() {
                bytes[index * bits / 8] |= sample << (8 - bits - index * bits % 8);
            }
            bytes
        };
        samples.chunks_exact(self.width as usize).map(pack).collect()
    }

    /// A bitmap: `rows` from the top down, each of whole four bytes; written from the bottom up unless `down`.
    pub(crate) fn bmp(
        &self,
        bits: u16,
        compression: u32,
        palette: &[u8],
        rows: &[Vec<u8>],
        down: bool,
    ) -> Vec<u8> {
        let height = if down { -(self.height as i32) } else { self.height as i32 };
        let size: usize = rows.iter().map(Vec::len).sum();
        let data = 14 + 40 + palette.len();
        let colours = if bits <= 8 { palette.len() / 4 } else { 0 };
        let mut bytes = b"BM".to_vec();
        for number in [(data + size) as u32, 0, data as u32, 40, self.width, height as u32] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([1, 0]);
        bytes.extend(bits.to_le_bytes());
        for number in [compression, size as u32, 2835, 2835, colours as u32, 0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(palette);
        if down {
            bytes.extend(rows.iter().flatten());
        } else {
            bytes.extend(rows.iter().rev().flatten());
        }
        bytes
    }
}

/// The 216 colours, six steps for each of red, green and blue.
pub(crate) fn palette() -> Vec<u8> {
    (0..216_u8).flat_map(|index| [index / 36, index / 6 % 6, index % 6]).map(|step| step * 51).collect()
}

/// One chunk of a PNG file with the right checksum.
pub(crate) fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = (content.len() as u32).to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(content);
    let checksum = !chunk[4..].iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    });
    chunk.extend(checksum.to_be_bytes());
    chunk
}

/// The header chunk of a PNG file, behind its signature.
pub(crate) fn png_start(width: u32, height: u32, depth: u8, colours: u8, interlaced: bool) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([depth, colours, 0, 0, u8::from(interlaced)]);
    bytes.extend(png_chunk(b"IHDR", &header));
    bytes
}

/// A zlib stream of stored blocks.
pub(crate) fn stored(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x01];
    let mut blocks = content.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        bytes.push(u8::from(blocks.peek().is_none()));
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(block);
    }
    let (low, high) = content.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    bytes.extend((high << 16 | low).to_be_bytes());
    bytes
}
