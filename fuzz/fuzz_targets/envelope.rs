//! What comes signed: envelopes, and what stands in them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::envelope(data));
