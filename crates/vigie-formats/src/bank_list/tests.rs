//! Lists as they come: of hotlines, of tools, of ourselves, and broken ones.

use proptest::prelude::*;

use super::*;

const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// The list in one line each: the kinds, what the entry says, or what is wrong.
fn shown(format: ListFormat, list: &str) -> Vec<String> {
    read(format, list.as_bytes(), ReadOptions::default()).map(show).collect()
}

fn show(listed: Listed) -> String {
    match listed {
        Listed::Empty { line } => format!("{line} empty"),
        Listed::Faulty(diagnostic) => format!("{} faulty: {}", diagnostic.line, diagnostic.problem),
        Listed::Record(entry) => {
            let kinds: Vec<_> = entry.signals.iter().map(|signal| signal.kind.name()).collect();
            let labels: Vec<_> =
                entry.labels.iter().map(|label| format!("{}:{}", label.scheme, label.code)).collect();
            let said = [&entry.source, &entry.note, &entry.original_reference];
            let said: Vec<_> = said.into_iter().flatten().map(String::as_str).collect();
            [entry.line.to_string(), kinds.join("+"), labels.join(","), said.join("/")].join(" ")
        }
    }
}

#[test]
fn plain_lists_as_digest_tools_write_them() {
    let list =
        format!("# a list\n{MD5}  lakes/one.jpg\n\n{SHA1} *two.jpg\nsha256:{SHA256}\n{SHA256}\r\nzz\n");
    assert_eq!(
        shown(ListFormat::Plain, &list),
        [
            "2 md5  lakes/one.jpg",
            "4 sha1  two.jpg",
            "5 sha256  ",
            "6 pdq  ",
            "7 faulty: it does not begin with a PDQ, MD5, SHA-1 or SHA-256 signal in hexadecimal digits",
        ]
    );
}

#[test]
fn what_64_digits_are_can_be_said() {
    let options = ReadOptions { long: ListedKind::Sha256 };
    let listed: Vec<_> = read(ListFormat::Plain, SHA256.as_bytes(), options).map(show).collect();
    assert_eq!(listed, ["1 sha256  "]);
}

#[test]
fn csv_with_a_header_in_any_order() {
    let list = format!(
        "\u{feff}Note,MD5,Labels,sha-1,Member,disabled_until\n\"a, lake\",{MD5},inhope:A1;B2,,Hotline,2026-11-22T10:00:00Z\n\
         ,,,,,\nnothing,,,,,\nx,{MD5}0,,,,\ny,{MD5},,,,soon\n"
    );
    assert_eq!(
        shown(ListFormat::Csv, &list),
        [
            "2 md5 inhope:A1,:B2 Hotline/a, lake",
            "4 empty",
            "5 faulty: a md5 signal is 32 hexadecimal digits",
            "6 faulty: its disabled-until is no moment in RFC 3339",
        ]
    );
}

#[test]
fn csv_with_a_column_that_tells_the_kind() {
    let list =
        format!("type;hash;path\nSHA256;{SHA256};a.jpg\nmd5;{MD5};b.jpg\ncrc;{MD5};c.jpg\n;{SHA1};d.jpg\n");
    assert_eq!(
        shown(ListFormat::Csv, &list),
        ["2 sha256  a.jpg", "3 md5  b.jpg", "4 faulty: its kind of signal is not known", "5 sha1  d.jpg",]
    );
}

#[test]
fn csv_without_a_header_as_our_own_hash_command_writes_it() {
    let list = format!("{SHA256},99,lakes/one.jpg\n,12,lakes/flat.png\n{SHA256},98,\"a\nb\"\n{MD5}\tx\n");
    assert_eq!(
        shown(ListFormat::Csv, &list),
        ["1 pdq  lakes/one.jpg", "2 empty", "3 pdq  a\nb", "5 faulty: it holds no signal"]
    );
    assert_eq!(shown(ListFormat::Csv, &format!("{MD5}\tx\n")), ["1 md5  x"]);
}

