//! The page `docs/performance.md`: what a section writes stands between its markers, the rest is a person's.

/// The page with a section exchanged, or appended where it has none.
pub(super) fn with_section(page: &str, name: &str, heading: &str, text: &str) -> String {
    let begin = format!("<!-- {name}: written by cargo xtask bench -->");
    let end = format!("<!-- end of {name} -->");
    let section = format!("{begin}\n\n{}\n\n{end}", text.trim());
    if let (Some(from), Some(to)) = (page.find(&begin), page.find(&end)) {
        return format!("{}{section}{}", &page[..from], &page[to + end.len()..]);
    }
    let page = if page.is_empty() { "# Performance" } else { page.trim_end() };
    format!("{page}\n\n## {heading}\n\n{section}\n")
}

#[cfg(test)]
mod tests {
    use super::with_section;

    #[test]
    fn a_section_takes_its_own_place_and_leaves_the_others() {
        let first = with_section("", "service", "The service", "| one |\n");
        let both = with_section(&first, "index", "The index", "| two |");
        let changed = with_section(&both, "service", "The service", "| three |");
        assert!(changed.starts_with("# Performance\n\n## The service\n\n<!-- service"));
        assert!(changed.contains("| three |") && changed.contains("| two |") && !changed.contains("| one |"));
        assert_eq!(with_section(&changed, "service", "The service", "| one |"), both);
    }
}
