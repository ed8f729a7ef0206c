//! A disclosure package, as an authority receives it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::package(data));
