//! The frame of the command line: which commands there are, and how they end.
//!
//! To add a command: a file under `commands/`, a variant here. Its help says what it is for and shows examples.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    backup, bank, demo, doctor, drill, hash, ledger, matching, order, package, person, serve, token,
};
use crate::output::{self, Ending};

const EXAMPLES: &str = "\
Examples:
  vigie demo                                 the whole loop at work on synthetic data
  vigie serve                                the service, on 127.0.0.1:8420, data in ./vigie-data
  vigie person add Ada --role administrator  somebody who can sign in
  vigie hash pictures/                       signals of every picture in a folder
  vigie match --bank list.csv pictures/      which of them are known

Every command has a --help of its own. Exit codes: 0 fine, 1 a negative answer (nothing matched), 2 wrong usage or \
something that could not be read; what could be done is still done.";

/// Child-safety operations for messaging services and police units.
///
/// Known material is found and removed, decisions are made by people who are shielded from what they see, and every act
/// can be proven afterwards.
#[derive(Debug, Parser)]
#[command(name = "vigie", version, after_help = EXAMPLES, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Demo(demo::Arguments),
    Hash(hash::Arguments),
    Match(matching::Arguments),
    Bank(bank::Arguments),
    Person(person::Arguments),
    Token(token::Arguments),
    Ledger(ledger::Arguments),
    Order(order::Arguments),
    Package(package::Arguments),
    Backup(backup::Arguments),
    Doctor(doctor::Arguments),
    Drill(drill::Arguments),
}

/// Reads the command line, does what it says, and tells how it went.
#[must_use]
pub fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Hash(arguments) => hash::run(arguments),
        Command::Match(arguments) => matching::run(&arguments),
        Command::Bank(arguments) => bank::run(arguments),
        Command::Person(arguments) => person::run(arguments),
        Command::Token(arguments) => token::run(arguments),
        Command::Ledger(arguments) => ledger::run(arguments),
        Command::Order(arguments) => order::run(arguments),
        Command::Package(arguments) => package::run(arguments),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Drill(arguments) => drill::run(&arguments),
    };
    match ended {
        Ok(ending) => ending.into(),
        // Whoever read our output has gone: nobody is left to tell.
        Err(error) if output::is_broken_pipe(&error) => Ending::Fine.into(),
        Err(error) => {
            output::complain(&error);
            Ending::Faulty.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_by_examples() {
        fn check(path: &str, command: &clap::Command) {
            let subcommands: Vec<_> = command.get_subcommands().collect();
            for subcommand in &subcommands {
                check(&format!("{path} {}", subcommand.get_name()), subcommand);
            }
            assert!(command.get_about().is_some(), "{path} does not say what it is for");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let shows_itself = help.contains("Examples:") && help.contains(&format!("  {path}"));
            assert!(shows_itself || !subcommands.is_empty(), "the help of {path} shows no example");
        }
        check("vigie", &Cli::command());
    }
}
