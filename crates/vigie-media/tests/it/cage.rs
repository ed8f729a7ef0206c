//! The cage: nothing gets out, pictures still get through, and a cage that does not hold is noticed.

use vigie_media::pool::ways_out;
use vigie_media::{
    Cage, DecodePool, Escape, Format, MediaError, PoolSettings, PreviewSettings, VideoPool, VideoSettings,
    video,
};

use crate::pictures::Picture;
use crate::pool::{impostor, picture, settings};
use crate::videos;

#[tokio::test]
async fn every_way_out_is_shut() {
    assert_eq!(ways_out(&settings()).await.unwrap(), []);
}

#[tokio::test]
async fn without_the_cage_they_stand_open() {
    let open = ways_out(&PoolSettings { cage: Cage::LimitsAlone, ..settings() }).await.unwrap();
    // The limit of processes holds for all users but one.
    let expected = Escape::ALL.into_iter().filter(|escape| *escape != Escape::Fork || open.contains(escape));
    assert_eq!(open, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn pictures_of_every_format_are_decoded_inside() {
    let pool = DecodePool::start(settings()).await.unwrap();
    let drawn = Picture::new(900, 700, 3);
    for (media, format) in [(drawn.jpeg(|_| {}), Format::Jpeg), (drawn.png(), Format::Png)] {
        assert_eq!(pool.examine(media.clone().into()).await.unwrap().format, format);
        assert!(pool.preview(media.into(), PreviewSettings::FULL).await.is_ok());
    }
}

#[tokio::test]
async fn a_pool_whose_cage_does_not_hold_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    // What stands between tells the child to leave the cage open.
    let between = "(dd bs=1 count=40; printf '\\001'; dd bs=1 count=1 of=/dev/null; cat) 2>/dev/null";
    let script = format!("{between} | {}", env!("CARGO_BIN_EXE_vigie-decode-child"));
    let Err(MediaError::Unavailable { source }) = DecodePool::start(impostor(folder.path(), &script)).await
    else {
        panic!("it started")
    };
    assert_eq!(source.to_string(), "the cage of the decoding child does not hold: a child could read a file");
    assert!(DecodePool::start(settings()).await.unwrap().examine(picture()).await.is_ok());
}

#[tokio::test]
async fn every_way_out_of_the_cage_of_videos_is_shut() {
    let Some(programs) = videos::programs("every_way_out_of_the_cage_of_videos_is_shut") else { return };
    let settings = videos::settings(programs);
    assert_eq!(video::ways_out(&settings).await.unwrap(), []);
    assert!(VideoPool::start(settings.clone()).await.is_ok());
    let open = video::ways_out(&VideoSettings { cage: Cage::LimitsAlone, ..settings }).await.unwrap();
    assert_eq!(open, Escape::ALL, "without it they stand open");
}
