//! Letters word for word, in both languages; and what they must not say.

use vigie_formats::request::Language;
use vigie_formats::request::letters::{
    AccountStatement, AddressWarning, Clarification, ConflictObjection, CoverSheet, CoveredTask, Frame,
    House, HumanRightsConcern, Ports, Question, RefusedTask, UserNotice, account_statement, acknowledgement,
    clarification, conflict_objection, cover_sheet, effect, human_rights_questions, human_rights_refusal,
    nil_return, refusal, user_notice, words,
};
use vigie_formats::request::paper::Paper;
use vigie_model::disclosure::{
    Category, Field, Identifier, IdentifierKind, Instrument, NilReturn, RefusalGround, Span,
};

use crate::expected;
use crate::instruments::{at, exchanged, full};

pub(crate) fn house() -> House {
    House {
        name: "Messenger Europe SARL".to_owned(),
        address: vec!["4, quai des Tilleuls".to_owned(), "L-0000 Luxembourg".to_owned()],
        contact: "disclosure@messenger.example, +352 00 00 00".to_owned(),
        portal: Some("https://portal.messenger.example".to_owned()),
    }
}

fn frame(house: &House, language: Language) -> Frame<'_> {
    Frame {
        language,
        house,
        recipient: vec!["Parquet de Lunéville".to_owned(), "M. Frêne, vice-procureur".to_owned()],
        reference: Some("PV 2026/118".to_owned()),
        ours: "R-2026-000042".to_owned(),
        at: at("2026-12-01T09:00:00Z"),
    }
}

fn identifier() -> Identifier {
    Identifier {
        kind: IdentifierKind::Username,
        value: "heron_17".to_owned(),
        service: "messenger.example".to_owned(),
    }
}

fn span() -> Span {
    Span { from: at("2026-10-01T00:00:00Z"), until: at("2026-11-01T00:00:00Z") }
}

