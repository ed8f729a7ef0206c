//! Lines as PDF. Text is written as it is, so that it can be searched, copied and read aloud.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::Paper;
use super::encoding::{Font, encoded};
use super::layout::{Line, MARGIN, PAGE};

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const INFORMATION: Ref = Ref::new(3);
const REGULAR: Ref = Ref::new(4);
const BOLD: Ref = Ref::new(5);
/// The first number of what belongs to a page.
const FIRST: usize = 6;

/// Size of the number of the page.
const SMALL: f32 = 8.5;

pub(super) fn write(paper: &Paper, pages: &[Vec<Line>]) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let language = paper.language.name();
    pdf.catalog(CATALOG).pages(TREE).lang(TextStr(language));
    pdf.document_info(INFORMATION).title(TextStr(&paper.title)).creator(TextStr("Vigie"));
    for (font, name) in [(REGULAR, "Helvetica"), (BOLD, "Helvetica-Bold")] {
        let mut font = pdf.type1_font(font);
        font.base_font(Name(name.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(TREE).kids((0..pages.len()).map(|number| reference(number, 0))).count(count);
    for (number, lines) in pages.iter().enumerate() {
        let mut page = pdf.page(reference(number, 0));
        page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(TREE).contents(reference(number, 1));
        let mut resources = page.resources();
        resources.fonts().pair(name(Font::Regular), REGULAR).pair(name(Font::Bold), BOLD);
        resources.finish();
        page.finish();
        pdf.stream(reference(number, 1), &content(paper, lines, number + 1, pages.len()));
    }
    pdf.finish()
}

/// The page, or what stands on it.
fn reference(page: usize, part: usize) -> Ref {
    Ref::new(i32::try_from(FIRST + 2 * page + part).unwrap_or(i32::MAX))
}

const fn name(font: Font) -> Name<'static> {
    match font {
        Font::Regular => Name(b"R"),
        Font::Bold => Name(b"B"),
    }
}

fn content(paper: &Paper, lines: &[Line], number: usize, count: usize) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text();
    for line in lines {
        show(&mut content, line);
    }
    let of = paper.language.pick("of", "sur");
    let text = encoded(&format!("{}  ·  page {number} {of} {count}", paper.title));
    show(&mut content, &Line { font: Font::Regular, size: SMALL, x: MARGIN, y: MARGIN / 2.0, text });
    content.end_text();
    content.finish().into_vec()
}

fn show(content: &mut Content, line: &Line) {
    content.set_font(name(line.font), line.size);
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, line.x, line.y]);
    content.show(Str(&line.text));
}
