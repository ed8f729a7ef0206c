//! The one binary of Vigie. Everything it does stands in the library of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The decoding child is entered before anything of the surroundings is parsed: it holds nothing worth stealing.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == vigie::DECODE) {
        return vigie_media::child::main();
    }
    vigie::cli::main()
}
