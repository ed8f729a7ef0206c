//! What the demo tells a person when it is ready.

use std::io::{self, Write};

use super::Facts;

/// Prints where to look and how to sign in.
pub(super) fn print(facts: &Facts) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{}", text(facts))?;
    out.flush()
}

fn text(facts: &Facts) -> String {
    let widest = facts.people.iter().map(|person| person.role.name().len()).max().unwrap_or_default();
    let links: String =
        facts.people.iter().map(|person| format!("    {:widest$}  {}\n", person.role, person.link)).collect();
    let names: Vec<_> =
        facts.people.iter().map(|person| format!("{} ({})", person.name, person.role)).collect();
    format!(
        "ready {ready}

  A synthetic operation: landscapes, invented people, nothing real.

    console    {ready}
    messenger  {messenger}    where content appears, and vanishes

  Sign in, each link once and each person in a browser window of their own:

{links}
  At the desk: {names}.
  For programs: Authorization: Bearer {token}
  An authority's keys, for `vigie order` and `vigie package`: {keys}

  Ctrl-C ends it.
",
        ready = facts.ready,
        messenger = facts.messenger,
        names = names.join(", "),
        token = facts.api_token,
        keys = facts.authority_keys.display(),
    )
}
