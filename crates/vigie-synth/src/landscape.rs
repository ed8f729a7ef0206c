//! Generated landscapes: the only pictures Vigie's tests and demo ever show.
//!
//! What it is: sky with clouds and a sun, ridges of mountains, a lake that mirrors them, a shore and trees, painted from
//! a seed, from the back to the front. Every picture is rich in detail at every scale, so that its PDQ quality is high
//! and two seeds give pictures far apart. What it is not: a drawing of any real place.
//!
//! To add a part: one function that paints into the canvas, called in [`landscape`] at its place from back to front.

use crate::noise::{self, Grain};
use crate::picture::{Picture, Pixel, Size};
use crate::random::Random;

/// The landscape of a seed. The same seed at another size is another picture: use a
/// [`Variant`](crate::variants::Variant) for a resized copy.
#[must_use]
pub fn landscape(seed: u64, size: Size) -> Picture {
    let mut canvas = Canvas::new(seed, size);
    paint_sky(&mut canvas);
    paint_ridges(&mut canvas);
    if canvas.random.chance(70) {
        paint_lake(&mut canvas);
    }
    let shore = paint_shore(&mut canvas);
    paint_trees(&mut canvas, &shore);
    canvas.finish()
}

/// A colour while painting: red, green and blue from 0 to 255.
type Colour = [f32; 3];

/// The colours of one time of day.
struct Palette {
    zenith: Colour,
    horizon: Colour,
    sun: Colour,
    rock: Colour,
    meadow: Colour,
    tree: Colour,
}

const PALETTES: [Palette; 6] = [
    // Noon in summer.
    Palette {
        zenith: [48.0, 105.0, 190.0],
        horizon: [188.0, 216.0, 236.0],
        sun: [255.0, 250.0, 224.0],
        rock: [104.0, 110.0, 122.0],
        meadow: [92.0, 138.0, 58.0],
        tree: [26.0, 62.0, 34.0],
    },
    // Dawn.
    Palette {
        zenith: [78.0, 92.0, 148.0],
        horizon: [250.0, 190.0, 160.0],
        sun: [255.0, 232.0, 190.0],
        rock: [96.0, 84.0, 112.0],
        meadow: [104.0, 108.0, 70.0],
        tree: [34.0, 40.0, 44.0],
    },
    // Dusk.
    Palette {
        zenith: [38.0, 36.0, 84.0],
        horizon: [244.0, 128.0, 72.0],
        sun: [255.0, 214.0, 130.0],
        rock: [72.0, 58.0, 80.0],
        meadow: [78.0, 70.0, 48.0],
        tree: [20.0, 20.0, 28.0],
    },
    // Autumn.
    Palette {
        zenith: [98.0, 138.0, 176.0],
        horizon: [224.0, 220.0, 204.0],
        sun: [255.0, 244.0, 214.0],
        rock: [120.0, 108.0, 96.0],
        meadow: [170.0, 122.0, 52.0],
        tree: [112.0, 56.0, 24.0],
    },
    // Winter.
    Palette {
        zenith: [120.0, 152.0, 190.0],
        horizon: [232.0, 238.0, 246.0],
        sun: [255.0, 252.0, 240.0],
        rock: [122.0, 134.0, 152.0],
        meadow: [214.0, 222.0, 232.0],
        tree: [36.0, 54.0, 56.0],
    },
    // Overcast.
    Palette {
        zenith: [104.0, 114.0, 126.0],
        horizon: [196.0, 202.0, 204.0],
        sun: [238.0, 238.0, 232.0],
        rock: [86.0, 92.0, 96.0],
        meadow: [86.0, 108.0, 72.0],
        tree: [30.0, 48.0, 40.0],
    },
];

const SNOW: Colour = [232.0, 237.0, 246.0];

/// The ups and downs of the ground, a value for each pixel.
struct Relief {
    heights: Vec<f32>,
    width: usize,
    /// -1 when the light comes from the left, 1 when it comes from the right.
    light: f32,
}

impl Relief {
    /// Height of the ground at a pixel, and how much of the light it catches.
    fn at(&self, x: usize, y: usize) -> (f32, f32) {
        let row = &self.heights[y * self.width..(y + 1) * self.width];
        let here = row[x];
        let ahead = row[(x + 2).min(self.width - 1)];
        (here, (here - ahead) * self.light)
    }
}

/// What the painters share: the pixels so far, the light, and where the land begins.
struct Canvas {
    random: Random,
    picture: Picture,
    palette: &'static Palette,
    width: usize,
    height: usize,
    /// The shorter side, in pixels: sizes of mountains and trees are shares of it.
    scale: f32,
    /// The row where sky and land meet.
    horizon: f32,
    relief: Relief,
}