#[test]
fn json_lines_of_several_makers() {
    let list = format!(
        "{{\"signals\":{{\"pdq\":\"{SHA256}\",\"md5\":\"{MD5}\"}},\"labels\":[{{\"scheme\":\"inhope\",\"code\":\"A1\"}},\"B2\"],\"note\":\"n\"}}\n\
         {{\"path\":\"p.jpg\",\"type\":\"sha1\",\"hash\":\"{SHA1}\"}}\n\
         {{\"path\":\"flat.png\",\"pdq\":null}}\n\
         {{\"note\":\"nothing\"}}\n[1]\n\
         {{\"signals\":{{\"crc\":\"00\"}}}}\n\
         {{\"md5\":\"{MD5}\",\"signals\":{{\"md5\":\"{MD5}\"}}}}\n"
    );
    assert_eq!(
        shown(ListFormat::JsonLines, &list),
        [
            "1 md5+pdq inhope:A1,:B2 n",
            "2 sha1  p.jpg",
            "3 empty",
            "4 faulty: it holds no signal",
            "5 faulty: it is no JSON object",
            "6 faulty: its signals have a kind that is not known: pdq, vpdq, md5, sha1 and sha256 are",
            "7 faulty: it holds more than one md5 signal",
        ]
    );
}

#[test]
fn a_format_is_guessed_from_the_first_line() {
    assert_eq!(ListFormat::guess(b"\n# x\n{\"md5\":\"\"}"), ListFormat::JsonLines);
    assert_eq!(ListFormat::guess(b"md5\n"), ListFormat::Csv);
    assert_eq!(ListFormat::guess(format!("{MD5},a.jpg").as_bytes()), ListFormat::Csv);
    assert_eq!(ListFormat::guess(format!("{MD5}  a.jpg").as_bytes()), ListFormat::Plain);
    assert_eq!(ListFormat::guess(b""), ListFormat::Plain);
}

#[test]
fn lines_and_records_without_end_are_named_and_passed() {
    let long = "x".repeat(5_000_000);
    let plain = format!("{long}\n{MD5}\n");
    assert_eq!(shown(ListFormat::Plain, &plain), ["1 faulty: it is longer than 4 MiB", "2 md5  "]);
    let csv = format!("{MD5},\"a\n{}", format!("{MD5},b\n").repeat(200_000));
    assert_eq!(
        shown(ListFormat::Csv, &csv),
        ["1 faulty: a quote that is never closed, or a record longer than 4 MiB"]
    );
    assert_eq!(shown(ListFormat::Plain, "\u{fffd}"), shown(ListFormat::Plain, "zz"));
    let latin1 = [b"caf\xe9\n", MD5.as_bytes()].concat();
    let listed: Vec<_> = read(ListFormat::Plain, &latin1[..], ReadOptions::default()).map(show).collect();
    assert_eq!(listed, ["1 faulty: it is not UTF-8 text", "2 md5  "]);
}

fn outgoing() -> impl Strategy<Value = Outgoing> {
    let signals = prop::sample::subsequence(ListedKind::ALL.to_vec(), 1..=4).prop_map(|kinds| {
        let signal = |kind: ListedKind| ListedSignal {
            kind,
            value: match kind.digits() {
                Some(digits) => vec![digits as u8; digits / 2],
                None => format!("0,100,{SHA256},0.000;30,99,{SHA256},1.000").into_bytes(),
            },
        };
        kinds.into_iter().map(signal).collect::<Vec<_>>()
    });
    let text =
        || prop::option::of("[ -~é\n]{0,40}".prop_map(|text| said(&text)).prop_filter_map("", |text| text));
    let labels = prop::collection::vec(("[a-z]{0,4}", "[A-Z0-9]{1,3}"), 0..3).prop_map(|labels| {
        labels.into_iter().map(|(scheme, code)| Label { scheme, code }).collect::<Vec<_>>()
    });
    (1..i64::MAX, signals, text(), text(), text(), labels).prop_map(
        |(id, signals, source, note, original_reference, labels)| Outgoing {
            id,
            entry: ListedEntry {
                signals,
                source,
                labels,
                note,
                original_reference,
                disabled_until: Some(Moment(1_790_000_000_000_000)),
                ..ListedEntry::default()
            },
        },
    )
}

