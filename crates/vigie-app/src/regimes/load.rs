//! Reading rule sets from files, and what is checked before one is judged by.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::calendars::{Calendars, ISSUING_COUNTRY};
use super::predicate::Predicate;
use super::rows::Deadline;
use super::rules::RuleSet;

/// Why rule sets cannot be judged by. A start without one would judge by what somebody meant to replace.
#[derive(Debug, thiserror::Error)]
pub enum RegimeError {
    /// The folder or a file of it cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key that no rule set has.
    #[error("{file} has a key that no rule set has: {why}")]
    UnknownKey {
        /// Where.
        file: String,
        /// Which, with its line.
        why: String,
    },
    /// A test, role, category or other word that is not in its closed set.
    #[error("{file} has a word that is not in its set: {why}")]
    UnknownWord {
        /// Where.
        file: String,
        /// Which, with its line.
        why: String,
    },
    /// It is no TOML, or something is missing or of another form.
    #[error("cannot read {file}: {why}")]
    Text {
        /// Where.
        file: String,
        /// Why, with its line.
        why: String,
    },
    /// The file is named otherwise than what is in it.
    #[error(
        "{file} holds the rule set {id}@{version}: its name begins with the id, and with @ and the version after that if at all"
    )]
    Misnamed {
        /// Where.
        file: String,
        /// The rule set.
        id: String,
        /// Its version.
        version: u32,
    },
    /// Something in it means nothing.
    #[error("{file} says in {place} what means nothing: {why}")]
    Senseless {
        /// Where.
        file: String,
        /// The row.
        place: String,
        /// Why.
        why: &'static str,
    },
    /// A row, or the rule set, rests on nothing.
    #[error("{file} names no law for {place}")]
    NoSource {
        /// Where.
        file: String,
        /// The row.
        place: String,
    },
    /// Two rows or two versions have one name.
    #[error("{file} has {name}, which is there already")]
    Twice {
        /// Where.
        file: String,
        /// The name.
        name: String,
    },
    /// Two versions would judge one moment.
    #[error("{name} begins before {earlier} has ended or begun")]
    Overlap {
        /// The later version.
        name: String,
        /// The earlier one.
        earlier: String,
    },
    /// An example of the file comes out otherwise.
    #[error("the example {example:?} of {file} expects {expected:?} and finds {found:?}")]
    Example {
        /// Where.
        file: String,
        /// Which.
        example: String,
        /// What it says.
        expected: Vec<String>,
        /// What is so.
        found: Vec<String>,
    },
}

/// Reads one file and checks it, its examples included. Its working days are counted by one of these calendars.
///
/// # Errors
/// It cannot be judged by.
pub(crate) fn read(file: &str, text: &str, calendars: &Arc<Calendars>) -> Result<RuleSet, RegimeError> {
    let rules: RuleSet = toml::from_str(text).map_err(|error| unreadable(file, &error))?;
    let rules = RuleSet { calendars: Arc::clone(calendars), ..rules };
    check_name(file, &rules)?;
    check_whole(file, &rules)?;
    check_sources(file, &rules)?;
    check_rows(file, &rules)?;
    check_examples(file, &rules)?;
    Ok(rules)
}

/// The files of a folder, in the order of their names.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<(String, String)>, RegimeError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| RegimeError::Unreadable { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Editors leave files beside the one that they hold open, and their names begin with a dot.
        if name.ends_with(".toml") && !name.starts_with('.') {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) fn unreadable(file: &str, error: &toml::de::Error) -> RegimeError {
    let (file, why) = (file.to_owned(), error.to_string().trim().to_owned());
    let message = error.message();
    if message.contains("unknown field") {
        RegimeError::UnknownKey { file, why }
    } else if ["unknown variant", " is named ", "follows from nothing"]
        .iter()
        .any(|said| message.contains(said))
    {
        RegimeError::UnknownWord { file, why }
    } else {
        RegimeError::Text { file, why }
    }
}

fn check_name(file: &str, rules: &RuleSet) -> Result<(), RegimeError> {
    let stem = file.strip_suffix(".toml").unwrap_or(file);
    if stem == rules.id || stem == rules.name() {
        return Ok(());
    }
    Err(RegimeError::Misnamed { file: file.to_owned(), id: rules.id.clone(), version: rules.version })
}

