//! The decoding child on its own, for tests and benches; operators run it as the hidden command of `vigie`.

fn main() -> std::process::ExitCode {
    vigie_media::child::main()
}
