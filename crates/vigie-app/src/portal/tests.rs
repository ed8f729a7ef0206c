//! What an official asks and is told, and what those of another authority are not.

use bytes::Bytes;
use vigie_model::Role;
use vigie_model::disclosure::{
    AuthenticationLevel, Authority, DocumentState, Emergency, EmergencyGround, Instrument, IssuerRole,
    Office, RequestState,
};

use super::*;
use crate::authorities::tests::{entered as entered_authority, new};
use crate::officials::Invitation;
use crate::officials::tests::enrolled_by;
use crate::requests::tests::{Desk, desk, desk_for, instrument};
use crate::requests::{CallOutcome, CallReport, Clarification, PaperKind, PaperLanguage, Refusal};
use crate::{AccessSettings, Code};

fn document(desk: &Desk, user: &str) -> EnteredRequest {
    EnteredRequest {
        document: Bytes::from_static(b"%PDF-1.7 signed"),
        mime: "application/pdf".into(),
        instrument: instrument(&desk.house, user),
        diagnostics: vec![],
    }
}

/// The first official of an authority, signed in.
async fn official(desk: &Desk, second: &Caller, authority: &Authority, name: &str, number: u8) -> Caller {
    let app = &desk.house.app;
    let mail = format!("{}@{}", name.to_lowercase(), authority.domains[0]);
    let invitation =
        Invitation { name: name.into(), mail, role: IssuerRole::Prosecutor, is_administrator: true };
    let asked = app.ask_to_invite_official(&desk.officer, authority.id, invitation, "first").await.unwrap();
    app.approve(second, asked.id).await.unwrap();
    let person = app.officials_of(second, authority.id).await.unwrap()[0].person;
    let link = app.make_official_link(second, person).await.unwrap();
    enrolled_by(&desk.house, &link, number).await
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

#[tokio::test]
async fn an_official_hands_in_answers_and_fetches_for_their_own_authority() {
    let desk = desk_for(&[IssuerRole::Prosecutor]).await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let mut asked = document(&desk, "u-7");
    asked.instrument.issuer.name = "Somebody else".into();
    asked.instrument.issuer.country = "BE".into();
    asked.instrument.issuer.mail = "forged@elsewhere.example".into();
    asked.instrument.issuer.role = Some(IssuerRole::Judge);
    let handed = app.hand_in(&claire, asked).await.unwrap();
    assert_eq!(handed.state, ToldState::UnderExamination);
    let view = app.request(&desk.officer, handed.id).await.unwrap();
    let issuer = &view.instrument.issuer;
    assert_eq!((issuer.name.as_str(), issuer.country.as_str()), (desk.authority.name.as_str(), "FR"));
    assert_eq!((issuer.official.as_str(), issuer.mail.as_str()), ("Claire", "claire@parquet.example"));
    assert_eq!(issuer.role, Some(IssuerRole::Prosecutor), "the authority has no judges");
    assert_eq!(view.request.brought_by, claire.actor());

    desk.work().await;
    if desk.state(handed.id).await == RequestState::Quarantined {
        call_back(&desk, handed.id).await;
    }
    let early = app.fetch_own_package(&claire, handed.id).await;
    assert_eq!(code(early), Code::NothingReleased);
    assert_eq!(code(app.answer_clarification(&claire, handed.id, "unasked").await), Code::WrongState);
    let question = Clarification { text: "Which account do you mean?".into() };
    app.ask_clarification(&desk.officer, handed.id, &question).await.unwrap();
    let told = app.own_request(&claire, handed.id).await.unwrap();
    assert_eq!(told.request.state, ToldState::ClarificationAsked);
    assert!(told.standing.letters.iter().any(|letter| letter.text == question.text), "{:?}", told.standing);
    let mut said = app.own_document(&claire, handed.id).await.unwrap();
    said.facts = "The account offered images.".into();
    (said.issuer.name, said.issuer.official) = ("Somebody else".into(), "Somebody".into());
    let corrected = EnteredRequest {
        document: Bytes::from_static(b"%PDF-1.7 signed and corrected"),
        mime: "application/pdf".into(),
        instrument: Instrument { nonce: String::new(), ..said },
        diagnostics: vec![],
    };
    app.correct_own(&claire, handed.id, ("The one that is named.", corrected)).await.unwrap();
    desk.work().await;
    let view = app.request(&desk.officer, handed.id).await.unwrap();
    assert_eq!(view.instrument.facts, "The account offered images.");
    let issuer = (view.instrument.issuer.name.as_str(), view.instrument.issuer.official.as_str());
    assert_eq!(issuer, (desk.authority.name.as_str(), "Claire"), "taken from no form");
    assert_eq!(
        view.request.level,
        AuthenticationLevel::L3,
        "who asks was called back about, and asks the same"
    );
    let told = app.own_request(&claire, handed.id).await.unwrap();
    let documents: Vec<_> = told.documents.iter().map(|one| (one.number, one.state)).collect();
    assert_eq!(documents, [(1, DocumentState::Replaced), (2, DocumentState::InForce)]);
    assert_eq!(code(app.own_document(&claire, handed.id).await), Code::WrongState);
    desk.release(handed.id).await;
    app.publish_ledger().await.unwrap();
    assert_eq!(app.own_requests(&claire, 0).await.unwrap()[0].state, ToldState::Ready);
    let package = app.fetch_own_package(&claire, handed.id).await.unwrap();
    assert!(!package.bytes.is_empty());
    assert_eq!(app.own_requests(&claire, 0).await.unwrap()[0].state, ToldState::Fetched);
    desk.house.clock.advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    assert_eq!(code(app.fetch_own_package(&claire, handed.id).await), Code::PackageExpired);
}

#[tokio::test]
async fn a_refusal_says_on_which_ground_and_by_which_law() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let id = app.hand_in(&claire, document(&desk, "u-7")).await.unwrap().id;
    desk.work().await;
    let refusal = Refusal {
        tasks: [2].into(),
        ground: RefusalGround::OverBroad,
        explanation: "Ten days are more than is necessary.".into(),
    };
    app.refuse_tasks(&desk.officer, id, &refusal).await.unwrap();
    let told = app.own_request(&claire, id).await.unwrap();
    let [refused] = &told.refusals[..] else { panic!("one task was refused: {:?}", told.refusals) };
    assert_eq!((refused.number, refused.ground), (2, RefusalGround::OverBroad));
    assert_eq!(refused.explanation, refusal.explanation);
    assert!(!refused.law.is_empty(), "the provision is named");
}

