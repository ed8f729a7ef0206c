//! What a process asked of the disk, and what it acknowledged, in order: recorded by `strace` and read back.
//!
//! Only files below one folder count. Everything is printed in hexadecimal digits (`-xx`), so that no name and no byte can be
//! mistaken for syntax. What a call does takes effect when it ends; an acknowledgement counts from its beginning on, and a
//! sync covers what had ended when it began: of each, the reading that is harder on us.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Every call that can change a file or a folder. That none is missing is seen at the end of each recording: what is replayed
/// must be what lies on the disk.
const CALLS: &str = "open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,\
                     sync_file_range,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,\
                     symlinkat,copy_file_range,sendfile";

/// What a line on standard output begins with that acknowledges something.
pub(crate) const ACKNOWLEDGED: &str = "acknowledged ";

/// One step of the recording.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Its place: the line of the recording at which it counts.
    pub(crate) at: usize,
    pub(crate) call: Call,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// A file was opened; made or emptied, where that was asked.
    Open {
        path: PathBuf,
        makes: bool,
        empties: bool,
    },
    Write {
        path: PathBuf,
        offset: u64,
        bytes: Vec<u8>,
    },
    Cut {
        path: PathBuf,
        length: u64,
    },
    /// A file or a folder; it covers what had ended at the line `since`.
    Sync {
        path: PathBuf,
        since: usize,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    MakeFolder {
        path: PathBuf,
    },
    /// Somebody outside may rely on this from now on.
    Acknowledge(String),
}

/// Runs a command under `strace` and reads what it did below `root`.
pub(crate) fn record(command: &Command, root: &Path, file: &Path) -> (ExitStatus, Vec<Event>) {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-xx", "-qq", "--seccomp-bpf", "-s", "100000000", "-e"]);
    strace.arg(format!("trace={CALLS}")).arg("-o").arg(file).arg(command.get_program());
    strace.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let status = strace.status().expect("strace can be started");
    (status, read(&std::fs::read_to_string(file).expect("strace writes text"), root))
}

/// Reads a recording.
fn read(text: &str, root: &Path) -> Vec<Event> {
    let mut reader = Reader { root, events: Vec::new(), places: BTreeMap::new() };
    let mut under_way: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(head) = rest.strip_suffix("<unfinished ...>") {
            reader.begin(at, head);
            under_way.insert(process, (at, head.trim_end().to_owned()));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let tail = resumed.split_once(" resumed>").map_or("", |(_, tail)| tail);
            if let Some((began, head)) = under_way.remove(process) {
                reader.end(began, at, &format!("{head}{tail}"));
            }
        } else {
            reader.begin(at, rest);
            reader.end(at, at, rest);
        }
    }
    let mut events = reader.events;
    events.sort_by_key(|event| event.at);
    events
}

struct Reader<'root> {
    root: &'root Path,
    events: Vec<Event>,
    /// Where the next plain write to a descriptor goes; none at its end, whatever that is.
    places: BTreeMap<i64, Option<u64>>,
}

