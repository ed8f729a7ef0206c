//! Named points at which a test makes the program end, or behave as it never may.
//!
//! What it is: the switch of the points that stand as `fail_point!` in the crates below, read from the variable `FAILPOINTS`.
//! What it is not: part of a program that is delivered. The points are compiled only with a feature of the crate `fail` that
//! nothing but the harness of the tests sets.
//!
//! To add a point: `fail::fail_point!("crate-before-what")` at the line, and its name in `tests/it/kill/points.rs`.

/// Arms the points that `FAILPOINTS` names, such as `store-after-commit=3*off->panic`: the fourth time, the process ends there
/// and then, as by a kill. Nothing is armed without the feature or the variable.
#[must_use]
pub fn arm() -> Option<fail::FailScenario<'static>> {
    if !fail::has_failpoints() || std::env::var_os("FAILPOINTS").is_none() {
        return None;
    }
    // A panic would be caught, and destructors would run: a crash does neither.
    std::panic::set_hook(Box::new(|_| std::process::abort()));
    Some(fail::FailScenario::setup())
}