#[tokio::test]
async fn of_a_request_that_was_found_forged_an_official_reads_that_it_was_refused_and_no_more() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
    app.find_forged(&desk.releaser, id, "the court denies it").await.unwrap();
    let told = app.own_request(&claire, id).await.unwrap();
    assert_eq!(told.request.state, ToldState::Refused);
    assert!(told.refusals.is_empty() && told.standing.papers.is_empty());
}

/// An L4 document that an official corrects is one that nobody signed.
#[tokio::test]
async fn a_signature_and_a_call_are_not_lent_to_a_document_that_says_more() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let question = Clarification { text: "Why?".into() };
    let correct = async |id, document: &'static [u8], change: fn(&mut Instrument)| {
        app.ask_clarification(&desk.officer, id, &question).await.unwrap();
        let mut instrument = app.own_document(&claire, id).await.unwrap();
        (instrument.nonce, instrument.necessity) = (String::new(), "No other means.".into());
        change(&mut instrument);
        let document = Bytes::from_static(document);
        let entered =
            EnteredRequest { document, mime: "application/pdf".into(), instrument, diagnostics: vec![] };
        app.correct_own(&claire, id, ("As it says now.", entered)).await.unwrap();
        desk.work().await;
    };
    let level = async |id| app.request(&desk.officer, id).await.unwrap().request.level;

    let signed = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    assert_eq!(level(signed).await, AuthenticationLevel::L4);
    correct(signed, b"%PDF-1.7 one", |_| {}).await;
    assert_eq!(level(signed).await, AuthenticationLevel::L2);
    assert_eq!(code(app.accept_request(&desk.officer, signed).await), Code::NotAuthenticated);
    call_back(&desk, signed).await;
    assert_eq!(level(signed).await, AuthenticationLevel::L3);
    correct(signed, b"%PDF-1.7 two", |said| said.facts = "Explained.".into()).await;
    assert_eq!(level(signed).await, AuthenticationLevel::L3, "the same is asked, and better explained");
    correct(signed, b"%PDF-1.7 three", |said| said.wanted[0].identifier.value = "u-8".into()).await;
    assert_eq!(level(signed).await, AuthenticationLevel::L3, "it waits");
    app.decide_document(&desk.officer, signed, (4, true, "as they say")).await.unwrap();
    assert_eq!(level(signed).await, AuthenticationLevel::L2, "nobody called about this one");
}

