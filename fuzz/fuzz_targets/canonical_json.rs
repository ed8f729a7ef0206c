//! JSON that becomes canonical: again, it is the same.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::canonical_json(data));
