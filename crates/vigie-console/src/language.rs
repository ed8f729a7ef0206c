//! The two languages of the screens: texts by key, written by hand in both, with plurals and typography.
//!
//! Texts lie in `locales/{en,fr}/NAME.ftl` (Project Fluent). To add a file: its name in the list below. Tests hold both
//! languages to the same keys, and every key to a use.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::writing;

macro_rules! texts {
    ($($name:literal),+ $(,)?) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../locales/en/", $name, ".ftl"))),+];
        const FRENCH: &[&str] = &[$(include_str!(concat!("../locales/fr/", $name, ".ftl"))),+];
    };
}

texts! {
    "actions", "alarms", "authorities", "banks", "bases", "conversations", "evidence", "failure", "frame", "hunts", "incidents", "ledger", "matching", "names", "notices", "overview", "passkeys", "people",
    "portal", "public", "quality", "questions", "requests", "roster", "silence", "time", "tokens", "transparency", "wellbeing",
}

/// A language of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// British English.
    English,
    /// French.
    French,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::French];

    /// Its tag, as in `lang` attributes and in the name of its folder.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Its own name for itself.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Fran\u{e7}ais",
        }
    }

    /// The language with this tag; `fr-CA` is French.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', ';']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first language of an `Accept-Language` header that we speak. Browsers send them in the order of preference.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::from_tag)
    }

    /// The texts of this language.
    fn bundle(self) -> &'static Bundle {
        static ENGLISH_BUNDLE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, ENGLISH));
        static FRENCH_BUNDLE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::French, FRENCH));
        match self {
            Self::English => &ENGLISH_BUNDLE,
            Self::French => &FRENCH_BUNDLE,
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

fn bundle(language: Language, sources: &[&str]) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().expect("our two tags are valid language tags");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks are for texts of both directions; English and French both run from left to right.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::English => |value, _| writing::grouped_value(value, Language::English),
        Language::French => |value, _| writing::grouped_value(value, Language::French),
    }));
    if language == Language::French {
        bundle.set_transform(Some(french_spaces));
    }
    for source in sources {
        // A text that cannot be read is left out here, and found missing by the tests.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Makes the spaces of French punctuation narrow and unbreakable, so that texts can be written with the space bar.
fn french_spaces(text: &str) -> Cow<'_, str> {
    const NARROW: char = '\u{202f}';
    if !text.contains([' ']) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let before_mark =
            letters.peek().is_some_and(|next| matches!(next, ':' | ';' | '?' | '!' | '\u{bb}' | '%'));
        let after_opening = written.ends_with('\u{ab}');
        written.push(if letter == ' ' && (before_mark || after_opening) { NARROW } else { letter });
    }
    Cow::Owned(written)
}

/// Says things in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    /// The text with this key.
    pub(crate) fn say(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text with this key about so many things, as `$count`.
    pub(crate) fn count(self, key: &str, count: impl TryInto<i64>) -> String {
        self.say_with(key, [("count", count.try_into().unwrap_or(i64::MAX).into())])
    }

    /// The text with this key about one named thing, as `$name`.
    pub(crate) fn about(self, key: &str, name: &str) -> String {
        self.say_with(key, [("name", name.into())])
    }

    /// The text with this key and these values.
    pub(crate) fn say_with<'a, const N: usize>(
        self,
        key: &str,
        values: [(&'a str, FluentValue<'a>); N],
    ) -> String {
        self.format(key, Some(&FluentArgs::from_iter(values)))
    }

    /// Of a text that is written in both languages, the one that is spoken.
    pub(crate) fn either(self, text: &vigie_app::regimes::Text) -> String {
        self.of_two(&text.en, &text.fr)
    }

    /// The provision on which a rule rests, as it is quoted; in words where there is none, and it is a choice of the rule set or of the
    /// house.
    pub(crate) fn provision(self, law: &str) -> String {
        if let Some(version) = law.strip_prefix("house policy, version ") {
            return self.about("provision-house", version);
        }
        match law.strip_prefix("policy").map(|like| like.trim_start_matches(": ")) {
            None => law.to_owned(),
            Some("") => self.say("provision-none"),
            Some(like) => self.about("provision-none-like", like),
        }
    }

    /// The text of two that is in the language of the page.
    pub(crate) fn of_two(self, en: &str, fr: &str) -> String {
        match self.0 {
            Language::English => en.to_owned(),
            Language::French => french_spaces(fr).into_owned(),
        }
    }

    /// The word for one of a closed set of names: the key is `SET-NAME`.
    pub(crate) fn name(self, set: &str, name: &str) -> String {
        self.say(&format!("{set}-{}", name.replace('_', "-")))
    }

    fn format(self, key: &str, values: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.0.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        bundle.format_pattern(pattern, values, &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests;
