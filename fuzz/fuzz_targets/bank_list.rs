//! A list of a hotline. The first byte chooses its format, the rest is the list.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::bank_list(data));
