//! The saved index, under the checksum that its bytes ask for.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::saved_index(data));
