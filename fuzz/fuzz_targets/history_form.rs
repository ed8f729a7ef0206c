//! The compact form of an hour of history.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::history_form(data));
