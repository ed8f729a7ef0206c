//! Hashes every picture of a folder in this process, on so many threads, and tells how fast.
//!
//! `cargo run --release -p vigie-media --example hash_folder -- DIR [--threads N] [--format text|json]`
//!
//! One line for each file, then one for the whole: with `--format json` each is a JSON object, and the last has
//! `images_per_second`. Reading the files counts. The command `vigie hash` is the tool for material that is not
//! trusted: it decodes in children.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use vigie_media::{Limits, examine, folder};

struct Arguments {
    folder: PathBuf,
    threads: usize,
    json: bool,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut arguments = Self { folder: PathBuf::new(), threads: cores, json: false };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--threads" => {
                    arguments.threads = value()?.parse().map_err(|_| "--threads needs a number")?;
                }
                "--format" => arguments.json = value()? == "json",
                folder => arguments.folder = folder.into(),
            }
        }
        if arguments.folder.as_os_str().is_empty() {
            return Err("usage: hash_folder DIR [--threads N] [--format text|json]".to_owned());
        }
        Ok(arguments)
    }
}

fn main() -> ExitCode {
    match Arguments::read().map_err(Into::into).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let files = folder::walk([arguments.folder.clone()]).collect::<Result<Vec<_>, _>>()?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mine = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            files.get(index).map(|file| (index, hash(file)))
        });
        mine.collect::<Vec<_>>()
    };
    let start = Instant::now();
    let mut lines: Vec<(usize, Value)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..arguments.threads.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let seconds = start.elapsed().as_secs_f64();
    lines.sort_by_key(|(index, _)| *index);

    let mut output = BufWriter::new(std::io::stdout().lock());
    for (_, line) in &lines {
        if arguments.json {
            writeln!(output, "{line}")?;
        } else {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            let error = line.get("error").map(|_| format!(": {}", text("error"))).unwrap_or_default();
            let mark = if line["unstable"] == true { " (unstable)" } else { "" };
            writeln!(output, "{},{},{}{error}{mark}", text("pdq"), line["quality"], text("path"))?;
        }
    }
    let hashed = lines.iter().filter(|(_, line)| line.get("error").is_none()).count();
    let unstable = lines.iter().filter(|(_, line)| line["unstable"] == true).count();
    let speed = hashed as f64 / seconds;
    if arguments.json {
        let summary = json!({
            "images": hashed,
            "errors": lines.len() - hashed,
            "unstable": unstable,
            "threads": arguments.threads,
            "seconds": seconds,
            "images_per_second": speed,
        });
        writeln!(output, "{summary}")?;
    } else {
        writeln!(
            output,
            "{hashed} images, {unstable} of them unstable, in {seconds:.3} s on {} threads: {speed:.1} a second",
            arguments.threads
        )?;
    }
    Ok(output.flush()?)
}

fn hash(file: &Path) -> Value {
    let path = file.display().to_string();
    let outcome = std::fs::read(file)
        .map_err(|error| error.to_string())
        .and_then(|media| examine::examine(&media, &Limits::default()).map_err(|error| error.to_string()));
    match outcome {
        Err(error) => json!({ "path": path, "error": error }),
        Ok(found) => json!({
            "path": path,
            "mime": found.mime(),
            "width": found.width,
            "height": found.height,
            "pdq": found.pdq.map(|hash| hash.to_string()),
            "quality": found.quality,
            "unstable": found.unstable,
        }),
    }
}