#[test]
fn a_video_is_a_file_of_frames_or_a_field() {
    let frame = |number: u32| format!("{number},100,{SHA256},0.{number:03}");
    let file = format!("# clip\n{}\n\n{}\n", frame(0), frame(1));
    assert_eq!(ListFormat::guess(file.as_bytes()), ListFormat::Vpdq);
    let value = |format, list: &str| match read(format, list.as_bytes(), ReadOptions::default()).next() {
        Some(Listed::Record(entry)) => String::from_utf8(entry.signals[0].value.clone()).unwrap(),
        other => panic!("{other:?}"),
    };
    // What was left out still counts, so that a fault is told by its line.
    assert_eq!(value(ListFormat::Vpdq, &file), format!(";{};;{}", frame(0), frame(1)));
    let field = format!("{};{}", frame(0), frame(1));
    assert_eq!(value(ListFormat::JsonLines, &format!("{{\"vpdq\":\"{field}\"}}")), field);
    assert_eq!(value(ListFormat::Csv, &format!("vpdq,note\n\"{field}\",x\n")), field);
    assert_eq!(value(ListFormat::Plain, &format!("vpdq:{field}\n")), field);
    assert_eq!(ListFormat::guess(format!("vpdq:{field}\n").as_bytes()), ListFormat::Plain);
    assert_eq!(shown(ListFormat::Vpdq, "# nothing\n"), [""; 0]);
    assert_eq!(shown(ListFormat::Vpdq, &"1,2,3,4\n".repeat(700_000)).len(), 1);
    // A CSV of pictures stays one.
    assert_eq!(ListFormat::guess(format!("{SHA256},100,lake.jpg\n").as_bytes()), ListFormat::Csv);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(entries in prop::collection::vec(outgoing(), 1..5)) {
        for format in [ListFormat::Csv, ListFormat::JsonLines] {
            let text: String = std::iter::once(header(format))
                .chain(entries.iter().map(|entry| line(format, entry)))
                .collect();
            let listed: Vec<_> = read(format, text.as_bytes(), ReadOptions::default()).collect();
            prop_assert_eq!(listed.len(), entries.len());
            for (listed, entry) in listed.into_iter().zip(&entries) {
                let Listed::Record(mut read) = listed else { panic!("{format}: {}", show(listed)) };
                read.line = 0;
                let mut wanted = entry.entry.clone();
                let order = |signal: &ListedSignal| signal.kind;
                read.signals.sort_by_key(order);
                wanted.signals.sort_by_key(order);
                prop_assert!(*read == wanted, "{}: {}", format, text);
            }
        }
    }

    #[test]
    fn no_list_breaks_a_reader(list in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in ListFormat::ALL {
            let _ = read(*format, &list[..], ReadOptions::default()).count();
            let _ = ListFormat::guess(&list);
        }
    }
}

#[test]
fn a_video_without_lines_is_no_signal() {
    for (format, list) in [
        (ListFormat::Plain, "vpdq:\n"),
        (ListFormat::JsonLines, "{\"vpdq\":\" \",\"md5\":\"00112233445566778899aabbccddeeff\"}\n"),
    ] {
        let read: Vec<_> = read(format, list.as_bytes(), ReadOptions::default()).collect();
        let has_video = |listed: &Listed| match listed {
            Listed::Record(entry) => entry.signals.iter().any(|signal| signal.kind == ListedKind::Vpdq),
            _ => false,
        };
        assert!(!read.iter().any(has_video), "{list}: {read:?}");
    }
}
