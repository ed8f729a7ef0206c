//! A signed note with a checkpoint, as other logs and witnesses send it; and a key, as people paste it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::signed_note(data));
