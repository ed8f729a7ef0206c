//! Prints the vPDQ of a video, as the service makes it: `ffmpeg` in its cage, frames through a pipe.
//!
//! `cargo run --release -p vigie-media --example hash_video -- [FILE [SECONDS]]`; SECONDS lie between two hashes, 1 unless
//! given, and 0 has every frame hashed. Without a file it finds `ffmpeg`, which a service does once, and ends.
//!
//! It is our side of `cargo xtask bench --only video`, and its own launcher. The command `vigie hash` is the tool for
//! operators.

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use vigie_media::video::{Programs, launch};
use vigie_media::{Ended, VideoPool, VideoSettings};

/// The first argument that makes it the launcher.
const LAUNCH: &str = "__launch";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == LAUNCH).is_some() {
        return launch(arguments);
    }
    match hash(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn hash(mut arguments: impl Iterator<Item = OsString>) -> Result<(), Box<dyn Error>> {
    let programs = Programs::find(None, std::env::var_os("PATH").as_deref())?;
    let Some(file) = arguments.next() else { return Ok(()) };
    let seconds = match arguments.next() {
        Some(word) => word.to_str().ok_or("SECONDS is no number")?.parse()?,
        None => 1.0,
    };
    let mut settings = VideoSettings::new(programs, std::env::current_exe()?, vec![LAUNCH.into()]);
    settings.between = Duration::try_from_secs_f64(seconds)?;
    let media = std::fs::read(file)?.into();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let watched = runtime.block_on(VideoPool::new(settings).watch(media, |_| {}))?;
    if watched.ended != Ended::AtItsEnd {
        return Err(format!("it was not watched to its end: {:?}", watched.ended).into());
    }
    print!("{}", watched.vpdq);
    Ok(())
}
