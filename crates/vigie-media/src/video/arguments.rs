//! What `ffprobe` and `ffmpeg` are told. Everything that a video could talk them into is closed: other protocols than the
//! pipe, other demuxers than the one of its container, decoders that nobody needs, sound, subtitles, data.

use super::{Container, VideoLimits};

/// Decoders that are let at a video.
const DECODERS: &str = "h264,hevc,libdav1d,libaom-av1,av1,vp8,vp9,mpeg4,mpeg2video,mpeg1video,mjpeg,h263,h263i,\
                        msmpeg4v1,msmpeg4v2,msmpeg4,flv,theora,prores";

/// The options of both programs that come before the input.
fn input(container: Container) -> Vec<String> {
    let demuxer = container.demuxer();
    let options = ["-loglevel", "quiet", "-protocol_whitelist", "pipe", "-format_whitelist", demuxer];
    options.into_iter().chain(["-threads", "1", "-f", demuxer]).map(str::to_owned).collect()
}

/// Asks `ffprobe` what the first real video stream is.
pub(super) fn probe(container: Container) -> Vec<String> {
    let mut arguments = vec!["-hide_banner".to_owned()];
    arguments.extend(input(container));
    // It gives up at a stream that it may not decode, so that sound has to be let through here.
    let entries = "stream=width,height,avg_frame_rate,r_frame_rate,duration:format=duration";
    let asked = ["-codec_whitelist:v", DECODERS, "-select_streams", "V:0", "-show_entries", entries];
    arguments.extend(asked.map(str::to_owned));
    arguments.extend(["-of", "default=noprint_wrappers=1", "-i", "pipe:0"].map(str::to_owned));
    arguments
}

/// Asks `ffmpeg` for every `step`th frame as red, green and blue bytes behind a short header, at its original size and
/// position.
pub(super) fn frames(container: Container, limits: &VideoLimits, step: u32, sync: &str) -> Vec<String> {
    let mut arguments = ["-hide_banner", "-nostdin"].map(str::to_owned).to_vec();
    arguments.extend(input(container));
    // Without exact rounding the conversion of this machine is off by so much that poor frames lie ten bits away.
    let (filters, pixels) = (
        format!("select=not(mod(n\\,{step})),scale=flags=area+accurate_rnd,format=rgb24"),
        limits.pixels.to_string(),
    );
    // One more than is taken tells a video that is longer from one that is not.
    let most = limits.frames.saturating_add(1).to_string();
    let rest = ["-codec_whitelist", DECODERS, "-max_pixels", &pixels];
    arguments.extend(rest.map(str::to_owned));
    let rest =
        ["-noautorotate", "-an", "-sn", "-dn", "-i", "pipe:0", "-map", "0:V:0", "-filter_threads", "1"];
    arguments.extend(rest.map(str::to_owned));
    // Frames come as they are decoded: none is repeated or left out to keep time.
    let rest = ["-vf", &filters, sync, passthrough(sync), "-frames:v", &most, "-threads", "1"];
    arguments.extend(rest.map(str::to_owned));
    arguments.extend(["-c:v", "ppm", "-f", "image2pipe", "pipe:1"].map(str::to_owned));
    arguments
}

/// The option was renamed, and its value with it.
fn passthrough(sync: &str) -> &'static str {
    if sync == "-vsync" { "0" } else { "passthrough" }
}