async fn call_back(desk: &Desk, id: RequestId) {
    let app = &desk.house.app;
    let call = app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: call.nonce,
        outcome: CallOutcome::Confirmed,
    };
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    desk.work().await;
}

#[tokio::test]
async fn a_request_of_another_authority_is_as_if_it_were_not() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let other = entered_authority(&desk.house, &[desk.officer.clone(), second.clone()], new("Other")).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let oscar = official(&desk, &second, &other, "Oscar", 2).await;
    let id = app.hand_in(&claire, document(&desk, "u-7")).await.unwrap().id;
    assert!(app.own_requests(&oscar, 0).await.unwrap().is_empty());
    assert_eq!(app.own_requests(&claire, 0).await.unwrap().len(), 1);
    assert_eq!(code(app.own_request(&oscar, id).await), Code::NotFound);
    assert_eq!(code(app.answer_clarification(&oscar, id, "mine").await), Code::NotFound);
    assert_eq!(code(app.fetch_own_package(&oscar, id).await), Code::NotFound);
    assert_eq!(code(app.own_document(&oscar, id).await), Code::NotFound);
    let corrected = ("mine", document(&desk, "u-8"));
    assert_eq!(code(app.correct_own(&oscar, id, corrected).await), Code::NotFound);
    for stranger in [&desk.officer, &desk.releaser] {
        assert_eq!(code(app.own_requests(stranger, 0).await), Code::Forbidden);
        assert_eq!(code(app.hand_in(stranger, document(&desk, "u-8")).await), Code::Forbidden);
    }
    for refused in [
        app.request(&claire, id).await.map(drop),
        app.requests(&claire, Listed::Open, 0).await.map(drop),
        app.request_board(&claire, 0).await.map(drop),
        app.request_document(&claire, id).await.map(drop),
        app.accept_request(&claire, id).await.map(drop),
        app.carry_package(&claire, id).await.map(drop),
    ] {
        assert_eq!(code(refused), Code::Forbidden);
    }
}

#[tokio::test]
async fn a_suspended_authority_hands_in_nothing_and_gets_nothing() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let id = app.hand_in(&claire, document(&desk, "u-7")).await.unwrap().id;
    app.suspend_authority(&second, desk.authority.id, "a stolen mailbox").await.unwrap();
    let refused = [
        code(app.own_requests(&claire, 0).await),
        code(app.own_request(&claire, id).await),
        code(app.hand_in(&claire, document(&desk, "u-8")).await),
        code(app.answer_clarification(&claire, id, "text").await),
        code(app.fetch_own_package(&claire, id).await),
        code(app.request_paper(&claire, id, (PaperKind::Refusal, PaperLanguage::English)).await),
        code(app.withdraw_request(&claire, id, "mine").await),
    ];
    assert!(refused.iter().all(|code| *code == Code::AuthoritySuspended), "{refused:?}");
}