impl Canvas {
    fn new(seed: u64, size: Size) -> Self {
        let mut random = Random::named(seed, "landscape");
        let (width, height) = size.sides();
        let scale = width.min(height) as f32;
        let palette = random.pick(&PALETTES);
        let horizon = height as f32 * random.between(0.38, 0.66);
        let light = if random.chance(50) { 1.0 } else { -1.0 };
        let grain = Grain { wide: scale / 5.0, high: scale / 7.0, octaves: 7, roughness: 0.62 };
        let heights = noise::field(&mut random, width, height, grain);
        let picture = Picture::painted(size, |_, _| [0; 3]);
        Self {
            random,
            picture,
            palette,
            width,
            height,
            scale,
            horizon,
            relief: Relief { heights, width, light },
        }
    }

    /// Rows the sky is painted on; it reaches a little below the horizon, behind the feet of the mountains.
    fn sky_rows(&self) -> f32 {
        (self.horizon + self.scale * 0.16).min(self.height as f32).floor()
    }

    fn finish(self) -> Picture {
        self.picture
    }
}

fn paint_sky(canvas: &mut Canvas) {
    let (width, scale, rows) = (canvas.width, canvas.scale, canvas.sky_rows() as usize);
    let random = &mut canvas.random;
    let wide = scale * random.between(0.25, 0.6);
    let grain = Grain { wide, high: wide * random.between(0.25, 0.6), octaves: 6, roughness: 0.6 };
    let clouds = noise::field(random, width, rows, grain);
    let cover = random.between(-0.3, 0.3);
    let side =
        if canvas.relief.light > 0.0 { random.between(0.55, 0.95) } else { random.between(0.05, 0.45) };
    let sun = (width as f32 * side, canvas.horizon * random.between(0.15, 0.85));
    let radius = scale * random.between(0.03, 0.07);

    let palette = canvas.palette;
    let shadow = scaled(palette.horizon, 0.45);
    for (y, row) in canvas.picture.rows_mut().enumerate().take(rows) {
        let down = (y as f32 / canvas.horizon).min(1.0);
        let air = mix(palette.zenith, palette.horizon, down * down);
        for (x, pixel) in row.iter_mut().enumerate() {
            let (across, along) = (x as f32 - sun.0, y as f32 - sun.1);
            let distance = across * across + along * along;
            let glow = (radius * radius * 6.0) / (distance + radius * radius * 6.0);
            let mut colour = mix(air, palette.sun, glow * 0.8);
            if distance < radius * radius {
                colour = palette.sun;
            }
            let thickness = clouds[y * width + x] + cover;
            // Thin edges are bright, thick middles are dark underneath.
            let cloud = mix(palette.sun, shadow, (thickness * 0.9).clamp(0.0, 1.0));
            *pixel = bytes(mix(colour, cloud, (thickness * 2.5).clamp(0.0, 1.0)));
        }
    }
}

/// One ridge of mountains: where it begins in each column, and what it is made of.
struct Ridge {
    tops: Vec<usize>,
    rock: Colour,
    /// Above this row lies snow.
    snow_line: f32,
    /// How strongly light and shadow show; distance softens them.
    contrast: f32,
}

impl Ridge {
    /// `near` grows from the farthest ridge to 1 for the nearest.
    fn new(canvas: &mut Canvas, near: f32) -> Self {
        let scale = canvas.scale;
        let random = &mut canvas.random;
        let rise = scale * random.between(0.16, 0.34) * (1.15 - 0.55 * near);
        let wide = scale * random.between(0.3, 0.8);
        let outline = noise::line(random, canvas.width, wide, 7);
        let base = canvas.horizon - rise * 0.5 + (near - 0.5) * scale * 0.16;
        let snow_line = base - rise * random.between(-0.1, 0.7);
        let haze = mix(canvas.palette.horizon, canvas.palette.zenith, 0.25);
        // Land fills every column from the last row of the sky down, so nothing stays unpainted.
        let lowest = canvas.sky_rows() - 1.0;
        let tops = outline.iter().map(|level| (base - level * rise).clamp(0.0, lowest) as usize).collect();
        Self {
            tops,
            rock: mix(haze, canvas.palette.rock, 0.35 + 0.65 * near),
            snow_line,
            contrast: 0.4 + 0.6 * near,
        }
    }
}

fn paint_ridges(canvas: &mut Canvas) {
    let count = 2 + canvas.random.below(3);
    let mut ridges: Vec<Ridge> =
        (1..=count).map(|ridge| Ridge::new(canvas, ridge as f32 / count as f32)).collect();
    // From here on the nearest comes first: a pixel belongs to the first ridge that reaches it.
    ridges.reverse();
    let scale = canvas.scale;
    let (relief, picture) = (&canvas.relief, &mut canvas.picture);
    for (y, row) in picture.rows_mut().enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let Some(ridge) = ridges.iter().find(|ridge| ridge.tops[x] <= y) else { continue };
            let (ground, lit) = relief.at(x, y);
            let snow = (y as f32) + ground * scale * 0.06 < ridge.snow_line;
            let stone = if snow { SNOW } else { ridge.rock };
            let depth = 1.0 - 0.3 * ((y - ridge.tops[x]) as f32 / scale).min(1.0);
            let shade = (depth + lit * ridge.contrast * 1.3 + ground * 0.25).clamp(0.2, 1.5);
            *pixel = bytes(scaled(stone, shade));
        }
    }
}

