//! Where each line of a paper stands.

use super::encoding::{Font, encoded};
use super::{Block, Language, Paper};

/// Width and height of A4, in points.
pub(super) const PAGE: (f32, f32) = (595.0, 842.0);

/// Room at the left, at the right and above.
pub(super) const MARGIN: f32 = 64.0;

/// Where the last line of a page may stand; the number of the page stands below.
const BOTTOM: f32 = 72.0;

const BODY: Style = Style { font: Font::Regular, size: 10.5, leading: 14.5, indent: 0.0 };
const STRONG: Style = Style { font: Font::Bold, ..BODY };
const TITLE: Style = Style { font: Font::Bold, size: 15.0, leading: 20.0, indent: 0.0 };
const HEADING: Style = Style { font: Font::Bold, size: 11.5, leading: 16.0, indent: 0.0 };
const LISTED: Style = Style { indent: 14.0, ..BODY };

/// Where what stands beside a label begins.
const COLUMN: f32 = 150.0;

/// Lines that stay together at the end of a page: a heading is not left alone.
const TOGETHER: f32 = 3.0;

#[derive(Debug, Clone, Copy)]
struct Style {
    font: Font,
    size: f32,
    leading: f32,
    indent: f32,
}

/// A line of text at its place, from the lower left corner.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) font: Font,
    pub(super) size: f32,
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) text: Vec<u8>,
}

/// Pages that are being filled from above.
struct Pages {
    language: Language,
    full: Vec<Vec<Line>>,
    page: Vec<Line>,
    y: f32,
}

/// The lines of each page.
pub(super) fn pages(paper: &Paper) -> Vec<Vec<Line>> {
    let mut pages =
        Pages { language: paper.language, full: Vec::new(), page: Vec::new(), y: PAGE.1 - MARGIN };
    for (number, line) in paper.sender.iter().enumerate() {
        pages.paragraph(if number == 0 { STRONG } else { BODY }, line);
    }
    pages.room(14.0);
    for line in &paper.recipient {
        pages.paragraph(BODY, line);
    }
    pages.room(14.0);
    for (label, value) in &paper.particulars {
        pages.fact(label, value);
    }
    pages.room(16.0);
    pages.paragraph(TITLE, &paper.title);
    pages.room(6.0);
    let mut before = None;
    for block in &paper.blocks {
        if before.is_some_and(|before| ends_a_list(before, block)) {
            pages.room(6.0);
        }
        pages.block(block);
        before = Some(block);
    }
    pages.full.push(pages.page);
    pages.full
}

impl Pages {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                self.room(8.0);
                self.together(HEADING.leading * TOGETHER);
                self.paragraph(HEADING, text);
                self.room(2.0);
            }
            Block::Text(text) => {
                self.paragraph(BODY, text);
                self.room(7.0);
            }
            Block::Item(text) => {
                self.together(LISTED.leading);
                self.put(BODY, 4.0, self.y - BODY.leading, encoded("\u{2022}"));
                self.paragraph(LISTED, text);
                self.room(3.0);
            }
            Block::Fact(label, value) => self.fact(label, value),
        }
    }

    /// A label, and beside it what it is.
    fn fact(&mut self, label: &str, value: &str) {
        let labels = self.wrapped(STRONG, label, COLUMN - 8.0);
        let values = self.wrapped(BODY, value, width() - COLUMN);
        for number in 0..labels.len().max(values.len()) {
            self.together(BODY.leading);
            self.y -= BODY.leading;
            if let Some(label) = labels.get(number) {
                self.put(STRONG, 0.0, self.y, label.clone());
            }
            if let Some(value) = values.get(number) {
                self.put(BODY, COLUMN, self.y, value.clone());
            }
        }
        self.room(2.0);
    }

    fn paragraph(&mut self, style: Style, text: &str) {
        for line in self.wrapped(style, text, width() - style.indent) {
            self.together(style.leading);
            self.y -= style.leading;
            self.put(style, style.indent, self.y, line);
        }
    }

    /// The lines of a text: as they are, and none longer than fits.
    fn wrapped(&self, style: Style, text: &str, width: f32) -> Vec<Vec<u8>> {
        let encoded = |line| match self.language {
            Language::English => encoded(line),
            Language::French => french(encoded(line)),
        };
        text.lines().flat_map(|line| one_wrapped(style, &encoded(line), width)).collect()
    }

    fn put(&mut self, style: Style, x: f32, y: f32, text: Vec<u8>) {
        self.page.push(Line { font: style.font, size: style.size, x: MARGIN + x, y, text });
    }

    /// Leaves room, unless the page has just begun.
    fn room(&mut self, points: f32) {
        if !self.page.is_empty() {
            self.y -= points;
        }
    }

    /// Turns the page where so much does not fit any more.
    fn together(&mut self, points: f32) {
        if self.y - points < BOTTOM && !self.page.is_empty() {
            self.full.push(std::mem::take(&mut self.page));
            self.y = PAGE.1 - MARGIN;
        }
    }
}

