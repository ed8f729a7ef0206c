//! Both languages hold the same texts, every text is used, and every text that is used exists.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ENGLISH, FRENCH, Language, Words, french_spaces};

fn keys(sources: &[&str]) -> BTreeSet<String> {
    sources
        .iter()
        .flat_map(|source| source.lines())
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned()))
        .collect()
}

/// All text of a folder's files with one of these endings.
fn texts_below(folder: &Path, endings: &[&str]) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&texts_below(&path, endings));
        } else if endings.iter().any(|ending| path.to_str().unwrap().ends_with(ending)) {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    text
}

/// Templates and code, without the tests.
fn users() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    texts_below(&here.join("templates"), &[".html"]) + &texts_below(&here.join("src"), &[".rs"])
}

/// Every literal that could be a key.
fn literals(text: &str) -> BTreeSet<&str> {
    text.split('"')
        .filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        .collect()
}

#[test]
fn both_languages_hold_the_same_keys() {
    assert_eq!(keys(ENGLISH), keys(FRENCH));
}

#[test]
fn no_text_is_written_twice() {
    for sources in [ENGLISH, FRENCH] {
        let lines = sources.iter().flat_map(|source| source.lines());
        let written = lines.filter_map(|line| line.split_once(" =").map(|(key, _)| key));
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = written
            .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()) && !seen.insert(*key))
            .collect();
        assert!(twice.is_empty(), "written twice: {twice:?}");
    }
}

#[test]
fn every_source_is_read_whole() {
    for (language, sources) in [(Language::English, ENGLISH), (Language::French, FRENCH)] {
        for source in sources {
            if let Err((_, errors)) = fluent_bundle::FluentResource::try_new((*source).to_owned()) {
                panic!("{language:?}: {errors:?}");
            }
        }
        let missing: Vec<_> =
            keys(sources).into_iter().filter(|key| !language.bundle().has_message(key)).collect();
        assert!(missing.is_empty(), "{language:?} does not hold {missing:?}");
    }
}

