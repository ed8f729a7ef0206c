//! The path of a tile, and a bundle of entries.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::tile(data));
