//! Whether a text of a document names a provision: `article 60-1 du code de procédure pénale` names `60-1`, and
//! `article 60-1-2` does not.

/// Whether the text names one of these.
pub(crate) fn names_any(text: &str, provisions: &[String]) -> bool {
    let words = words(text);
    provisions.iter().any(|provision| {
        let wanted = self::words(provision);
        !wanted.is_empty() && words.windows(wanted.len()).any(|some| some == wanted)
    })
}

/// Letters and digits that stand together, hyphens in them included: `L.34-1` is `l` and `34-1`.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'], "-")
        .split(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .map(|word| word.trim_matches('-').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names_any;

    #[test]
    fn a_provision_is_found_whole_and_never_as_a_part_of_another() {
        let names = |text: &str, provision: &str| names_any(text, &[provision.to_owned()]);
        assert!(names("Article 60-1 du code de procédure pénale", "60-1"));
        assert!(names("art. 60\u{2011}1 CPP", "60-1"));
        assert!(names("18 U.S.C. § 2703(f)(1)", "2703(f)"));
        assert!(names("Directive 2011/93/EU, Article 5", "2011/93"));
        assert!(!names("Article 60-1-2", "60-1"));
        assert!(!names("Article 160-1", "60-1"));
        assert!(!names("Directive 2011/931", "2011/93"));
        assert!(!names("", "60-1") && !names("60-1", ""));
    }
}
