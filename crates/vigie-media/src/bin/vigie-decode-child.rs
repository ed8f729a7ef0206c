//! The decoding child on its own, and the launcher of `ffmpeg`, for tests and benches; operators run them as hidden
//! commands of `vigie`.

/// The first argument that makes it the launcher.
const LAUNCH: &str = "__launch";

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == LAUNCH) {
        return vigie_media::video::launch(arguments);
    }
    vigie_media::child::main()
}
