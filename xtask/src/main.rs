//! What cargo alone cannot say: the whole test run, lints, benches.

fn main() -> anyhow::Result<()> {
    anyhow::bail!("no command yet")
}
