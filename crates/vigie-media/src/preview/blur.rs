//! Three box passes along each axis: as good as a bell curve to the eye.

const PASSES: usize = 3;

/// Blurs a plane whose rows have `width` values. The edge continues outwards.
pub(super) fn blur(plane: &mut [f32], width: usize, radius: usize) {
    if radius == 0 || plane.is_empty() {
        return;
    }
    let height = plane.len() / width;
    let mut line = vec![0.0; width.max(height)];
    for _ in 0..PASSES {
        for row in 0..height {
            pass(plane, row * width, 1, &mut line[..width], radius);
        }
        for column in 0..width {
            pass(plane, column, width, &mut line[..height], radius);
        }
    }
}

/// Replaces the values at `start`, `start + stride` … by the means around them.
fn pass(plane: &mut [f32], start: usize, stride: usize, line: &mut [f32], radius: usize) {
    let last = line.len() - 1;
    for (index, value) in line.iter_mut().enumerate() {
        *value = plane[start + index * stride];
    }
    let mut sum: f32 = (0..=2 * radius).map(|offset| line[offset.saturating_sub(radius).min(last)]).sum();
    for index in 0..line.len() {
        plane[start + index * stride] = sum / (2 * radius + 1) as f32;
        sum += line[(index + radius + 1).min(last)] - line[index.saturating_sub(radius)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_plane_stays_and_a_point_spreads_evenly() {
        let mut even = vec![7.0; 12 * 5];
        blur(&mut even, 12, 4);
        assert!(even.iter().all(|value| (value - 7.0).abs() < 1e-3));

        let mut point = vec![0.0; 41 * 41];
        point[20 * 41 + 20] = 1000.0;
        blur(&mut point, 41, 3);
        assert!(point[20 * 41 + 20] < 20.0);
        assert!((point[20 * 41 + 14] - point[20 * 41 + 26]).abs() < 1e-3);
        assert!((point[14 * 41 + 20] - point[20 * 41 + 26]).abs() < 1e-3);
        assert!((point.iter().sum::<f32>() - 1000.0).abs() < 1.0);
    }
}
