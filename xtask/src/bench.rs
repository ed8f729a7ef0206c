//! `cargo xtask bench`: how fast it is, as ratios measured in one run, written to `docs/performance.md`.
//!
//! What it is: sections, each of which measures one part of Vigie beside what people use for it now, on the same data
//! and in the same run, and writes its part of the page between two markers. What it is not: a test; a slow machine
//! fails nothing. What does fail is a rival that gives other answers than we do.
//!
//! To add a section: a module with `measure`, a line in [`SECTIONS`], and a paragraph with its options in [`HELP`].

mod history;
mod index;
mod ledger;
mod machine;
mod media;
mod page;
mod python;
mod request;
mod requests;
mod service;
mod video;

use anyhow::{Context, bail};

use crate::{environment, interrupt, step};
use request::Request;

/// One part of the page.
struct Section {
    /// What `--only` calls it; it stands in the markers, too.
    name: &'static str,
    /// What the page calls it.
    heading: &'static str,
    /// Measures, and returns what stands below the heading.
    measure: fn(&Request) -> anyhow::Result<String>,
}

/// In the order in which they are measured.
const SECTIONS: &[Section] = &[
    Section { name: "service", heading: "The service", measure: service::measure },
    Section { name: "index", heading: "The index", measure: index::measure },
    Section { name: "media", heading: "Hashing", measure: media::measure },
    Section { name: "video", heading: "Videos", measure: video::measure },
    Section { name: "history", heading: "History and retro-hunts", measure: history::measure },
    Section { name: "ledger", heading: "The ledger", measure: ledger::measure },
    Section { name: "requests", heading: "Requests of authorities", measure: requests::measure },
];

pub(crate) const HELP: &str = "\
how fast it is, beside what is used now, written to docs/performance.md

Usage: cargo xtask bench [--only SECTION[,SECTION]...] [OPTION]...

  --only SECTIONS  measure these sections; all, unless given

service: the release, with a bank of known hashes, loaded over loopback: pictures without a hit as fast as answers come,
then at half that pace, then signals only. Beside it, one Python worker decodes and hashes the same pictures with the
library that the reference service uses (from PyPI, in an environment of its own).

  --known N    how many known hashes; 1000000
  --seconds N  how long each load lasts; 15

index: exact radius search beside faiss (from PyPI) on the same banks and questions; the matches of both are compared.

  --size N[,N]...    how many hashes the banks have; 1000000,10000000
  --rounds N         how many turns each side has; 2
  --rival-seconds N  how long a turn of faiss lasts at most, but for its first 1,000 questions; 10
  --digests N        how many digests are looked up among; 10000000
  --large            100,000,000 hashes, too, ours alone, where memory allows

media: from file to hash beside the reference in C++, compiled here with libjpeg-turbo linked (its sources come with
`pdqhash` from PyPI), and the first pass beside the exact one on pictures of many kinds.

  --turns N  how many times the usual number of turns; 1

video: CPU time of the vPDQ of videos beside the reference (`vpdq` from PyPI, built here) and beside decoding alone, at
one hash a second and at every frame; the hashes of both are compared.

  --turns N  how many turns each side has; 3

history: past uploads looked through by known hashes, from the compact form in which segments of history are kept.

  --rows N           how many past uploads; 10000000
  --entries N[,N]... how many known hashes; 1000,10000

ledger: what an append costs a submission with a hit, how far the public checkpoint lags, how fast a log is verified.

  --submissions N  how many known pictures are submitted; 300

requests: from the signed request of an authority to the sealed package for one account, and pages of the desk's board.

  --sessions N  how many connections the account has; 100000
  --tasks N     how many tasks are open; 10000";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let wanted = wanted(arguments)?;
    interrupt::watch();
    let folder = tempfile::Builder::new().prefix("vigie-bench-").tempdir()?;
    let request = Request { arguments, folder: folder.path() };
    let path = environment::workspace_root().join("docs/performance.md");
    for section in wanted {
        let text = step::timed(section.heading, || (section.measure)(&request))?;
        eprintln!("{text}");
        // Read only now: whoever works on the page meanwhile loses nothing.
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(&path, page::with_section(&page, section.name, section.heading, &text))
            .context("cannot write docs/performance.md")?;
    }
    Ok(())
}

/// The sections that `--only` names; all without it.
fn wanted(arguments: &[String]) -> anyhow::Result<Vec<&'static Section>> {
    let Some(names) = request::value(arguments, "--only")? else { return Ok(SECTIONS.iter().collect()) };
    let find = |name: &str| match SECTIONS.iter().find(|section| section.name == name) {
        Some(section) => Ok(section),
        None => bail!("`{name}` is no section of the bench: see `cargo xtask bench --help`"),
    };
    names.split(',').map(find).collect()
}
