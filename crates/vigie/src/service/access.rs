//! The policies of this process: those that are compiled in, and an operator's overlay that forbids more.

use anyhow::Context as _;
use vigie_app::policies::Policies;

use crate::output::Hint as _;
use crate::settings::Access;

/// What an operator can do about an overlay that is refused.
const HINT: &str =
    "docs/guide/access.md says what an overlay may say; without `access.overlay` the service starts";

/// Reads what is to be put in force. An overlay that does not hold holds up everything: a start without it would permit
/// what somebody meant to forbid.
///
/// # Errors
/// The overlay cannot be read, is no policy, permits something, or does not fit.
pub(crate) fn policies(access: &Access) -> anyhow::Result<Policies> {
    let Some(file) = &access.overlay else {
        return Policies::built_in().context("cannot put the policies in force");
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read `access.overlay`, {name}"))
        .hint(HINT)?;
    Policies::with_overlay(&name, &text).context("`access.overlay` is refused").hint(HINT)
}
