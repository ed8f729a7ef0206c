//! What hashing costs, in ratios of one run: the kernel against the reference's steps written out, and whole files.
//!
//! `cargo bench -p vigie-media`

#[path = "../../vigie-match/src/pdq/oracle.rs"]
mod oracle;
#[path = "../tests/it/pictures.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod pictures;

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pictures::Picture;
use vigie_match::{Digests, pdq};
use vigie_media::examine::examine;
use vigie_media::preview::preview;
use vigie_media::{DecodePool, Limits, PoolSettings, PreviewSettings};

const SIDES: [(u32, u32); 3] = [(512, 512), (1920, 1080), (4000, 3000)];

fn picture((width, height): (u32, u32)) -> Picture {
    Picture::new(width, height, 1)
}

fn photograph(sides: (u32, u32)) -> Vec<u8> {
    picture(sides).jpeg(|encoder| {
        encoder.set_quality(85);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
    })
}

/// The same pixels through the kernel and through the reference's steps.
fn kernel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernel");
    for sides in SIDES {
        let picture = picture(sides);
        let name = format!("{}x{}", sides.0, sides.1);
        group.bench_function(BenchmarkId::new("folded rgb", &name), |bench| {
            bench.iter(|| pdq::hash_rgb(black_box(&picture.pixels), sides.0, sides.1));
        });
        let luma: Vec<u8> = picture.colours().map(|[_, green, _]| green).collect();
        group.bench_function(BenchmarkId::new("folded luma", &name), |bench| {
            bench.iter(|| pdq::hash_luma(black_box(&luma), sides.0, sides.1));
        });
        if sides == SIDES[0] {
            group.bench_function(BenchmarkId::new("reference steps", &name), |bench| {
                bench.iter(|| {
                    oracle::hash_rgb(black_box(&picture.pixels), sides.0 as usize, sides.1 as usize)
                });
            });
        }
    }
    let hash = pdq::hash_rgb(&picture(SIDES[0]).pixels, 512, 512);
    group.bench_function("dihedral", |bench| bench.iter(|| black_box(&hash).dihedral()));
    group.finish();
}

/// File to hash, in this process.
fn files(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut group = criterion.benchmark_group("files");
    group.sample_size(20);
    for sides in SIDES {
        let media = photograph(sides);
        let name = format!("{}x{}", sides.0, sides.1);
        group.bench_function(BenchmarkId::new("jpeg", &name), |bench| {
            bench.iter(|| examine(black_box(&media), &limits));
        });
    }
    let media = picture(SIDES[0]).png();
    group.bench_function("png/512x512", |bench| bench.iter(|| examine(black_box(&media), &limits)));
    let media = photograph(SIDES[0]);
    group.bench_function("digests/512x512", |bench| bench.iter(|| Digests::of(black_box(&media))));
    for (name, settings) in [("shielded", PreviewSettings::SHIELDED), ("full", PreviewSettings::FULL)] {
        let media = photograph(SIDES[1]);
        group.bench_function(BenchmarkId::new("preview", name), |bench| {
            bench.iter(|| preview(black_box(&media), &limits, settings));
        });
    }
    group.finish();
}

/// File to hash through a child: what the pipe and the waking cost.
fn pool(criterion: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let child = env!("CARGO_BIN_EXE_vigie-decode-child");
    let settings = PoolSettings { children: 1, ..PoolSettings::new(child, Vec::new()) };
    let pool = runtime.block_on(DecodePool::start(settings)).expect("the child starts");
    let media = Bytes::from(photograph(SIDES[0]));
    let tiny = Bytes::from(picture((8, 8)).png());
    let mut group = criterion.benchmark_group("pool");
    for (name, media) in [("jpeg 512x512", media), ("png 8x8", tiny)] {
        group.bench_function(name, |bench| {
            bench.iter(|| runtime.block_on(pool.examine(media.clone())).expect("a good picture"));
        });
    }
    group.finish();
}

criterion_group!(benches, kernel, files, pool);
criterion_main!(benches);
