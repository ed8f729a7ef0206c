//! What a log asks of a witness, and what a witness answers.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::witness_request(data));