/// Still water: what stands above its edge, mirrored, darker and broken by ripples.
fn paint_lake(canvas: &mut Canvas) {
    let (width, height, scale) = (canvas.width, canvas.height, canvas.scale);
    let random = &mut canvas.random;
    let edge = (canvas.horizon + scale * random.between(0.06, 0.14)) as usize;
    let grain = Grain { wide: scale * 0.3, high: scale * 0.025, octaves: 4, roughness: 0.75 };
    let ripples = noise::field(random, width, height.saturating_sub(edge).max(1), grain);
    for y in edge..height {
        let below = y - edge;
        for x in 0..width {
            let ripple = ripples[below * width + x];
            // Ripples grow toward the viewer, so the mirror image breaks up where it is near.
            let bend = ripple * scale * (0.01 + 0.06 * below as f32 / scale);
            let source = (edge as f32 - 1.0 - below as f32 * 1.15 + bend).clamp(0.0, edge as f32 - 1.0);
            let mirrored = colour(canvas.picture.at(x, source as usize));
            let water = mix(mirrored, canvas.palette.zenith, 0.3);
            canvas.picture.set(x, y, bytes(scaled(water, 0.82 + ripple * 0.24)));
        }
    }
}

/// The ground in front, meadow with tufts and stones. Answers the row where it begins in each column.
fn paint_shore(canvas: &mut Canvas) -> Vec<usize> {
    let (width, height, scale) = (canvas.width, canvas.height, canvas.scale);
    let random = &mut canvas.random;
    let base = height as f32 - scale * random.between(0.08, 0.3);
    let slope = random.between(-0.25, 0.25);
    let outline = noise::line(random, width, scale * 0.5, 6);
    let tops: Vec<usize> = (0..width)
        .map(|x| {
            let tilt = slope * (x as f32 - width as f32 / 2.0);
            (base + tilt - outline[x] * scale * 0.07).clamp(0.0, height as f32) as usize
        })
        .collect();
    let (relief, palette) = (&canvas.relief, canvas.palette);
    for (y, row) in canvas.picture.rows_mut().enumerate() {
        for (x, pixel) in row.iter_mut().enumerate().filter(|&(x, _)| tops[x] <= y) {
            let (ground, lit) = relief.at(x, y);
            let tone = if ground > 0.35 { palette.tree } else { palette.meadow };
            let shade = (0.95 + lit * 1.3 + ground * 0.3).clamp(0.25, 1.6);
            *pixel = bytes(scaled(tone, shade));
        }
    }
    tops
}

/// Conifers on the shore, the far ones first.
fn paint_trees(canvas: &mut Canvas, shore: &[usize]) {
    let count = canvas.random.below(26) + 6;
    let mut trees: Vec<(f32, f32, f32)> = (0..count)
        .map(|_| {
            let (depth, x) = (canvas.random.unit(), canvas.random.below(canvas.width));
            let edge = shore[x] as f32 + canvas.scale * 0.02;
            let ground = edge + (canvas.height as f32 - edge) * depth * 1.2;
            (x as f32, ground, canvas.scale * (0.06 + 0.26 * depth * depth))
        })
        .collect();
    trees.sort_by(|left, right| left.1.total_cmp(&right.1));
    for (x, ground, tall) in trees {
        paint_tree(canvas, x, ground, tall);
    }
}

fn paint_tree(canvas: &mut Canvas, middle: f32, ground: f32, tall: f32) {
    let tiers = 5.0 + (canvas.random.below(4) as f32);
    let slim = canvas.random.between(0.16, 0.26);
    let top = ground - tall;
    let rows = (top.max(0.0) as usize)..(ground.clamp(0.0, canvas.height as f32) as usize);
    for y in rows {
        let down = (y as f32 - top) / tall;
        let tier = down * tiers;
        let jag = 0.55 + 0.45 * (tier - tier.floor());
        let half = tall * slim * down * jag;
        let left = (middle - half).max(0.0) as usize;
        let right = ((middle + half).max(0.0) as usize).min(canvas.width);
        for x in left..right {
            let (ground, lit) = canvas.relief.at(x, y);
            let side = (x as f32 - middle) / half.max(1.0) * canvas.relief.light;
            let shade = (0.85 + side * 0.3 + lit * 0.9 + ground * 0.25).clamp(0.3, 1.7);
            canvas.picture.set(x, y, bytes(scaled(canvas.palette.tree, shade)));
        }
    }
}

fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    std::array::from_fn(|part| from[part] + (to[part] - from[part]) * share)
}

fn scaled(colour: Colour, by: f32) -> Colour {
    colour.map(|part| part * by)
}

fn colour(pixel: Pixel) -> Colour {
    pixel.map(f32::from)
}

fn bytes(colour: Colour) -> Pixel {
    // `as` saturates, which is exactly what too bright and too dark should do.
    colour.map(|part| part as u8)
}
