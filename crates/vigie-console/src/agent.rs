//! What a browser calls itself, cut down to what a person recognises: its name and its system.

/// Browsers by what tells them from those they pretend to be; the first that fits.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];
/// How much is shown of a name that is not among them.
const SHOWN: usize = 40;

/// "Firefox, Windows"; the beginning of what was said where nothing is recognised.
pub(crate) fn brief(agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find_map(|(part, name)| agent.contains(part).then_some(*name))
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => agent.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_from_those_they_pretend_to_be() {
        let check = |agent: &str, shown: &str| assert_eq!(brief(agent), shown, "{agent}");
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        check(chrome, "Chrome, Linux");
        check(
            &format!("{} Edg/156.0.0.0", chrome.replace("X11; Linux x86_64", "Windows NT 10.0")),
            "Edge, Windows",
        );
        check("Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox, Windows");
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Safari/604.1",
            "Safari, iPhone",
        );
        check("vigie demo", "vigie demo");
        check("", "");
        check(&format!("\u{1b}[31m{}", "x".repeat(100)), &format!("[31m{}", "x".repeat(36)));
    }
}