#[tokio::test]
async fn what_ends_while_a_package_is_fetched_keeps_it_here() {
    for is_suspended in [false, true] {
        let desk = desk().await;
        let app = &desk.house.app;
        let second = desk.house.person("Leo", Role::LegalOfficer).await;
        let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
        let id = app.hand_in(&claire, document(&desk, "u-7")).await.unwrap().id;
        desk.work().await;
        if desk.state(id).await == RequestState::Quarantined {
            call_back(&desk, id).await;
        }
        desk.work().await;
        desk.release(id).await;
        app.publish_ledger().await.unwrap();
        // Whoever fetches looks first, and writes down what they got at last: that waits for this.
        let mut tx = app.store.begin().await.unwrap();
        let (person, authority, now) = (claire.person().unwrap(), desk.authority.id, app.now());
        let end = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let is_ended = match is_suspended {
                true => vigie_store::authorities::suspend(&mut tx, authority, "a stolen mailbox", now).await,
                false => vigie_store::officials::end(&mut tx, person, now).await.map(|()| true),
            };
            assert!(is_ended.unwrap());
            let entry = vigie_seal::ledger::Details::new(&second, "access.ended", "official", now);
            tx.commit(&entry).await.unwrap();
        };
        let (fetched, ()) = tokio::join!(app.fetch_own_package(&claire, id), end);
        let refused = fetched.map(|package| package.name).unwrap_err().code();
        assert_eq!(refused, if is_suspended { Code::AuthoritySuspended } else { Code::Forbidden });
        assert_eq!(desk.state(id).await, RequestState::Released, "nobody has it");
    }
}

#[tokio::test]
async fn an_emergency_of_a_new_official_is_one_of_a_stranger_until_thirty_days_have_passed() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let urgent = |number: &str| {
        let mut entered = document(&desk, "u-7");
        entered.document = Bytes::from(format!("%PDF-1.7 {number}"));
        entered.instrument.nonce = String::new();
        entered.instrument.emergency = Some(Emergency {
            ground: EmergencyGround::Life,
            text: "a child is missing".into(),
            validation_follows: false,
        });
        entered
    };
    let level =
        async |id| crate::requests::find(&mut app.store.read().await.unwrap(), id).await.unwrap().level;
    let calm = EnteredRequest {
        instrument: Instrument { emergency: None, ..urgent("0").instrument },
        ..urgent("0")
    };
    let calm = app.hand_in(&claire, calm).await.unwrap().id;
    assert_eq!(level(calm).await, AuthenticationLevel::L2);
    let id = app.hand_in(&claire, urgent("1")).await.unwrap().id;
    assert_eq!(level(id).await, AuthenticationLevel::L0);
    call_back(&desk, id).await;
    app.ask_clarification(&desk.officer, id, &Clarification { text: "Why?".into() }).await.unwrap();
    let mut more = urgent("2");
    more.instrument.wanted[0].identifier.value = "u-8".into();
    app.correct_own(&claire, id, ("As it says now.", more)).await.unwrap();
    app.decide_document(&desk.officer, id, (2, true, "as they say")).await.unwrap();
    assert_eq!(level(id).await, AuthenticationLevel::L2, "what it says more, nobody called about");
    desk.house.clock.advance(std::time::Duration::from_secs(30 * 24 * 60 * 60));
    let id = app.hand_in(&claire, urgent("3")).await.unwrap().id;
    assert_eq!(level(id).await, AuthenticationLevel::L2);
}

#[tokio::test]
async fn a_package_is_fetched_with_a_passkey_used_lately() {
    let desk = desk().await;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let id = desk.house.app.hand_in(&claire, document(&desk, "u-7")).await.unwrap().id;
    let access =
        AccessSettings { step_up: vigie_model::access::StepUp::Passkey, ..AccessSettings::LINKS_ALONE };
    let strict = desk.house.process_with_access(access).await;
    assert_eq!(code(strict.fetch_own_package(&claire, id).await), Code::StepUpNeeded);
}

/// An order of the desk's authority that names this office as notified, signed and sent.
async fn order_naming(desk: &Desk, office: &str, number: u8) -> vigie_model::id::RequestId {
    let notified = Office { name: office.into(), country: "fr".into(), ..Office::default() };
    let order = Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        reference: format!("PV {number}"),
        nonce: format!("nonce-of-order-{number:04}"),
        notified: Some(notified),
        ..instrument(&desk.house, "u-7")
    };
    let id = desk.send(&order).await;
    desk.work().await;
    id
}

