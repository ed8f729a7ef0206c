//! The one binary of Vigie.

fn main() -> anyhow::Result<()> {
    anyhow::bail!("no command yet")
}