fn check_whole(file: &str, rules: &RuleSet) -> Result<(), RegimeError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let wrong = [
        (
            rules.id.is_empty() || !rules.id.chars().all(plain),
            "id",
            "it is of small letters, digits and hyphens",
        ),
        (rules.version == 0, "version", "the first is 1"),
        (rules.kinds.is_empty(), "kinds", "nothing could be wanted under it"),
        (rules.category.is_empty(), "category", "nothing could be asked under it"),
        (
            rules.valid_until.is_some_and(|until| until <= rules.valid_from),
            "valid_until",
            "it ends before it begins",
        ),
        (rules.reviewer.trim().is_empty(), "reviewer", "somebody is named, or the role that is to be named"),
        (!knows_its_calendar(rules), "calendar", "no calendar of this name is known"),
        (!rules.own_duty && rules.provisions.is_empty(), "provisions", "no document could rely on it"),
    ];
    refuse_first(file, wrong.into_iter().map(|(is, place, why)| (is, place.to_owned(), why)))
}

fn knows_its_calendar(rules: &RuleSet) -> bool {
    rules.calendar.as_deref().is_none_or(|id| id == ISSUING_COUNTRY || rules.calendars.named(id).is_some())
}

fn check_sources(file: &str, rules: &RuleSet) -> Result<(), RegimeError> {
    let categories = rules.category.iter().map(|(category, its)| (category.to_string(), &its.law));
    let thresholds = rules.category.iter().filter_map(|(category, its)| {
        its.threshold.as_ref().map(|threshold| (format!("the threshold of {category}"), &threshold.law))
    });
    let tests = rules.test.iter().map(|test| (test.name.clone(), &test.law));
    let deadlines = rules.deadline.iter().map(|deadline| (deadline.name.clone(), &deadline.law));
    let whole = [
        ("the rule set".to_owned(), &rules.law),
        ("answer".to_owned(), &rules.answer.law),
        ("informs_user".to_owned(), &rules.informs_user.law),
    ];
    let mut all = whole.into_iter().chain(categories).chain(thresholds).chain(tests).chain(deadlines);
    match all.find(|(_, law)| law.trim().is_empty()) {
        None => Ok(()),
        Some((place, _)) => Err(RegimeError::NoSource { file: file.to_owned(), place }),
    }
}

fn check_rows(file: &str, rules: &RuleSet) -> Result<(), RegimeError> {
    let mut names = BTreeSet::new();
    let tests = rules.test.iter().map(|test| test.name.as_str());
    for name in tests.chain(rules.deadline.iter().map(|deadline| deadline.name.as_str())) {
        if !names.insert(name) {
            return Err(RegimeError::Twice { file: file.to_owned(), name: name.to_owned() });
        }
    }
    const EMPTY: &str = "a group of nothing holds always, or never";
    let tests = rules.test.iter().map(|test| (test.holds.has_empty_group(), test.name.clone(), EMPTY));
    let thresholds = rules.category.iter().filter_map(|(category, its)| {
        let threshold = its.threshold.as_ref()?;
        Some((threshold.holds.has_empty_group(), category.to_string(), EMPTY))
    });
    let validators = rules.category.iter().map(|(category, its)| {
        let why = "a validation is needed, and nobody may give it";
        (!its.validated.is_empty() && its.validators.is_empty(), category.to_string(), why)
    });
    let deadlines = rules.deadline.iter().flat_map(|row| {
        let empty = row.applies.as_ref().is_some_and(Predicate::has_empty_group);
        [
            (!is_measured(row), row.name.clone(), "it has one length, in the calendar or in working days"),
            (row.satisfied_by.is_empty(), row.name.clone(), "nothing would ever satisfy it"),
            (empty, row.name.clone(), EMPTY),
        ]
    });
    refuse_first(file, tests.chain(thresholds).chain(validators).chain(deadlines))
}

fn is_measured(row: &Deadline) -> bool {
    match (row.length, row.working_days) {
        (Some(_), None) => true,
        (None, Some(days)) => (1..=1000).contains(&days),
        _ => false,
    }
}

fn refuse_first(
    file: &str,
    mut wrong: impl Iterator<Item = (bool, String, &'static str)>,
) -> Result<(), RegimeError> {
    match wrong.find(|(is, _, _)| *is) {
        None => Ok(()),
        Some((_, place, why)) => Err(RegimeError::Senseless { file: file.to_owned(), place, why }),
    }
}

fn check_examples(file: &str, rules: &RuleSet) -> Result<(), RegimeError> {
    for example in &rules.example {
        let found = example.found(rules);
        if found != example.expect {
            return Err(RegimeError::Example {
                file: file.to_owned(),
                example: example.name.clone(),
                expected: example.expect.clone(),
                found,
            });
        }
    }
    Ok(())
}
