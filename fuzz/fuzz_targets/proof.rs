//! The proof of an entry, as it is taken along.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::proof(data));
