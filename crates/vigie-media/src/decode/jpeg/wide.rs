//! The loop of the JPEG decoder, compiled twice: for any machine, and for one with AVX2 and the newer bit instructions.
//!
//! The body is plain Rust. Nothing is fused or reordered between the two, so both give the same pixels; a test holds
//! that.
#![expect(
    unsafe_code,
    reason = "calling a function compiled for newer machines is unsafe; the check stands beside it"
)]

use super::headers::Headers;
use super::luma::Scan;
use crate::decode::Canvas;

/// Reads one line of units; false where the data ends or breaks.
pub(super) fn read_line(
    scan: &mut Scan<'_>,
    headers: &Headers<'_>,
    canvas: &dyn Canvas,
    line: usize,
) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn newer(scan: &mut Scan<'_>, headers: &Headers<'_>, canvas: &dyn Canvas, line: usize) -> bool {
            scan.read_line(headers, canvas, line)
        }
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") {
            // SAFETY: the only requirement of `newer` is these four features, which the line above found.
            return unsafe { newer(scan, headers, canvas, line) };
        }
    }
    portable(scan, headers, canvas, line)
}

pub(super) fn portable(scan: &mut Scan<'_>, headers: &Headers<'_>, canvas: &dyn Canvas, line: usize) -> bool {
    scan.read_line(headers, canvas, line)
}
