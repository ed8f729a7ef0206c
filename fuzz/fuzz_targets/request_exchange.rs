//! The document of a request as another instance sends it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::request_exchange(data));
