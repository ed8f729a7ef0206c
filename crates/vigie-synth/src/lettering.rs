//! Capital letters of five by seven dots, for stamping a name into a picture.
//!
//! What it is: the few letters that the stamps of synthetic clubs use. What it is not: a font; to add a letter, draw
//! its seven rows.

/// A line of text as dots.
pub(crate) struct Stamp {
    rows: Vec<Vec<bool>>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Stamp {
    /// Whether the dot at this column and row is inked; outside, it is not.
    pub(crate) fn inked(&self, x: usize, y: usize) -> bool {
        self.rows.get(y).and_then(|row| row.get(x)).copied().unwrap_or(false)
    }
}

/// The text as dots, a column between the letters; a letter that is not drawn here leaves a gap.
pub(crate) fn stamp(text: &str) -> Stamp {
    let rows: Vec<Vec<bool>> = (0..7)
        .map(|row| {
            let dots = text.chars().flat_map(|letter| glyph(letter)[row].bytes().chain([b' ']));
            dots.map(|dot| dot == b'#').collect()
        })
        .collect();
    Stamp { width: text.chars().count() * 6, height: rows.len(), rows }
}

fn glyph(letter: char) -> [&'static str; 7] {
    match letter {
        'A' => [" ### ", "#   #", "#   #", "#####", "#   #", "#   #", "#   #"],
        'B' => ["#### ", "#   #", "#   #", "#### ", "#   #", "#   #", "#### "],
        'C' => [" ####", "#    ", "#    ", "#    ", "#    ", "#    ", " ####"],
        'E' => ["#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#####"],
        'K' => ["#   #", "#  # ", "# #  ", "##   ", "# #  ", "#  # ", "#   #"],
        'L' => ["#    ", "#    ", "#    ", "#    ", "#    ", "#    ", "#####"],
        'U' => ["#   #", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "],
        _ => ["     "; 7],
    }
}
