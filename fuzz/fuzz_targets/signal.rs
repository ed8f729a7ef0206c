//! A signal as people write it, or the lines of a video.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::signal(data));