#[tokio::test]
async fn an_official_reads_of_what_their_office_was_notified_and_of_nothing_else() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let other = entered_authority(&desk.house, &[desk.officer.clone(), second.clone()], new("Other")).await;
    let third = entered_authority(&desk.house, &[desk.officer.clone(), second.clone()], new("Third")).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let oscar = official(&desk, &second, &other, "Oscar", 2).await;
    let theo = official(&desk, &second, &third, "Theo", 3).await;
    let id = order_naming(&desk, "  OTHER ", 1).await;
    let elsewhere = order_naming(&desk, "Elsewhere", 2).await;
    app.hand_in(&claire, document(&desk, "u-8")).await.unwrap();
    let paper = Instrument {
        notified: Some(Office { name: "Other".into(), country: "FR".into(), ..Office::default() }),
        ..instrument(&desk.house, "u-9")
    };
    let unknown = EnteredRequest { instrument: paper, ..document(&desk, "u-9") };
    app.enter_request(&desk.officer, unknown).await.unwrap();

    let listed = app.notified_requests(&oscar, 0).await.unwrap();
    let of_order = |one: &NotifiedRequest| (one.id, one.reference.clone(), one.tasks.clone());
    let tasks = vec![(1, Category::Subscriber), (2, Category::Identification)];
    assert_eq!(listed.iter().map(of_order).collect::<Vec<_>>(), [(id, "PV 1".to_owned(), tasks)]);
    assert_eq!(listed[0].authority, desk.authority.name);
    let ten_days = std::time::Duration::from_secs(10 * 24 * 60 * 60);
    assert_eq!(listed[0].decide_by, Some(listed[0].received_at.after(ten_days)));
    assert!(!format!("{listed:?}").contains("u-7"), "of whom is asked stands in the notification");
    for nobody in [&claire, &theo] {
        assert_eq!(app.notified_requests(nobody, 0).await.unwrap(), []);
    }
    assert!(app.notified_requests(&oscar, 1).await.unwrap().is_empty());

    // A frozen request looks like any other; one that is over awaits nothing; a corrected document may name another office.
    app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
    assert_eq!(app.notified_requests(&oscar, 0).await.unwrap(), listed);
    app.find_forged(&desk.releaser, id, "denied").await.unwrap();
    assert_eq!(app.notified_requests(&oscar, 0).await.unwrap()[0].decide_by, None);
    let question = Clarification { text: "Which office?".into() };
    app.ask_clarification(&desk.officer, elsewhere, &question).await.unwrap();
    let now_third = Instrument {
        notified: Some(Office { name: "Third".into(), country: "FR".into(), ..Office::default() }),
        ..app.request(&desk.officer, elsewhere).await.unwrap().instrument
    };
    let corrected = EnteredRequest { instrument: now_third, ..document(&desk, "u-7") };
    app.take_clarification(&desk.officer, elsewhere, ("the third", Some(corrected))).await.unwrap();
    assert_eq!(app.notified_requests(&theo, 0).await.unwrap()[0].id, elsewhere);
}

#[tokio::test]
async fn nobody_but_an_official_reads_of_what_an_office_was_notified() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let claire = official(&desk, &second, &desk.authority, "Claire", 1).await;
    let kind = vigie_model::access::CallerKind::Authority(desk.authority.id);
    let by_key = Caller { kind, name: desk.authority.name.clone(), roles: vec![], scopes: vec![] };
    for stranger in [&desk.officer, &desk.releaser, &by_key, &Caller::operator()] {
        assert_eq!(code(app.notified_requests(stranger, 0).await), Code::Forbidden, "{}", stranger.name);
    }
    app.suspend_authority(&second, desk.authority.id, "a stolen mailbox").await.unwrap();
    assert_eq!(code(app.notified_requests(&claire, 0).await), Code::AuthoritySuspended);
}
