//! A report of accounts to the public, as an auditor receives it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vigie_fuzz::accounts(data));
