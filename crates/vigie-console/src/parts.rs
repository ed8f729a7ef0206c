//! Small parts that many pages show: moments, time left, identifiers, icons. Each writes its own markup.

use std::fmt;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use vigie_model::Moment;

use crate::language::Words;

/// A moment: how long ago, the exact moment on hover; scripts add the local time.
#[derive(Template, Debug, Clone)]
#[template(ext = "html", source = r#"<time datetime="{{ iso }}" title="{{ exact }}">{{ text }}</time>"#)]
pub(crate) struct When {
    iso: String,
    text: String,
    exact: String,
}

impl HtmlSafe for When {}

impl When {
    /// A moment as seen from now.
    pub(crate) fn new(words: Words, moment: Moment, now: Moment) -> Self {
        Self { iso: moment.to_string(), text: words.ago(moment, now), exact: words.exact(moment) }
    }
}

/// The time left until a moment: quiet over a day, marked under a day, strong under an hour, late in words.
#[derive(Template, Debug, Clone)]
#[template(
    ext = "html",
    source = r#"<time class="left left-{{ level }}" datetime="{{ iso }}" data-exact="{{ exact }}" tabindex="0">{{ text }}</time>"#
)]
pub(crate) struct TimeLeft {
    iso: String,
    level: &'static str,
    text: String,
    exact: String,
}

impl HtmlSafe for TimeLeft {}

impl TimeLeft {
    /// The time left until `due`, as seen from now.
    pub(crate) fn new(words: Words, due: Moment, now: Moment) -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let left = due.since(now);
        let (level, text) = match left {
            _ if due <= now => ("late", words.about("time-late", &words.length(now.since(due)))),
            _ if left < HOUR => ("strong", words.about("time-left", &words.length(left))),
            _ if left < 24 * HOUR => ("marked", words.about("time-left", &words.length(left))),
            _ => ("quiet", words.about("time-left", &words.length(left))),
        };
        Self { iso: due.to_string(), level, text, exact: words.exact(due) }
    }
}

/// A moment in full, in UTC; scripts write the local time below it.
#[derive(Template, Debug, Clone)]
#[template(
    ext = "html",
    source = r#"<time class="exact" datetime="{{ iso }}" title="{{ exact }}">{{ text }}</time><span class="local hint" data-local="{{ iso }}"></span>"#
)]
pub(crate) struct Exact {
    iso: String,
    text: String,
    exact: String,
}

impl HtmlSafe for Exact {}

impl Exact {
    /// A moment that people have to note down.
    pub(crate) fn new(words: Words, moment: Moment) -> Self {
        Self { iso: moment.to_string(), text: words.to_the_minute(moment), exact: words.exact(moment) }
    }
}

/// An identifier or a hash: shortened in the middle, whole on focus, with a button that copies it.
#[derive(Template, Debug, Clone)]
#[template(
    ext = "html",
    source = r#"<span class="identifier"><code tabindex="0" data-whole="{{ whole }}" aria-label="{{ whole }}">{{ short }}</code><button type="button" class="quiet small" data-copy="{{ whole }}" hidden>{{ copy }}</button></span>"#
)]
pub(crate) struct Identifier {
    whole: String,
    short: String,
    copy: String,
}

impl HtmlSafe for Identifier {}

impl Identifier {
    /// An identifier that can be copied.
    pub(crate) fn new(words: Words, whole: &str) -> Self {
        Self { short: shortened(whole), whole: whole.to_owned(), copy: words.say("copy") }
    }
}

/// The first eight and the last four characters, where that is shorter.
pub(crate) fn shortened(whole: &str) -> String {
    let letters: Vec<char> = whole.chars().collect();
    if letters.len() <= 16 {
        return whole.to_owned();
    }
    let (head, tail) = (&letters[..8], &letters[letters.len() - 4..]);
    head.iter().chain(['\u{2026}'].iter()).chain(tail).collect()
}

/// A line drawing of our own, 20 pixels, always beside a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Icon(pub(crate) &'static str);

impl HtmlSafe for Icon {}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = drawing(self.0);
        write!(
            f,
            r#"<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{path}"/></svg>"#
        )
    }
}

