//! The loops of the JPEG decoder, compiled twice: for any machine, and for one with AVX2 and the newer bit instructions.
//!
//! The bodies are plain Rust. Nothing is fused or reordered between the two, so both give the same pixels; a test holds
//! that.
#![expect(
    unsafe_code,
    reason = "calling a function compiled for newer machines is unsafe; the check stands beside it"
)]

use super::headers::Headers;
use super::luma::Scan;
use super::means::Walk;
use crate::decode::Canvas;

/// Defines a function that runs the body compiled for a newer machine where this is one.
macro_rules! dispatched {
    ($(#[$doc:meta])* $name:ident => $body:expr, ( $($argument:ident : $kind:ty),* ) -> $result:ty) => {
        $(#[$doc])*
        pub(super) fn $name($($argument: $kind),*) -> $result {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
                fn newer($($argument: $kind),*) -> $result {
                    $body($($argument),*)
                }
                use std::arch::is_x86_feature_detected as has;
                if has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") {
                    // SAFETY: the only requirement of `newer` is these four features, which the line above found.
                    return unsafe { newer($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}

dispatched! {
    /// Reads one line of units; false where the data ends or breaks.
    read_line => Scan::read_line,
    (scan: &mut Scan<'_>, headers: &Headers<'_>, canvas: &dyn Canvas, line: usize) -> bool
}

dispatched! {
    /// Walks through one line of units; false where the data ends or breaks.
    walk_line => Walk::walk_line, (walk: &mut Walk<'_>, headers: &Headers<'_>) -> bool
}

/// [`read_line`] for any machine.
#[cfg(test)]
pub(super) fn portable(scan: &mut Scan<'_>, headers: &Headers<'_>, canvas: &dyn Canvas, line: usize) -> bool {
    scan.read_line(headers, canvas, line)
}
