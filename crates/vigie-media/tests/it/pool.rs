//! The pool with real children.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use vigie_media::{
    DecodePool, ExceededLimit, Format, Limits, MediaError, PoolSettings, PreviewSettings, Reason, examine,
    preview,
};

use crate::pictures::{Picture, png_chunk, png_start};

pub(crate) fn settings() -> PoolSettings {
    PoolSettings { children: 1, ..PoolSettings::new(env!("CARGO_BIN_EXE_vigie-decode-child"), Vec::new()) }
}

/// A pool whose cage is not proven: that is for `cage.rs`, and impostors would not stand it.
async fn start(settings: PoolSettings) -> Result<DecodePool, MediaError> {
    DecodePool::start_unproven(settings).await
}

/// A child that does what a shell script says, in place of the real one.
pub(crate) fn impostor(folder: &Path, script: &str) -> PoolSettings {
    let program = folder.join("child");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    PoolSettings { command: program, ..settings() }
}

/// The real child behind a script that says what to do first.
fn behind(folder: &Path, script: &str) -> PoolSettings {
    impostor(folder, &format!("{script}\nexec {}", env!("CARGO_BIN_EXE_vigie-decode-child")))
}

pub(crate) fn picture() -> Bytes {
    Picture::new(320, 240, 1).png().into()
}

/// A picture of 60 million pixels, of which the first rows are there.
fn begun() -> Bytes {
    let mut media = png_start(7_900, 7_900, 8, 2, false);
    let mut data = vec![0x78, 0x01, 0, 0xFF, 0xFF, 0, 0];
    data.extend(vec![0; 65_535]);
    media.extend(png_chunk(b"IDAT", &data));
    media.into()
}

/// The process whose number was written there.
fn process_in(file: &Path) -> Pid {
    Pid::from_raw(std::fs::read_to_string(file).unwrap().trim().parse().unwrap()).unwrap()
}

#[tokio::test]
async fn answers_what_this_process_would_answer() {
    let pool = start(settings()).await.unwrap();
    for media in [picture(), Picture::new(700, 300, 2).jpeg(|_| {}).into()] {
        let here = examine::examine(&media, &Limits::default()).unwrap();
        assert_eq!(pool.examine(media.clone()).await.unwrap(), here);
        for settings in [PreviewSettings::SHIELDED, PreviewSettings::SOFT, PreviewSettings::FULL] {
            let here = preview::preview(&media, &Limits::default(), settings).unwrap();
            assert_eq!(pool.preview(media.clone(), settings).await.unwrap(), here);
        }
    }
}

#[tokio::test]
async fn errors_keep_their_names() {
    let limits = Limits { bytes: 400_000, pixels: 320 * 240, ..Limits::default() };
    let pool = start(PoolSettings { limits, ..settings() }).await.unwrap();
    let too_large = pool.examine(vec![0; 400_001].into()).await.unwrap_err();
    assert!(matches!(too_large, MediaError::TooLarge { bytes: 400_001, limit: 400_000 }));
    let unknown = pool.examine(Bytes::from_static(b"%PDF-1.7")).await.unwrap_err();
    assert!(matches!(unknown, MediaError::UnknownFormat));
    let cut = pool.examine(picture().slice(..2_000)).await.unwrap_err();
    assert!(matches!(cut, MediaError::Undecodable { reason: Reason::Truncated }));
    let wide = pool.examine(Picture::new(321, 240, 1).png().into()).await.unwrap_err();
    assert!(matches!(wide, MediaError::LimitExceeded { limit: ExceededLimit::Pixels }));
    assert_eq!(pool.examine(picture()).await.unwrap().format, Format::Png);
}

#[tokio::test]
async fn a_child_is_replaced_after_its_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let settings = behind(folder.path(), &format!("echo $$ >> {}", log.display()));
    let pool = start(PoolSettings { recycle_after: 2, ..settings }).await.unwrap();
    for _ in 0..5 {
        pool.examine(picture()).await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(log).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn a_child_killed_in_the_middle_costs_its_own_job_only() {
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    let pool = start(behind(folder.path(), &format!("echo $$ > {}", number.display()))).await.unwrap();
    let pid = process_in(&number);
    // Stopped, it takes the job and cannot answer; then it is killed.
    kill_process(pid, Signal::STOP).unwrap();
    let (outcome, ()) = tokio::join!(pool.examine(picture()), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        kill_process(pid, Signal::KILL).unwrap();
    });
    assert!(matches!(outcome.unwrap_err(), MediaError::Crashed { signal: Some(9) }));
    assert_eq!(pool.examine(picture()).await.unwrap().format, Format::Png);
}

#[tokio::test]
async fn a_child_that_gives_no_answer_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    // Whoever takes the place of the child has this long to start and to answer, on a machine that does much else.
    let limits = Limits { time: Duration::from_secs(3), ..Limits::default() };
    let settings = behind(folder.path(), &format!("echo $$ > {}", number.display()));
    let pool = start(PoolSettings { limits, ..settings }).await.unwrap();
    let pid = process_in(&number);
    kill_process(pid, Signal::STOP).unwrap();
    assert!(matches!(pool.examine(picture()).await.unwrap_err(), MediaError::TimedOut));
    assert_eq!(pool.examine(picture()).await.unwrap().format, Format::Png);
    let gone = async {
        while test_kill_process(pid).is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("the child is gone");
}