impl Reader<'_> {
    /// What counts from its beginning on.
    fn begin(&mut self, at: usize, text: &str) {
        let Some(arguments) = text.strip_prefix("write(1<") else { return };
        for bytes in strings(arguments) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let acknowledged = text.lines().filter_map(|line| line.split_once(ACKNOWLEDGED));
            let said = acknowledged.map(|(_, what)| Call::Acknowledge(what.to_owned()));
            self.events.extend(said.map(|call| Event { at, call }));
        }
    }

    /// What counts when it has ended.
    fn end(&mut self, began: usize, at: usize, text: &str) {
        let Some((name, rest)) = text.split_once('(') else { return };
        // Of what was under way there are spaces before the sign.
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        let Some(arguments) = arguments.trim_end().strip_suffix(')') else { return };
        let result: i64 =
            result.split(['<', ' ']).next().and_then(|number| number.parse().ok()).unwrap_or(-1);
        if result < 0 {
            return;
        }
        if let Some(call) = self.call(name, arguments, result, began) {
            self.events.push(Event { at, call });
        }
    }

    fn call(&mut self, name: &str, arguments: &str, result: i64, began: usize) -> Option<Call> {
        let words: Vec<_> = arguments.split(", ").collect();
        let ours = |path: PathBuf| path.starts_with(self.root).then_some(path);
        let named = |place: usize| {
            let text = strings(arguments).into_iter().nth(place)?;
            ours(PathBuf::from(String::from_utf8(text).ok()?))
        };
        let number = |place: usize| words.get(place)?.parse::<u64>().ok();
        Some(match name {
            "open" | "openat" | "creat" => {
                let path = named(0)?;
                let has = |flag| arguments.contains(flag);
                self.places.insert(result, (!has("O_APPEND")).then_some(0));
                Call::Open { path, makes: has("O_CREAT"), empties: has("O_TRUNC") }
            }
            "write" | "writev" | "pwrite64" => {
                let (descriptor, path) = descriptor(words[0])?;
                let path = ours(path)?;
                let mut bytes = strings(&words[1..].join(", ")).concat();
                bytes.truncate(usize::try_from(result).ok()?);
                let offset = if name == "pwrite64" {
                    number(words.len() - 1)?
                } else {
                    let place = self.places.get_mut(&descriptor).expect("what is written to was opened");
                    let offset = place.expect("nothing of ours is appended to");
                    *place = Some(offset + bytes.len() as u64);
                    offset
                };
                Call::Write { path, offset, bytes }
            }
            "ftruncate" => Call::Cut { path: ours(descriptor(words[0])?.1)?, length: number(1)? },
            "fsync" | "fdatasync" => Call::Sync { path: ours(descriptor(words[0])?.1)?, since: began },
            "rename" | "renameat" | "renameat2" => Call::Rename { from: named(0)?, to: named(1)? },
            "link" | "linkat" => Call::Link { from: named(0)?, to: named(1)? },
            "unlink" | "unlinkat" | "rmdir" => Call::Remove { path: named(0)? },
            "mkdir" | "mkdirat" => Call::MakeFolder { path: named(0)? },
            // Where one of the others is ever used on our files, the replayed disk differs from the real one.
            _ => return None,
        })
    }
}

/// Number and path of `7<\x2f…>`; none for what has no name any more.
fn descriptor(word: &str) -> Option<(i64, PathBuf)> {
    let (number, path) = word.split_once('<')?;
    let path = String::from_utf8(bytes(path.strip_suffix('>')?)).ok()?;
    Some((number.parse().ok()?, PathBuf::from(path)))
}

/// The strings between quotation marks.
fn strings(arguments: &str) -> Vec<Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(bytes).collect()
}

/// The bytes of `\x00\xff`.
fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x").filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok()).collect()
}

#[test]
fn a_recording_is_read_with_what_was_under_way_at_the_same_time() {
    let hex = |text: &str| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let (a, b, other) = (hex("/d/a"), hex("/d/b"), hex("/other"));
    let text = format!(
        "1 openat(AT_FDCWD<{other}>, \"{a}\", O_WRONLY|O_CREAT|O_CLOEXEC, 0600) = 3<{a}>\n\
         1 write(3<{a}>, \"{}\", 2) = 2\n\
         2 write(1<{other}>, \"{}\", 15 <unfinished ...>\n\
         1 fdatasync(3<{a}> <unfinished ...>\n\
         2 <... write resumed>)             = 15\n\
         2 write(3<{a}>, \"{}\", 2) = 1\n\
         1 <... fdatasync resumed>)         = 0\n\
         1 rename(\"{a}\", \"{b}\") = 0\n\
         1 rename(\"{a}\", \"{b}\") = -1 ENOENT (No such file or directory)\n\
         1 write(3<{b}>(deleted), \"{}\", 2) = 2\n",
        hex("xy"),
        hex("acknowledged 7\n"),
        hex("zz"),
        hex("no"),
    );
    let path = PathBuf::from("/d/a");
    let calls: Vec<_> =
        read(&text, Path::new("/d")).into_iter().map(|event| (event.at, event.call)).collect();
    let wanted = [
        (0, Call::Open { path: path.clone(), makes: true, empties: false }),
        (1, Call::Write { path: path.clone(), offset: 0, bytes: b"xy".to_vec() }),
        (2, Call::Acknowledge("7".into())),
        (5, Call::Write { path: path.clone(), offset: 2, bytes: b"z".to_vec() }),
        (6, Call::Sync { path: path.clone(), since: 3 }),
        (7, Call::Rename { from: path, to: "/d/b".into() }),
    ];
    assert_eq!(calls, wanted);
}
