//! What a search costs as banks grow and crowd, in ratios of one run.
//!
//! `cargo bench -p vigie-match`. Against faiss, and at ten million: `cargo xtask bench --only index`.

#[path = "../tests/it/banks.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod banks;

use std::hint::black_box;

use banks::{Random, Shape, rows_of};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vigie_match::{Index, Pdq, Radii, Row, Signal};

/// How many hashes a bank has, random and in clusters of near-duplicates.
const SIZES: [usize; 2] = [10_000, 200_000];
const ASKED: usize = 1000;

fn bank(shape: Shape, size: usize) -> (Vec<Row>, Vec<Signal>) {
    let mut random = Random(size as u64);
    let hashes = shape.hashes(size, &mut random);
    let mut near = || {
        let known = hashes[random.below(size)];
        Signal::Pdq(random.at_distance(known, 20))
    };
    let asked = (0..ASKED).map(|_| near()).collect();
    (rows_of(&hashes), asked)
}

/// Exact search within 31 bits: one by one and in one batch.
fn search(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search");
    let radii = Radii::everywhere(31);
    for (name, shape) in [("random", Shape::Random), ("clusters", Shape::Clusters)] {
        for size in SIZES {
            let (rows, asked) = bank(shape, size);
            let index = Index::build(rows);
            let mut hits = Vec::new();
            group.throughput(Throughput::Elements(ASKED as u64));
            group.bench_function(BenchmarkId::new(format!("{name}, one by one"), size), |bench| {
                bench.iter(|| {
                    hits.clear();
                    asked.iter().for_each(|signal| index.search(signal, &radii, &mut hits));
                    black_box(hits.len())
                });
            });
            let mut hits = Vec::new();
            group.bench_function(BenchmarkId::new(format!("{name}, batch"), size), |bench| {
                bench.iter(|| {
                    hits.clear();
                    index.search_batch(&asked, &radii, &mut hits);
                    black_box(hits.len())
                });
            });
        }
    }
    group.finish();
}

/// All eight positions of a picture at once, against eight searches.
fn dihedral(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dihedral");
    let (rows, _) = bank(Shape::Random, SIZES[1]);
    let index = Index::build(rows);
    let radii = Radii::everywhere(31);
    let mut random = Random(5);
    let variants: [Pdq; 8] = std::array::from_fn(|_| random.hash());
    group.bench_function("one call", |bench| {
        bench.iter(|| {
            let mut hits = Vec::new();
            index.search_dihedral(black_box(&variants), &radii, &mut hits);
            hits
        });
    });
    group.bench_function("eight calls", |bench| {
        bench.iter(|| {
            let mut hits = Vec::new();
            variants.iter().for_each(|hash| index.search(&Signal::Pdq(*hash), &radii, &mut hits));
            hits
        });
    });
    group.finish();
}

/// Building, saving and loading, for each row.
fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10);
    let (rows, _) = bank(Shape::Random, SIZES[1]);
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("build", |bench| bench.iter(|| Index::build(rows.iter().copied())));
    let index = Index::build(rows.iter().copied());
    let mut saved = Vec::new();
    index.freeze().save(b"", &mut saved).expect("a list of bytes takes everything");
    group.bench_function("load", |bench| {
        bench.iter(|| Index::load(saved.as_slice()).expect("it was just saved"));
    });
    group.finish();
}

criterion_group!(benches, search, dihedral, build);
criterion_main!(benches);