/// A letter in both languages, word for word.
fn check(name: &str, write: impl Fn(&Frame<'_>) -> Paper) {
    check_to(&["Parquet de Lunéville", "M. Frêne, vice-procureur"], name, write);
}

/// A letter to a user.
fn check_to_user(name: &str, write: impl Fn(&Frame<'_>) -> Paper) {
    check_to(&["heron_17"], name, |frame| write(&Frame { reference: None, ..frame.clone() }));
}

fn check_to(recipient: &[&str], name: &str, write: impl Fn(&Frame<'_>) -> Paper) {
    for language in Language::ALL {
        let house = house();
        let recipient = recipient.iter().map(|line| (*line).to_owned()).collect();
        let frame = Frame { recipient, ..frame(&house, *language) };
        expected::check(&format!("{name}.{language}.txt"), &write(&frame).text());
    }
}

#[test]
fn the_acknowledgement() {
    check("acknowledgement", acknowledgement);
}

#[test]
fn questions_before_a_document_is_carried_out() {
    let questions = vec![
        Question {
            identifier: Some(identifier()),
            ground: Some(RefusalGround::InsufficientInformation),
            text: "Which period is meant?".to_owned(),
        },
        Question {
            identifier: None,
            ground: None,
            text: "Which magistrate authorised it, and when?".to_owned(),
        },
    ];
    let asked = Clarification { questions, answer_by: Some(at("2026-12-06T00:00:00Z")), pauses: true };
    check("clarification", |frame| clarification(frame, &asked));
}

#[test]
fn a_refusal_of_tasks() {
    let task = |number, category, ground, explanation: &str| RefusedTask {
        number,
        identifier: identifier(),
        category,
        ground,
        explanation: explanation.to_owned(),
    };
    let tasks = [
        task(
            2,
            Category::Traffic,
            RefusalGround::OffenceOutOfScope,
            "The maximum sentence stated is one year.",
        ),
        task(3, Category::Content, RefusalGround::NotCompetent, ""),
    ];
    check("refusal", |frame| refusal(frame, &tasks));
}

#[test]
fn the_human_rights_screen() {
    let concerns = [HumanRightsConcern::Opinion, HumanRightsConcern::NoIndependentReview];
    check("human-rights-questions", |frame| human_rights_questions(frame, &concerns));
    check("human-rights-refusal", |frame| {
        human_rights_refusal(
            frame,
            &concerns,
            "The post of 3 October criticises a minister and calls for nothing.",
        )
    });
}

#[test]
fn the_notice_to_a_user() {
    let notice = UserNotice {
        account: "heron_17".to_owned(),
        authority: Some("Parquet de Lunéville".to_owned()),
        legal_bases: vec!["CPP, art. 77-1-1".to_owned(), "CPP, art. 60-1-2".to_owned()],
        disclosed_at: Some(at("2026-11-24T00:00:00Z")),
        fields: Field::ALL.to_vec(),
        span: Some(span()),
        silence: Some(("CPP, art. 11".to_owned(), at("2026-11-30T00:00:00Z"))),
        remedies: vec!["CNIL, 3 place de Fontenoy, 75007 Paris".to_owned()],
        ledger_entry: Some(4711),
    };
    check_to_user("user-notice", |frame| user_notice(frame, &notice));
}

#[test]
fn the_statement_on_an_account() {
    let statement =
        AccountStatement { account: "heron_17".to_owned(), ledger_size: 9001, ledger_root: "ab".repeat(32) };
    check_to_user("account-statement", |frame| account_statement(frame, &statement));
}

#[test]
fn the_cover_of_a_package() {
    let task = |number, category, fields: &[Field], records, nil| CoveredTask {
        number,
        identifier: identifier(),
        category,
        span: Some(span()),
        fields: fields.to_vec(),
        records,
        nil,
    };
    let sheet = CoverSheet {
        manifest: "0123456789abcdef".repeat(4),
        grant: "0199c0de-0000-7000-8000-000000000001".to_owned(),
        tasks: vec![
            task(1, Category::Identification, &[Field::Address, Field::Port, Field::At], 31, None),
            task(2, Category::Subscriber, &[Field::PhoneNumber], 0, Some(NilReturn::Expired)),
        ],
        ports: Ports::Partly,
        warnings: AddressWarning::ALL.to_vec(),
    };
    check("cover-sheet", |frame| cover_sheet(frame, &sheet));
}

#[test]
fn single_words_and_sentences() {
    for language in Language::ALL {
        let mut lines = Vec::new();
        lines.extend(
            RefusalGround::ALL.iter().map(|one| format!("{one}: {}", words::ground(*one, *language))),
        );
        lines.extend(NilReturn::ALL.iter().map(|one| format!("{one}: {}", nil_return(*one, *language))));
        lines.extend(Category::ALL.iter().map(|one| format!("{one}: {}", words::category(*one, *language))));
        let concern = |one: &HumanRightsConcern| {
            format!("{one}: {} {}", one.concern(*language), one.question(*language))
        };
        lines.extend(HumanRightsConcern::ALL.iter().map(concern));
        expected::check(&format!("words.{language}.txt"), &(lines.join("\n") + "\n"));
    }
}

/// What the acknowledgement of a document is given: its number, and nothing else of it.
fn acknowledged(instrument: &Instrument, language: Language) -> String {
    let house = house();
    let frame = Frame { reference: Some(instrument.reference.clone()), ..frame(&house, language) };
    acknowledgement(&frame).text()
}

#[test]
fn the_acknowledgement_has_the_same_words_for_every_case() {
    let mut other = exchanged();
    other.reference = "another".to_owned();
    other.wanted[0].identifier.value = "somebody else".to_owned();
    for language in Language::ALL {
        let (one, two) = (acknowledged(&full(), *language), acknowledged(&other, *language));
        assert_eq!(one.replace(&full().reference, "#"), two.replace("another", "#"));
        for instrument in [&full(), &other] {
            let text = acknowledged(instrument, *language);
            let told: Vec<_> =
                instrument.wanted.iter().filter(|wanted| text.contains(&wanted.identifier.value)).collect();
            assert!(told.is_empty(), "{told:?}");
        }
    }
}

#[test]
fn a_question_does_not_tell_what_the_house_holds() {
    let house = house();
    for language in Language::ALL {
        let asked = |ground| {
            let question = Question { identifier: None, ground, text: "Which period?".to_owned() };
            let asked = Clarification { questions: vec![question], answer_by: None, pauses: false };
            clarification(&frame(&house, *language), &asked).text()
        };
        for ground in RefusalGround::ALL.iter().skip(3) {
            assert_eq!(asked(Some(*ground)), asked(None), "{ground}");
        }
        assert_ne!(asked(Some(RefusalGround::Incomplete)), asked(None));
    }
}

#[test]
fn french_is_french() {
    // Every English sentence has one of its own in French: no block is the same in both.
    let house = house();
    let concerns = HumanRightsConcern::ALL;
    let write = |language| {
        let frame = frame(&house, language);
        let statement =
            AccountStatement { account: String::new(), ledger_size: 1, ledger_root: String::new() };
        [
            acknowledgement(&frame),
            human_rights_questions(&frame, concerns),
            human_rights_refusal(&frame, concerns, ""),
            refusal(&frame, &[]),
            account_statement(&frame, &statement),
        ]
    };
    for (english, french) in write(Language::English).iter().zip(&write(Language::French)) {
        assert_ne!(english.title, french.title);
        assert_eq!(english.blocks.len(), french.blocks.len());
        let same = english.blocks.iter().zip(&french.blocks).filter(|(english, french)| english == french);
        // The contact, which is a name and a number.
        assert!(same.count() <= 1, "{}", english.title);
    }
}

#[test]
fn an_objection_names_the_provision_and_says_that_the_data_stays_held() {
    let objection = ConflictObjection {
        tasks: vec![(2, identifier(), Category::Content)],
        law: "18 USC 2702(a)".to_owned(),
        nature: "It forbids to give content to an authority of another country.".to_owned(),
        under: "Regulation (EU) 2023/1543, Article 17".to_owned(),
    };
    check("conflict-objection", |frame| conflict_objection(frame, &objection));
}

#[test]
fn the_effect_that_an_order_was_given_is_told_in_the_words_of_the_officer() {
    check("effect", |frame| effect(frame, "The message was removed on 30 November 2026."));
}