/// Whether a list, of items or of facts, ends between the two.
fn ends_a_list(before: &Block, after: &Block) -> bool {
    match before {
        Block::Item(_) => !matches!(after, Block::Item(_)),
        Block::Fact(..) => !matches!(after, Block::Fact(..)),
        Block::Heading(_) | Block::Text(_) => false,
    }
}

/// No line of French begins with a colon.
fn french(mut text: Vec<u8>) -> Vec<u8> {
    for at in 1..text.len() {
        if text[at - 1] == b' ' && matches!(text[at], b':' | b';' | b'?' | b'!') {
            text[at - 1] = 0xa0;
        }
    }
    text
}

fn width() -> f32 {
    PAGE.0 - 2.0 * MARGIN
}

fn one_wrapped(style: Style, text: &[u8], width: f32) -> Vec<Vec<u8>> {
    let space = style.font.width(b" ", style.size);
    let mut lines = vec![Vec::new()];
    let mut used = 0.0;
    for word in text.split(|byte| *byte == b' ') {
        let mut length = style.font.width(word, style.size);
        let is_first = lines.last().is_none_or(Vec::is_empty);
        if !is_first && used + space + length > width {
            lines.push(Vec::new());
            used = 0.0;
        }
        for part in parts(style, word, width) {
            let Some(line) = lines.last_mut() else { break };
            length = style.font.width(part, style.size);
            if line.is_empty() {
                line.extend_from_slice(part);
                used = length;
            } else if used + space + length <= width && part.len() == word.len() {
                line.push(b' ');
                line.extend_from_slice(part);
                used += space + length;
            } else {
                lines.push(part.to_vec());
                used = length;
            }
        }
    }
    lines
}

/// A word, divided where it alone is longer than a line: digests, links.
fn parts(style: Style, word: &[u8], width: f32) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    for at in 0..word.len() {
        let length = style.font.width(&word[at..=at], style.size);
        if used + length > width && at > start {
            parts.push(&word[start..at]);
            (start, used) = (at, 0.0);
        }
        used += length;
    }
    parts.push(&word[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::{BODY, one_wrapped};

    #[test]
    fn no_line_is_longer_than_fits_and_no_word_is_lost() {
        let long = "f".repeat(300);
        let text = format!("one {long} two  three {}", "word ".repeat(60));
        for width in [20.0, 100.0, 467.0] {
            let lines = one_wrapped(BODY, text.as_bytes(), width);
            let longest = lines.iter().map(|line| BODY.font.width(line, BODY.size)).fold(0.0, f32::max);
            assert!(longest <= width.max(BODY.font.width(b"three", BODY.size)), "{longest} > {width}");
            let letters = |text: &[u8]| text.iter().filter(|byte| **byte != b' ').count();
            assert_eq!(lines.iter().map(|line| letters(line)).sum::<usize>(), letters(text.as_bytes()));
        }
    }
}
