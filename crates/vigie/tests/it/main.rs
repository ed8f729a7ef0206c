//! Tests of the binary as a whole, one test program for all of them.

mod browser;
mod browser_proof;
