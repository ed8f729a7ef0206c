//! The two sides of the comparison: processes that answer the path of a picture with its hash and what it took.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

use crate::{interrupt, step};

const MAIN: &str = include_str!("reference.cpp");
/// The package of PyPI that carries the sources of the reference; its version is fixed because the files below are.
const PACKAGE: &str = "pdqhash==0.2.8";
/// Its files, below `pdq/cpp`.
const SOURCES: [&str; 7] = [
    "io/pdqio.cpp",
    "io/hashio.cpp",
    "hashing/pdqhashing.cpp",
    "hashing/torben.cpp",
    "downscaling/downscaling.cpp",
    "common/pdqhashtypes.cpp",
    "common/pdqhamming.cpp",
];

/// A process that answers. Dropping it ends it.
pub(super) struct Side {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What it says of a picture.
pub(super) struct Answer {
    /// None where the picture says too little.
    pub(super) hash: Option<[u64; 4]>,
    /// From the file to the hash; of a picture in pixels ours tells the hash step alone.
    pub(super) seconds: f64,
    /// The hash step alone, where it is told.
    pub(super) step: f64,
}

impl Side {
    pub(super) fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let (questions, answers) =
            process.stdin.take().zip(process.stdout.take()).context("a side has no pipes")?;
        Ok(Self { process, questions, answers: BufReader::new(answers) })
    }

    pub(super) fn ask(&mut self, picture: &Path) -> anyhow::Result<Answer> {
        if interrupt::asked_to_stop() {
            bail!("interrupted");
        }
        writeln!(self.questions, "{}", picture.display()).context("a side is gone")?;
        let mut line = String::new();
        self.answers.read_line(&mut line).context("a side is gone")?;
        let words: Vec<&str> = line.trim_end().split(' ').collect();
        let [hash, _, seconds, rest @ ..] = words.as_slice() else {
            bail!("{} was not hashed: `{}`", picture.display(), line.trim_end())
        };
        let step = rest.first().map_or(Ok(0.0), |word| word.parse());
        Ok(Answer { hash: words_of(hash), seconds: seconds.parse()?, step: step? })
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn words_of(hash: &str) -> Option<[u64; 4]> {
    let word = |place: usize| u64::from_str_radix(hash.get(place * 16..(place + 1) * 16)?, 16).ok();
    Some([word(0)?, word(1)?, word(2)?, word(3)?])
}

/// How many bits differ.
pub(super) fn distance(left: [u64; 4], right: [u64; 4]) -> u32 {
    left.iter().zip(right).map(|(left, right)| (left ^ right).count_ones()).sum()
}

/// Compiles the reference with libjpeg linked, from the sources that its package for Python carries.
pub(super) fn reference(folder: &Path, python: &Path) -> anyhow::Result<PathBuf> {
    let pip =
        ["-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary", ":all:"];
    let mut download = step::command(python, pip);
    step::run("fetch the reference", download.args([PACKAGE, "--dest"]).arg(folder))?;
    let unpack = "import glob, sys, tarfile; tarfile.open(glob.glob(sys.argv[1] + '/pdqhash-*.tar.gz')[0]).extractall(sys.argv[1], filter='data')";
    step::run("unpack it", step::command(python, ["-c", unpack]).arg(folder))?;
    let root = folder.join("pdqhash-0.2.8/ThreatExchange");
    let (main, program) = (folder.join("reference.cpp"), folder.join("reference"));
    std::fs::write(&main, MAIN)?;
    let mut compile =
        step::command("c++", ["-std=c++11", "-O3", "-w", "-Dcimg_display=0", "-Dcimg_use_jpeg", "-I"]);
    compile.arg(&root).arg("-I").arg(root.join("pdq/cpp")).arg(&main);
    compile.args(SOURCES.map(|file| root.join("pdq/cpp").join(file)));
    compile.args(["-ljpeg", "-lpthread", "-o"]).arg(&program);
    step::run("compile it", &mut compile)
        .context("it takes a C++ compiler and the headers of libjpeg-turbo (Debian: g++, libjpeg-dev)")?;
    Ok(program)
}
