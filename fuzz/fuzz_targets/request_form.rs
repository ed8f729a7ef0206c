//! A form of Regulation (EU) 2023/1543 as XML.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::request_form(data));
