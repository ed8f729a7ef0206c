//! Videos: whether `ffmpeg` is here, and the pool that watches with it.
//!
//! What it is: what the service, `doctor`, `hash` and `match` share. Without `ffmpeg` videos have digests alone, which is no
//! error; a program that the configuration names and that does not run is one.

use std::path::PathBuf;

use anyhow::Context as _;
use vigie_media::video::{Programs, ProgramsError};
use vigie_media::{Cage, VideoPool, VideoSettings};

use crate::LAUNCH;
use crate::output::Hint as _;
use crate::settings::Video;

/// Finds the programs; none where nobody named one and none is in `PATH`.
pub(crate) fn find(settings: &Video) -> anyhow::Result<Option<Programs>> {
    match Programs::find(settings.ffmpeg.as_deref(), std::env::var_os("PATH").as_deref()) {
        Ok(programs) => Ok(Some(programs)),
        Err(ProgramsError::Missing(_)) if settings.ffmpeg.is_none() => Ok(None),
        Err(error) => Err(error)
            .context("cannot watch videos")
            .hint("`video.ffmpeg` names the program, and ffprobe lies beside it or in PATH"),
    }
}

/// The pool that watches videos, launched by this program; none where `ffmpeg` is not here.
///
/// # Errors
/// A program that is named does not run, or its cage does not hold.
pub(crate) async fn pool(
    settings: &Video,
    bytes: u64,
    launcher: PathBuf,
    cage: Cage,
) -> anyhow::Result<Option<VideoPool>> {
    let Some(programs) = find(settings)? else { return Ok(None) };
    let mut video = VideoSettings::new(programs, launcher, vec![LAUNCH.into()]);
    video.cage = cage;
    video.between = settings.between();
    video.limits = settings.limits(bytes);
    if settings.at_once > 0 {
        video.at_once = settings.at_once;
    }
    Ok(Some(VideoPool::start(video).await.context("cannot watch videos")?))
}