#[tokio::test]
async fn a_caller_that_walks_away_leaves_a_pool_that_works() {
    let pool = start(settings()).await.unwrap();
    for _ in 0..20 {
        let abandoned = tokio::time::timeout(Duration::from_micros(300), pool.examine(picture())).await;
        drop(abandoned);
    }
    assert_eq!(pool.examine(picture()).await.unwrap().format, Format::Png);
}

#[tokio::test]
async fn a_child_that_was_taken_over_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let ready = r"printf '\000\000\000\000\000\000\000\000'";
    let lies = [
        // More than the largest preview, an unknown kind, a failure of no known reason, a greeting in place of an answer.
        r"printf '\002\000\000\000\377\377\377\377'",
        r"printf '\011\000\000\000\000\000\000\000'",
        r"printf '\004\143\000\000\000\000\000\000'",
        r"printf '\000\000\000\000\000\000\000\000'",
    ];
    for lie in lies {
        let settings =
            impostor(folder.path(), &format!("{ready}\nhead -c 58 > /dev/null\n{lie}\nexec sleep 60"));
        let pool = start(settings).await.unwrap();
        assert!(
            matches!(pool.examine(picture()).await.unwrap_err(), MediaError::Crashed { signal: None }),
            "{lie}"
        );
    }
}

#[tokio::test]
async fn a_pool_whose_children_do_not_start_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let absent = PoolSettings { command: folder.path().join("absent"), ..settings() };
    assert!(matches!(start(absent).await.unwrap_err(), MediaError::Unavailable { .. }));
    let ends = impostor(folder.path(), "exit 3");
    assert!(matches!(start(ends).await.unwrap_err(), MediaError::Unavailable { .. }));
    let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
    let hangs = PoolSettings { limits, ..impostor(folder.path(), "exec sleep 60") };
    assert!(matches!(start(hangs).await.unwrap_err(), MediaError::Unavailable { .. }));
}

#[tokio::test]
async fn jobs_beyond_the_queue_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    let settings = behind(folder.path(), &format!("echo $$ > {}", number.display()));
    let pool = start(PoolSettings { waiting: 2, ..settings }).await.unwrap();
    let pid = process_in(&number);
    kill_process(pid, Signal::STOP).unwrap();
    let job = || pool.examine(picture());
    let (first, second, third, ()) = tokio::join!(job(), job(), job(), async {
        assert!(matches!(job().await.unwrap_err(), MediaError::Busy { waiting: 2 }));
        kill_process(pid, Signal::CONT).unwrap();
    });
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert!(job().await.is_ok());
}

#[tokio::test]
async fn children_see_no_environment_and_little_else() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let number = folder.path().join("number");
    let script = format!("/usr/bin/env > {}; echo $$ > {}", seen.display(), number.display());
    let pool = start(behind(folder.path(), &script)).await.unwrap();
    let names = std::fs::read_to_string(seen).unwrap();
    // The shell in between sets these itself.
    let own = ["PWD", "SHLVL", "_", "OLDPWD"];
    assert!(names.lines().all(|line| own.contains(&line.split('=').next().unwrap())), "{names}");

    pool.examine(picture()).await.unwrap();
    let process = format!("/proc/{}", std::fs::read_to_string(number).unwrap().trim());
    let limits = std::fs::read_to_string(format!("{process}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit("Max address space")[..2], ["1073741824"; 2]);
    assert_eq!(limit("Max file size")[..2], ["0"; 2]);
    assert_eq!(limit("Max core file size")[..2], ["0"; 2]);
    assert_eq!(limit("Max processes")[..2], ["0"; 2]);
    assert_eq!(limit("Max open files")[..2], ["8"; 2]);
    assert_eq!(limit("Max cpu time")[0], "12");
    let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
}

#[tokio::test]
async fn a_job_that_computes_too_long_is_ended_by_the_kernel_too() {
    let folder = tempfile::tempdir().unwrap();
    // A child that never answers, with one second of work allowed.
    let pool = start(impostor(
        folder.path(),
        r"printf '\000\000\000\000\000\000\000\000'
        ulimit -S -t 1
        while :; do :; done",
    ));
    let outcome = pool.await.unwrap().examine(picture()).await.unwrap_err();
    let named = matches!(outcome, MediaError::LimitExceeded { limit: ExceededLimit::ProcessorTime });
    assert!(named, "{outcome}");
}

#[tokio::test]
async fn a_large_half_of_a_picture_is_an_error_of_its_own() {
    let pool = start(settings()).await.unwrap();
    let error = pool.examine(begun()).await.unwrap_err();
    assert!(matches!(error, MediaError::Undecodable { reason: Reason::Truncated }), "{error}");
}
