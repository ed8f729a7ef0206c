//! Text that others wrote, as it is shown on one line: nothing in it moves the cursor, rings, hides or turns the direction around.

/// A foreign text without anything that a terminal would obey or a reader would not see.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(|letter| if is_harmful(letter) { ' ' } else { letter }).collect()
}

/// Control characters, and those that turn the direction of text around or take no room.
#[must_use]
pub fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_a_terminal_obeys_or_nobody_sees_is_a_space() {
        for letter in
            ['\n', '\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}']
        {
            assert_eq!(harmless(&format!("NO{letter}yes")), "NO yes", "{letter:?}");
        }
        assert_eq!(harmless("Łódź, parquet n° 4 — ‘été’ 東京"), "Łódź, parquet n° 4 — ‘été’ 東京");
    }
}
