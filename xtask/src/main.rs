//! What cargo alone cannot say: the whole test run, the lints, the pictures of the guide.
//!
//! What it is: the commands a person types (`cargo xtask test`) and continuous integration runs (`cargo xtask ci`).
//! They find what they need on the machine, install it where they may, and say by name what they did without.
//! What it is not: it holds no test of Vigie itself. The tests of the repository's shape (the arrows between the
//! crates, the length of files, the links in documents) are in `tests/it/` beside this folder.
//!
//! To add a command: give it a module with `HELP` and `run`, and a line in [`COMMANDS`].

mod advisories;
mod bench;
mod ci;
mod demo;
mod environment;
mod interrupt;
mod lint;
mod pictures;
mod postgres;
mod sbom;
mod soak;
mod step;
mod suite;
mod tools;

use std::process::ExitCode;

/// One thing `cargo xtask` can do.
struct Command {
    name: &'static str,
    /// The whole help of the command; its first line is what the overview shows.
    help: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const COMMANDS: &[Command] = &[
    Command { name: "test", help: suite::HELP, run: suite::run },
    Command { name: "lint", help: lint::HELP, run: lint::run },
    Command { name: "ci", help: ci::HELP, run: ci::run },
    Command { name: "soak", help: soak::HELP, run: soak::run },
    Command { name: "bench", help: bench::HELP, run: bench::run },
    Command { name: "pictures", help: pictures::HELP, run: pictures::run },
    Command { name: "sbom", help: sbom::HELP, run: sbom::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        eprintln!("{}", overview());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "--help" | "-h" | "help") {
        println!("{}", overview());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("error: `{name}` is not a command of cargo xtask\n\n{}", overview());
        return ExitCode::from(2);
    };
    if before_dashes(rest).iter().any(|word| matches!(word.as_str(), "--help" | "-h")) {
        println!("{}", command.help);
        return ExitCode::SUCCESS;
    }
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments that are ours: what stands after `--` belongs to the tool that is called.
fn before_dashes(arguments: &[String]) -> &[String] {
    let end = arguments.iter().position(|word| word == "--").unwrap_or(arguments.len());
    &arguments[..end]
}

fn overview() -> String {
    let mut text = String::from("What cargo alone cannot say.\n\nUsage: cargo xtask COMMAND\n\nCommands:\n");
    for command in COMMANDS {
        let first_line = command.help.lines().next().unwrap_or_default();
        text.push_str(&format!("  {:<9} {first_line}\n", command.name));
    }
    text.push_str("\n`cargo xtask COMMAND --help` tells more. To see Vigie at work: `cargo demo`.");
    text
}
