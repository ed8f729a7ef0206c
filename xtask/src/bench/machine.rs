//! The machine that a figure was measured on.

use anyhow::Context;

/// Its processor, cores and memory, for a person to read.
///
/// # Errors
/// The system does not tell.
pub(super) fn name() -> anyhow::Result<String> {
    let processors = std::fs::read_to_string("/proc/cpuinfo").context("cannot ask for the processor")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{model}, {cores} cores, {} GB", memory("MemTotal")? / 1_000_000_000))
}

/// Bytes of memory that programs may still take.
///
/// # Errors
/// The system does not tell.
pub(super) fn available_memory() -> anyhow::Result<u64> {
    memory("MemAvailable")
}

fn memory(name: &str) -> anyhow::Result<u64> {
    let lines = std::fs::read_to_string("/proc/meminfo").context("cannot ask for the memory")?;
    let line = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kilobytes.with_context(|| format!("the system tells no {name}"))? * 1024)
}
