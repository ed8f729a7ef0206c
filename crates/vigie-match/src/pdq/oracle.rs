//! The reference algorithm written down step by step, slow and without any folding: what the kernel is held against.
//!
//! Included by the tests and, by path, by the benches of `vigie-media`. It uses the standard library only.

/// Hash (most significant byte first) and quality of an image of interleaved red, green and blue bytes.
pub(super) fn hash_rgb(pixels: &[u8], width: usize, height: usize) -> ([u8; 32], i32) {
    if width.min(height) < 5 {
        return ([0; 32], 0);
    }
    let (pixels, width, height) = resize(pixels, width, height);
    let luma = pixels
        .chunks_exact(3)
        .map(|pixel| 0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2]))
        .collect();
    hash_float(luma, width, height)
}

/// Hash and quality of a float luminance image, without the resize.
pub(super) fn hash_float(mut image: Vec<f32>, width: usize, height: usize) -> ([u8; 32], i32) {
    let mut other = vec![0.0; image.len()];
    let (along_rows, along_columns) = (width.div_ceil(128), height.div_ceil(128));
    for _ in 0..2 {
        for row in 0..height {
            let start = row * width;
            box_pass(&image[start..], &mut other[start..], width, 1, along_rows);
        }
        for column in 0..width {
            box_pass(&other[column..], &mut image[column..], height, width, along_columns);
        }
    }
    let mut small = [[0.0; 64]; 64];
    for (row, line) in small.iter_mut().enumerate() {
        let from = ((row as f64 + 0.5) * height as f64 / 64.0) as usize;
        for (column, value) in line.iter_mut().enumerate() {
            *value = image[from * width + ((column as f64 + 0.5) * width as f64 / 64.0) as usize];
        }
    }
    (threshold(&cosines(&small)), quality(&small))
}

/// Nearest neighbour to 512×512, where a side exceeds that.
fn resize(pixels: &[u8], width: usize, height: usize) -> (Vec<u8>, usize, usize) {
    if width <= 512 && height <= 512 {
        return (pixels.to_vec(), width, height);
    }
    let mut out = Vec::with_capacity(512 * 512 * 3);
    for row in 0..512 {
        for column in 0..512 {
            let from = (row * height / 512 * width + column * width / 512) * 3;
            out.extend_from_slice(&pixels[from..from + 3]);
        }
    }
    (out, 512, 512)
}

/// One running mean, as the reference keeps it: a sum that gains on the right and loses on the left.
fn box_pass(from: &[f32], to: &mut [f32], length: usize, stride: usize, window: usize) {
    let half = (window + 2) / 2;
    let (mut left, mut right, mut out) = (0, 0, 0);
    let (mut sum, mut count) = (0.0, 0.0);
    for _ in 0..half - 1 {
        sum += from[right];
        count += 1.0;
        right += stride;
    }
    for _ in 0..window - half + 1 {
        sum += from[right];
        count += 1.0;
        to[out] = sum / count;
        right += stride;
        out += stride;
    }
    for _ in 0..length - window {
        sum += from[right];
        sum -= from[left];
        to[out] = sum / count;
        left += stride;
        right += stride;
        out += stride;
    }
    for _ in 0..half - 1 {
        sum -= from[left];
        count -= 1.0;
        to[out] = sum / count;
        left += stride;
        out += stride;
    }
}

fn quality(image: &[[f32; 64]; 64]) -> i32 {
    let step = |left: f32, right: f32| (((left - right) * 100.0 / 255.0) as i32).abs();
    let mut total = 0;
    for row in 0..64 {
        for column in 0..64 {
            if row < 63 {
                total += step(image[row][column], image[row + 1][column]);
            }
            if column < 63 {
                total += step(image[row][column], image[row][column + 1]);
            }
        }
    }
    (total / 90).min(100)
}

fn cosines(image: &[[f32; 64]; 64]) -> [f32; 256] {
    let scale = (2.0_f64 / 64.0).sqrt() as f32;
    let basis = |row: usize, column: usize| {
        let angle = std::f64::consts::PI / 2.0 / 64.0 * (row as f64 + 1.0) * (2.0 * column as f64 + 1.0);
        (f64::from(scale) * angle.cos()) as f32
    };
    let mut half = [[0.0; 64]; 16];
    for (row, line) in half.iter_mut().enumerate() {
        for (column, sum) in line.iter_mut().enumerate() {
            *sum = (0..64).fold(0.0, |sum, index| sum + basis(row, index) * image[index][column]);
        }
    }
    let mut out = [0.0; 256];
    for row in 0..16 {
        for column in 0..16 {
            out[row * 16 + column] =
                (0..64).fold(0.0, |sum, index| sum + half[row][index] * basis(column, index));
        }
    }
    out
}

fn threshold(coefficients: &[f32; 256]) -> [u8; 32] {
    let mut sorted = *coefficients;
    sorted.sort_by(f32::total_cmp);
    let mut hash = [0; 32];
    for (bit, &value) in coefficients.iter().enumerate() {
        if value > sorted[127] {
            hash[31 - bit / 8] |= 1 << (bit % 8);
        }
    }
    hash
}
