//! Papers as PDF: everything that is said stands on some page, accents too, and nothing stands beside a page.

use vigie_formats::request::Language;
use vigie_formats::request::form_3;
use vigie_formats::request::paper::{Block, Paper};

use crate::form_3::form;

/// The text of each page, a line each: what the operators `Tj` show, decoded from the encoding of Western Europe.
fn pages(pdf: &[u8]) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut rest = pdf;
    while let Some(start) = find(rest, b"stream\n") {
        rest = &rest[start + 7..];
        let end = find(rest, b"\nendstream").expect("a stream ends");
        pages.push(shown(&rest[..end]));
        rest = &rest[end + 10..];
    }
    pages
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn shown(content: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    for line in content.split(|byte| *byte == b'\n') {
        let Some(operand) = line.strip_suffix(b" Tj") else { continue };
        lines.push(decoded(operand));
    }
    lines
}

/// A string of PDF: in brackets with escapes, or in hexadecimal digits.
fn decoded(operand: &[u8]) -> String {
    let bytes = match operand {
        [b'<', digits @ .., b'>'] => {
            let digit = |byte: u8| char::from(byte).to_digit(16).expect("a digit") as u8;
            digits.chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
        }
        [b'(', inner @ .., b')'] => {
            let mut bytes = Vec::new();
            let mut escaped = false;
            for byte in inner {
                match byte {
                    b'\\' if !escaped => escaped = true,
                    other => {
                        escaped = false;
                        bytes.push(*other);
                    }
                }
            }
            bytes
        }
        other => panic!("no string: {other:?}"),
    };
    bytes.into_iter().map(character).collect()
}

fn character(byte: u8) -> char {
    match byte {
        0x91 => '‘',
        0x92 => '’',
        0x95 => '•',
        0x96 => '–',
        0x9c => 'œ',
        0xa0 => ' ',
        other => char::from(other),
    }
}

/// Only letters and signs: where lines end does not matter.
fn letters(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

#[test]
fn everything_a_form_says_is_on_paper() {
    for language in Language::ALL {
        let paper = form_3::paper(&form(), *language);
        let pdf = paper.pdf();
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF"));
        let all = letters(&pages(&pdf).concat().join(" "));
        for block in &paper.blocks {
            let (Block::Heading(text) | Block::Text(text) | Block::Item(text)) = block else { continue };
            assert!(all.contains(&letters(text)), "{text}");
        }
        for word in ["Lunéville", "2026/118-A", "<90days&no", "Luxembourg"] {
            assert!(all.contains(word), "{word}");
        }
    }
    let french = letters(&pages(&form_3::paper(&form(), Language::French).pdf()).concat().join(" "));
    assert!(
        french.contains("Motifsdenon-exécution") && french.contains("àlaréceptiondudocument"),
        "{french}"
    );
}

#[test]
fn a_long_paper_takes_as_many_pages_as_it_needs_and_numbers_them() {
    let paragraph = |number: usize| {
        Block::Text(format!(
            "Paragraph {number}. {}",
            "It says that an address is a connection. ".repeat(5 + number % 11)
        ))
    };
    let paper = Paper {
        language: Language::French,
        sender: vec!["Maison".to_owned()],
        recipient: vec![],
        particulars: vec![],
        title: "Longue lettre".to_owned(),
        blocks: (0..100)
            .flat_map(|number| [Block::Heading(format!("No {number}")), paragraph(number)])
            .collect(),
    };
    let pages = pages(&paper.pdf());
    assert!(pages.len() > 10, "{}", pages.len());
    for (number, page) in pages.iter().enumerate() {
        let footer = format!("Longue lettre  ·  page {} sur {}", number + 1, pages.len());
        assert_eq!(page.last(), Some(&footer));
        assert!(page.len() <= 52, "{} lines do not fit", page.len());
        let last = &page[page.len() - 2];
        assert!(!last.starts_with("No "), "a heading stands alone at the end of page {}", number + 1);
    }
    let all = pages.concat().join(" ");
    assert!((0..100).all(|number| all.contains(&format!("Paragraph {number}. "))));
}

#[test]
fn the_same_paper_is_the_same_bytes() {
    let paper = form_3::paper(&form(), Language::French);
    assert_eq!(paper.pdf(), paper.pdf());
}

#[test]
fn what_the_fonts_do_not_know_is_marked_and_brackets_do_not_break_out() {
    let text = "Łódź (a\\b) ) Tj ET Иван\u{7}";
    let paper = Paper {
        language: Language::English,
        sender: vec![],
        recipient: vec![],
        particulars: vec![],
        title: "T".to_owned(),
        blocks: vec![Block::Text(text.to_owned())],
    };
    let pages = pages(&paper.pdf());
    assert_eq!(pages.len(), 1);
    assert!(pages[0].contains(&"Lódz (a\\b) ) Tj ET ?????".to_owned()), "{:?}", pages[0]);
}
