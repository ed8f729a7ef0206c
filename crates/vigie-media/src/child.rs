//! The child: decodes what comes in on its standard input and answers on its standard output.
//!
//! What it is: the body of the hidden command `vigie __decode`, entered before anything of the surroundings is parsed.
//! It opens nothing, keeps nothing from one picture to the next, and ends when its input does. What it is not: it does
//! not time itself against the wall; the pool kills it.
//!
//! Everything that confines it stands in `confine.rs` and `cage.rs`, and is in force before the first byte of media is
//! read. `escape.rs` is what a child does that is started only to prove that.

mod cage;
mod confine;
pub(crate) mod escape;

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use crate::frame::{Hello, Job, Reply, Request};
use crate::{Limits, MediaError, Pass, Reason, examine, preview};

/// Room for media that is kept from one job to the next; more is given back.
const KEPT_ROOM: usize = 4 << 20;

/// Runs the child until the pool closes the pipe. The caller passes the code on as its own.
#[must_use]
pub fn main() -> ExitCode {
    // A panic is answered as a failed decoder; its message could repeat what was decoded.
    std::panic::set_hook(Box::new(|_| {}));
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run() -> io::Result<()> {
    let mut input = BufReader::new(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let Hello { limits, cage, attempt } = Hello::read(&mut input)?;
    let tools = escape::Tools::gather();
    confine::confine(&limits, cage)?;
    if let Some(attempt) = attempt {
        return escape::attempt(attempt, &tools, &mut output);
    }
    serve(&limits, &mut input, &mut output, || confine::allow_time(&limits))
}

/// Answers requests until there are no more. `before_job` is called before each job.
fn serve(
    limits: &Limits,
    input: &mut impl Read,
    output: &mut impl Write,
    before_job: impl Fn() -> io::Result<()>,
) -> io::Result<()> {
    output.write_all(&Reply::Ready.encode())?;
    let mut media = Vec::new();
    while let Some(request) = Request::read(input)? {
        read_media(input, request.length, limits, &mut media)?;
        before_job()?;
        output.write_all(&answer(request.job, &media, limits).encode())?;
        media.clear();
        media.shrink_to(KEPT_ROOM);
    }
    Ok(())
}

fn read_media(input: &mut impl Read, length: u64, limits: &Limits, media: &mut Vec<u8>) -> io::Result<()> {
    let bytes = usize::try_from(length.min(limits.bytes)).map_err(|_| ErrorKind::OutOfMemory)?;
    if bytes as u64 != length {
        return Err(ErrorKind::InvalidData.into());
    }
    media.try_reserve_exact(bytes)?;
    if input.take(length).read_to_end(media)? != bytes {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn answer(job: Job, media: &[u8], limits: &Limits) -> Reply {
    let done = catch_unwind(AssertUnwindSafe(|| match job {
        Job::Examine(pass) => {
            let examine = match pass {
                Pass::Exact => examine::examine,
                Pass::First => examine::first_pass,
            };
            examine(media, limits).map(|examined| Reply::Examined(Box::new(examined)))
        }
        Job::Preview(settings) => preview::preview(media, limits, settings).map(Reply::Preview),
    }));
    let done: Result<Reply, MediaError> = done.unwrap_or(Err(Reason::DecoderFailed.error()));
    done.unwrap_or_else(|error| Reply::Failed(error.into()))
}
