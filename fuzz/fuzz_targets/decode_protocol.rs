//! What the service and a decoding child say to each other: the child may have been taken over.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::decode_protocol(data));
