//! A picture, under the limits of a child, in this very process.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::picture(data));