/// The strokes of each drawing.
fn drawing(name: &str) -> &'static str {
    match name {
        "action" => "M3 10h10m-3.500-3.500L13 10l-3.500 3.500M16.500 4v12",
        "alarm" => "M10 3 2.5 16.5h15L10 3Zm0 5v4m0 2.2v.1",
        "bank" => "M4 3.5h12v4H4zM4 8.5h12v4H4zM4 13.5h12v3H4zM6.5 5.5h2M6.5 10.5h2",
        "authority" => "M3 16.500h14M4.500 8h11L10 3.500 4.500 8Zm1 0v8.500M10 8v8.500M14.500 8v8.500",
        "again" => "M16 10a6 6 0 1 1-2-4.500M14.500 2.500V6H11",
        "basis" => "M10 3v14M6 17h8M4 6h12M4 6l-2 5h4.500L4 6Zm12 0-2.500 5H18l-2-5Z",
        "calendar" => "M3.500 5h13v11.500h-13zM3.500 8.500h13M7 3v3.500M13 3v3.500",
        "chart" => "M3.500 3v13.500h13M7 13.500v-4M10.500 13.500V6M14 13.500v-6",
        "conversation" => "M3 4h14v9.500H9l-4 3.500v-3.500H3z",
        "letter" => "M2.500 4.500h15v11h-15zM2.500 5l7.500 6 7.500-6",
        "ledger" => "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
        "queue" => "M3.500 5h13M3.500 10h13M3.500 15h8",
        "silence" => "M3.500 6.500h3L11 3v14l-4.500-3.500h-3zM13.500 8l4 4m0-4-4 4",
        "wave" => "M2.500 8c2.500-4 5-4 7.500 0s5 4 7.500 0M2.500 13c2.500-4 5-4 7.500 0s5 4 7.500 0",
        "eye" => {
            "M2.500 10c4-6.500 11-6.500 15 0-4 6.500-11 6.500-15 0Zm7.500 2.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z"
        }
        "check" => "M11.5 2.5h-7v15h11v-11l-4-4Zm0 0v4h4M7 12l2 2 4-4",
        "close" => "m5 5 10 10M15 5 5 15",
        "copy" => "M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z",
        "door" => "M8 3.5H3.5v13H8M8 10h9m-3-3 3 3-3 3",
        "hunt" => "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 3v4l3 2",
        "home" => "M3 9.5 10 3.5l7 6V17h-5v-4.5H8V17H3V9.5Z",
        "key" => "M12.5 3.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM9.5 10.5 3 17m2-2 2 2m0-4 1.5 1.5",
        "keyboard" => "M2.5 5.5h15v9h-15zM5.5 8.5h.1m2.9 0h.1m2.9 0h.1m2.9 0h.1M6.5 11.5h7",
        "language" => {
            "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM2.5 10h15M10 2.5c5 5 5 10 0 15-5-5-5-10 0-15Z"
        }
        "menu" => "M3 5.5h14M3 10h14M3 14.5h14",
        "people" => {
            "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c0-6 11-6 11 0M13 4a2.8 2.8 0 0 1 0 5.300M15 11.700c2 .6 3 2.300 3 4.800"
        }
        "person" => "M10 9.5a3.2 3.2 0 1 0 0-6.400 3.2 3.2 0 0 0 0 6.400ZM4 17c0-6.700 12-6.700 12 0",
        "rest" => {
            "M4 7h10v5.500a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4zM14 8.500h1.500a2 2 0 0 1 0 4.500H14M7 4.500v-2M11 4.500v-2"
        }
        "two" => {
            "M6.500 8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM2 15.500c0-5.500 9-5.500 9 0M12 13.500l2 2 4-4.500"
        }
        _ => "M4 10h12",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn time_left_is_marked_by_how_pressing_it_is() {
        let now: Moment = "2026-11-22T10:00:00Z".parse().unwrap();
        let check = |minutes: u64, level: &str, text: &str| {
            let left =
                TimeLeft::new(Words(Language::English), now.after(Duration::from_secs(minutes * 60)), now);
            assert_eq!((left.level, left.text.as_str()), (level, text));
        };
        check(26 * 60, "quiet", "1\u{a0}d 2\u{a0}h left");
        check(134, "marked", "2\u{a0}h 14\u{a0}min left");
        check(59, "strong", "59\u{a0}min left");
        check(0, "late", "late by 0\u{a0}min");
    }

    #[test]
    fn identifiers_are_shortened_in_the_middle_and_escaped() {
        assert_eq!(shortened("0190d1f2-aaaa-bbbb-cccc-0123456789ab"), "0190d1f2\u{2026}89ab");
        let written = Identifier::new(Words(Language::English), "<b>").to_string();
        assert!(!written.contains("<b>"), "{written}");
    }
}
