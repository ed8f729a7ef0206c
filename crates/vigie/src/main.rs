//! The one binary of Vigie. Everything it does stands in the library of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The decoding child is entered before anything of the surroundings is parsed: it holds nothing worth stealing.
    match std::env::args_os().nth(1) {
        Some(first) if first == vigie::DECODE => vigie_media::child::main(),
        Some(first) if first == vigie::LAUNCH => vigie_media::video::launch(std::env::args_os().skip(2)),
        _ => {
            let _faults = vigie::faults::arm();
            vigie::cli::main()
        }
    }
}