#[test]
fn every_text_that_is_asked_for_exists() {
    let users = users();
    let keys = keys(ENGLISH);
    let mut missing = BTreeSet::new();
    for asked in ["say(\"", "count(\"", "about(\"", "say_with(\""] {
        for rest in users.split(asked).skip(1) {
            let key = rest.split('"').next().unwrap();
            if !keys.contains(key) {
                missing.insert(key.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "texts that are asked for and do not exist: {missing:?}");
}

#[test]
fn every_text_is_asked_for() {
    let users = users();
    let literals = literals(&users);
    // Texts of closed sets are asked for by set and name.
    let sets: BTreeSet<&str> =
        users.split("name(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let idle: Vec<_> = keys(ENGLISH)
        .into_iter()
        .filter(|key| !literals.contains(key.as_str()))
        .filter(|key| !sets.iter().any(|set| key.starts_with(&format!("{set}-"))))
        .filter(|key| {
            !key.strip_prefix("done-")
                .is_some_and(|done| users.contains(&format!("done={done}")) || literals.contains(done))
        })
        .collect();
    assert!(idle.is_empty(), "texts that nothing asks for: {idle:?}");
}

#[test]
fn closed_sets_have_a_word_for_each_name() {
    fn check(set: &str, names: impl IntoIterator<Item = &'static str>) {
        for name in names {
            let key = format!("{set}-{}", name.replace('_', "-"));
            for language in Language::ALL {
                assert_ne!(Words(language).say(&key), key, "{language:?} has no word");
            }
        }
    }
    use vigie_model::action::{ActionKind, ActionState};
    use vigie_model::alarm::{AlarmState, DeadlineKind, NoticeKind};
    use vigie_model::approval::ApprovalState;
    use vigie_model::bank::{BankKind, Verdict};
    use vigie_model::conversation::ConversationKind;
    use vigie_model::incident::{
        IncidentState, ItemKind, ItemVerdict, Outcome, RevealStep, Severity, SubjectKind,
    };
    use vigie_model::surface::{Surface, Technique};
    use vigie_model::{Role, Scope};
    check("action", ActionKind::ALL.iter().map(|one| one.name()));
    check("action-state", ActionState::ALL.iter().map(|one| one.name()));
    check("alarm-state", AlarmState::ALL.iter().map(|one| one.name()));
    check("conversation", ConversationKind::ALL.iter().map(|one| one.name()));
    check("deadline", DeadlineKind::ALL.iter().map(|one| one.name()));
    check("incident-state", IncidentState::ALL.iter().map(|one| one.name()));
    check("hunt-state", vigie_model::hunt::HuntState::ALL.iter().map(|one| one.name()));
    check("item-kind", ItemKind::ALL.iter().map(|one| one.name()));
    check("item-verdict", ItemVerdict::ALL.iter().map(|one| one.name()));
    check("outcome", Outcome::ALL.iter().map(|one| one.name()));
    check("reveal", RevealStep::ALL.iter().map(|one| one.name()));
    check("reveal-shown", RevealStep::ALL.iter().map(|one| one.name()));
    check("subject", SubjectKind::ALL.iter().map(|one| one.name()));
    check("alarm-lock", SubjectKind::ALL.iter().map(|one| one.name()));
    check("decide-measures", SubjectKind::ALL.iter().map(|one| one.name()));
    check("entry-state", vigie_model::bank::EntryState::ALL.iter().map(|one| one.name()));
    check("effect", vigie_app::matching::Effect::ALL.iter().map(|one| one.name()));
    check("wave-state", vigie_model::incident::WaveState::ALL.iter().map(|one| one.name()));
    check("notice", NoticeKind::ALL.iter().map(|one| one.name()));
    check("severity", Severity::ALL.iter().map(|one| one.name()));
    check("surface", Surface::ALL.iter().map(|one| one.name()));
    check("technique", Technique::ALL.iter().map(|one| one.name()));
    check("technique-meaning", Technique::ALL.iter().map(|one| one.name()));
    check(
        "action-not-preserved",
        [vigie_app::actions::SIGNALS_ONLY, vigie_app::actions::NEVER_SUBMITTED, vigie_app::actions::ERASED],
    );
    check("issuer-role", vigie_model::disclosure::IssuerRole::ALL.iter().map(|one| one.name()));
    check("told-state", vigie_app::requests::ToldState::ALL.iter().map(|one| one.name()));
    check("told-state-meaning", vigie_app::requests::ToldState::ALL.iter().map(|one| one.name()));
    check("portal-ground", vigie_model::disclosure::RefusalGround::ALL.iter().map(|one| one.name()));
    check("request-kind", vigie_model::disclosure::RequestKind::ALL.iter().map(|one| one.name()));
    check("data-category", vigie_model::disclosure::Category::ALL.iter().map(|one| one.name()));
    check("data-category-meaning", vigie_model::disclosure::Category::ALL.iter().map(|one| one.name()));
    check("identifier-kind", vigie_model::disclosure::IdentifierKind::ALL.iter().map(|one| one.name()));
    check("subject-role", vigie_model::disclosure::SubjectRole::ALL.iter().map(|one| one.name()));
    check("emergency-ground", vigie_model::disclosure::EmergencyGround::ALL.iter().map(|one| one.name()));
    check("authority-keys-state", ["none", "hold", "lapsed"]);
    check("opened-by", vigie_model::access::OpenedBy::ALL.iter().map(|one| one.name()));
    check("role", Role::ALL.iter().map(|one| one.name()));
    check("role-meaning", Role::ALL.iter().map(|one| one.name()));
    check("scope", Scope::ALL.iter().map(|one| one.name()));
    check("scope-meaning", Scope::ALL.iter().map(|one| one.name()));
    check("verdict", Verdict::ALL.iter().map(|one| one.name()));
    check("verdict-meaning", Verdict::ALL.iter().map(|one| one.name()));
    check("bank-kind", BankKind::ALL.iter().map(|one| one.name()));
    check("bank-kind-meaning", BankKind::ALL.iter().map(|one| one.name()));
    use vigie_model::disclosure as d;
    check("request-kind", d::RequestKind::ALL.iter().map(|one| one.name()));
    check("request-state", d::RequestState::ALL.iter().map(|one| one.name()));
    check("preservation-state", d::PreservationState::ALL.iter().map(|one| one.name()));
    check("task-state", d::TaskState::ALL.iter().map(|one| one.name()));
    check("category", d::Category::ALL.iter().map(|one| one.name()));
    check("field", d::Field::ALL.iter().map(|one| one.name()));
    check("issuer-role", d::IssuerRole::ALL.iter().map(|one| one.name()));
    check("subject-role", d::SubjectRole::ALL.iter().map(|one| one.name()));
    check("identifier-kind", d::IdentifierKind::ALL.iter().map(|one| one.name()));
    check("emergency-ground", d::EmergencyGround::ALL.iter().map(|one| one.name()));
    check("refusal-ground", d::RefusalGround::ALL.iter().map(|one| one.name()));
    check("level", d::AuthenticationLevel::ALL.iter().map(|one| one.name()));
    check("delivery", d::DeliveryEvidence::ALL.iter().map(|one| one.name()));
    check("nil", d::NilReturn::ALL.iter().map(|one| one.name()));
    check("call-outcome", vigie_app::requests::CallOutcome::ALL.iter().map(|one| one.name()));
    check("letter", crate::pages::LETTERS.iter().copied());
    let sent = || d::FollowUpKind::ALL.iter().filter(|one| one.is_of_the_issuer()).map(|one| one.name());
    let chosen = || sent().filter(|name| *name != "answer");
    check("follow-up", chosen());
    check("follow-up-meaning", chosen());
    check("request-document", sent().chain(["request", "correction", "enforcing_decision"]));
    check("document-state", d::DocumentState::ALL.iter().map(|one| one.name()));
    check("difference", d::Difference::ALL.iter().map(|one| one.name()));
    check("enforcing-decision", d::EnforcingDecision::ALL.iter().map(|one| one.name()));
    let warned = vigie_app::addresses::AddressKind::ALL.iter();
    check("address-warning", warned.filter_map(|kind| Some(kind.warns_of()?.name())));
    check("question-state", ApprovalState::ALL.iter().map(|one| one.name()));
    check("failure", vigie_app::Code::ALL.iter().map(|one| one.text()));
    check("failure-help", vigie_app::Code::ALL.iter().map(|one| one.text()));
}

#[test]
fn french_marks_stand_behind_a_space() {
    for source in FRENCH {
        for line in source.lines().filter(|line| !line.contains("->")) {
            let Some((_, text)) = line.split_once(" = ") else { continue };
            let letters: Vec<char> = text.chars().collect();
            for pair in letters.windows(2) {
                let is_tight = matches!(pair[1], ':' | ';' | '?' | '!') && pair[0] != ' ';
                assert!(!is_tight, "no space before {} in: {line}", pair[1]);
            }
            assert!(!text.contains(['\'', '"']), "a typewriter mark in: {line}");
        }
    }
}

#[test]
fn french_spaces_are_narrow_and_do_not_break() {
    assert_eq!(french_spaces("Quoi ? « Non »"), "Quoi\u{202f}? «\u{202f}Non\u{202f}»");
}

#[test]
fn plurals_and_numbers_follow_the_language() {
    assert_eq!(Words(Language::English).count("total", 12_345_i64), "12,345 in all");
    assert_eq!(Words(Language::French).count("total", 12_345_i64), "12\u{202f}345 au total");
}

#[test]
fn the_preferred_language_that_we_speak_is_taken() {
    assert_eq!(Language::accepted("de, fr-CA;q=0.8, en;q=0.5"), Some(Language::French));
    assert_eq!(Language::accepted("de"), None);
}
