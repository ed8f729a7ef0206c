//! Ceremonies, right and wrong, and what a passkey changes.

use std::time::Duration;

use proptest::prelude::*;
use vigie_formats::bank_list::ListFormat;
use vigie_model::access::{PasskeyRule, StepUp};
use vigie_model::incident::ItemVerdict;
use vigie_model::incident::RevealStep::{Full, Shielded, Soft};
use vigie_model::{Caller, Role};

use super::*;
use crate::AccessSettings;
use crate::outbox::tests::work;
use crate::tests::authenticator::Authenticator;
use crate::tests::desk::{concluding, desk, posted};
use crate::tests::{House, bank, house};

const STRICT: AccessSettings = AccessSettings { passkeys: PasskeyRule::Offered, step_up: StepUp::Passkey };
const REQUIRED: AccessSettings = AccessSettings { passkeys: PasskeyRule::Required, step_up: StepUp::Passkey };

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// Lets a person in by a new link: the secret of their session.
async fn by_link(app: &App, person: PersonId) -> String {
    let link = app.make_sign_in_link(&Caller::operator(), person).await.unwrap();
    app.sign_in(link.rsplit('/').next().unwrap(), "Firefox").await.unwrap()
}

async fn added(house: &House, name: &str, role: Role) -> PersonId {
    house.app.add_person(&Caller::operator(), name, &[role]).await.unwrap().id
}

/// Makes a passkey in this session.
async fn enrol(app: &App, session: &str, device: &mut Authenticator) -> Result<PasskeyId> {
    let signed_in = app.signed_in(session).await.unwrap();
    let begun = app.begin_enrolment(&signed_in).await?;
    app.finish_enrolment(&signed_in, &begun.ceremony, &device.make(&begun.options), "Key").await
}

async fn sign_in(app: &App, device: &mut Authenticator) -> Result<String> {
    let begun = app.begin_passkey_sign_in().await?;
    app.finish_passkey_sign_in(&begun.ceremony, &device.answer(&begun.options), "Firefox").await
}

async fn confirm(app: &App, session: &str, device: &mut Authenticator) -> Result<()> {
    let caller = app.signed_in(session).await.unwrap().caller;
    let begun = app.begin_confirmation(&caller).await?;
    app.finish_confirmation(&caller, &begun.ceremony, &device.answer(&begun.options)).await
}

/// Ada with a passkey, signed in by it.
async fn ada(house: &House, app: &App, role: Role) -> (PersonId, Authenticator, String) {
    let ada = added(house, "Ada", role).await;
    let mut device = Authenticator::new(1);
    enrol(app, &by_link(app, ada).await, &mut device).await.unwrap();
    let session = sign_in(app, &mut device).await.unwrap();
    (ada, device, session)
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

async fn acts(house: &House) -> Vec<String> {
    let rows = house.rows().await;
    let mut rows: Vec<_> =
        rows["ledger_details"].iter().map(|row| row.split(" | ").collect::<Vec<_>>()).collect();
    rows.sort_by_key(|row| row[0].parse::<i64>().unwrap());
    rows.into_iter().map(|row| row[3].to_owned()).collect()
}

#[tokio::test]
async fn a_passkey_is_made_signs_in_and_every_step_is_written_down() {
    let house = house().await;
    let (ada, mut device, session) = ada(&house, &house.app, Role::Reviewer).await;
    let signed_in = house.app.signed_in(&session).await.unwrap();
    assert_eq!((signed_in.person.id, signed_in.only_enrols), (ada, false));
    assert!(signed_in.caller.has(Role::Reviewer));
    confirm(&house.app, &session, &mut device).await.unwrap();
    let passkeys = house.app.own_passkeys(&signed_in.caller).await.unwrap();
    assert_eq!((passkeys.len(), passkeys[0].name.as_str()), (1, "Key"));
    assert_eq!(passkeys[0].last_used_at, Some(house.app.now()));
    assert_eq!(
        acts(&house).await[1..],
        [
            "person.sign_in_link_made",
            "session.opened",
            "passkey.enrolled",
            "session.opened",
            "session.confirmed"
        ]
    );
    assert!(house.rows().await["ceremonies"].is_empty(), "nothing is left of ceremonies");
}

#[tokio::test]
async fn a_ceremony_is_good_once() {
    let house = house().await;
    let (id, mut device, session) = ada(&house, &house.app, Role::Reviewer).await;
    let begun = house.app.begin_passkey_sign_in().await.unwrap();
    let answer = device.answer(&begun.options);
    house.app.finish_passkey_sign_in(&begun.ceremony, &answer, "").await.unwrap();
    let again = house.app.finish_passkey_sign_in(&begun.ceremony, &answer, "").await;
    assert_eq!(code(again), Some(Code::PasskeyRefused));

    let begun = house.app.begin_passkey_sign_in().await.unwrap();
    assert_eq!(
        code(house.app.finish_passkey_sign_in(&begun.ceremony, "{}", "").await),
        Some(Code::PasskeyRefused)
    );
    let second_try =
        house.app.finish_passkey_sign_in(&begun.ceremony, &device.answer(&begun.options), "").await;
    assert_eq!(code(second_try), Some(Code::PasskeyRefused), "a try that failed used it up as well");

    confirm(&house.app, &session, &mut device).await.unwrap();
    let signed_in = house.app.signed_in(&session).await.unwrap();
    let begun = house.app.begin_enrolment(&signed_in).await.unwrap();
    let answer = Authenticator::new(2).make(&begun.options);
    house.app.finish_enrolment(&signed_in, &begun.ceremony, &answer, "Two").await.unwrap();
    let again = house.app.finish_enrolment(&signed_in, &begun.ceremony, &answer, "Two").await;
    assert_eq!(code(again), Some(Code::PasskeyRefused));
    assert_eq!(house.app.passkeys_of(&Caller::operator(), id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_old_ceremony_is_refused() {
    let house = house().await;
    let (_, mut device, _) = ada(&house, &house.app, Role::Reviewer).await;
    let begun = house.app.begin_passkey_sign_in().await.unwrap();
    house.clock.advance(minutes(5));
    let late = house.app.finish_passkey_sign_in(&begun.ceremony, &device.answer(&begun.options), "").await;
    assert_eq!(code(late), Some(Code::PasskeyRefused));
    house.app.begin_passkey_sign_in().await.unwrap();
    house.clock.advance(minutes(6));
    house.app.forget_ceremonies().await.unwrap();
    assert!(house.rows().await["ceremonies"].is_empty());
}

#[tokio::test]
async fn the_ceremony_of_somebody_else_is_refused() {
    let house = house().await;
    let app = &house.app;
    let (ada, mut device, session) = ada(&house, app, Role::Reviewer).await;
    let ben = added(&house, "Ben", Role::Reviewer).await;
    let ben = app.signed_in(&by_link(app, ben).await).await.unwrap();
    let mut device_of_ben = Authenticator::new(2);
    let begun = app.begin_enrolment(&ben).await.unwrap();
    app.finish_enrolment(&ben, &begun.ceremony, &device_of_ben.make(&begun.options), "Ben's").await.unwrap();

    let at_ada = app.signed_in(&session).await.unwrap();
    let begun = app.begin_confirmation(&at_ada.caller).await.unwrap();
    let answer = device.answer(&begun.options);
    let by_ben = app.finish_confirmation(&ben.caller, &begun.ceremony, &answer).await;
    assert_eq!(code(by_ben), Some(Code::PasskeyRefused), "the ceremony is Ada's");

    let begun = app.begin_confirmation(&at_ada.caller).await.unwrap();
    let answer = device_of_ben.answer(&begun.options);
    let with_his = app.finish_confirmation(&at_ada.caller, &begun.ceremony, &answer).await;
    assert_eq!(code(with_his), Some(Code::PasskeyRefused), "the passkey is Ben's");

    let elsewhere = app.signed_in(&sign_in(app, &mut device).await.unwrap()).await.unwrap();
    let begun = app.begin_confirmation(&at_ada.caller).await.unwrap();
    let answer = device.answer(&begun.options);
    let in_another = app.finish_confirmation(&elsewhere.caller, &begun.ceremony, &answer).await;
    assert_eq!(code(in_another), Some(Code::PasskeyRefused), "the ceremony belongs to another browser");

    let begun = app.begin_passkey_sign_in().await.unwrap();
    let answer = device.answer(&begun.options);
    let of_another_kind = app.finish_confirmation(&at_ada.caller, &begun.ceremony, &answer).await;
    assert_eq!(code(of_another_kind), Some(Code::PasskeyRefused), "it began as a sign-in");

    let known = app.begin_enrolment(&app.signed_in(&by_link(app, ada).await).await.unwrap()).await.unwrap();
    assert_eq!(known.options["publicKey"]["excludeCredentials"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_written_down() {
    let house = house().await;
    let (_, mut device, session) = ada(&house, &house.app, Role::Reviewer).await;
    device.counter -= 1;
    assert_eq!(code(sign_in(&house.app, &mut device).await), Some(Code::PasskeyRefused));
    device.counter = 1;
    assert_eq!(code(confirm(&house.app, &session, &mut device).await), Some(Code::PasskeyRefused));
    let acts = acts(&house).await;
    assert_eq!(acts[acts.len() - 2..], ["passkey.copy_suspected", "passkey.copy_suspected"]);
    device.counter = 9;
    sign_in(&house.app, &mut device).await.unwrap();
}

#[tokio::test]
async fn another_origin_or_an_unverified_user_is_refused() {
    let house = house().await;
    let app = &house.app;
    let ada = added(&house, "Ada", Role::Reviewer).await;
    let link = by_link(app, ada).await;
    let mut device = Authenticator::new(1);
    device.origin = "http://localhost.example:8420".into();
    assert_eq!(code(enrol(app, &link, &mut device).await), Some(Code::PasskeyRefused));
    device.origin = crate::tests::authenticator::ORIGIN.into();
    device.verifies = false;
    assert_eq!(code(enrol(app, &link, &mut device).await), Some(Code::PasskeyRefused));
    device.verifies = true;
    enrol(app, &link, &mut device).await.unwrap();
    for wrong in ["http://localhost:8421", "https://localhost:8420", "http://elsewhere.example"] {
        device.origin = wrong.into();
        assert_eq!(code(sign_in(app, &mut device).await), Some(Code::PasskeyRefused), "{wrong}");
    }
    device.origin = crate::tests::authenticator::ORIGIN.into();
    device.verifies = false;
    assert_eq!(code(sign_in(app, &mut device).await), Some(Code::PasskeyRefused));
    assert_eq!(code(sign_in(app, &mut Authenticator::new(3)).await), Some(Code::PasskeyRefused), "nobody's");
}

#[tokio::test]
async fn who_has_a_passkey_is_let_in_by_a_link_only_to_make_another() {
    let house = house().await;
    let (ada, _, _) = ada(&house, &house.app, Role::SeniorReviewer).await;
    let max = house.person("Max", Role::Administrator).await;
    assert!(house.app.notices(&max).await.unwrap().is_empty(), "a first passkey is no news");
    let link = by_link(&house.app, ada).await;
    let limited = house.app.signed_in(&link).await.unwrap();
    assert!(limited.only_enrols && limited.caller.roles.is_empty());
    assert_eq!(code(house.app.banks(&limited.caller).await), Some(Code::Forbidden));
    enrol(&house.app, &link, &mut Authenticator::new(2)).await.unwrap();
    let recovered = house.app.signed_in(&link).await.unwrap();
    assert!(!recovered.only_enrols && recovered.caller.has(Role::SeniorReviewer));
    let told = house.app.notices(&max).await.unwrap();
    assert_eq!(
        (told.len(), told[0].kind),
        (1, NoticeKind::PasskeyByLink),
        "who makes links is seen by the others"
    );
    assert_eq!(house.app.notices(&recovered.caller).await.unwrap().len(), 1);
    let details = &house.rows().await["ledger_details"];
    assert!(details.iter().any(|row| row.contains("\"has_passkey\":true")), "the link stands there");
    assert!(details.iter().any(|row| row.contains("\"let_in_by_link\":true")), "and what it was used for");
}

#[tokio::test]
async fn where_a_passkey_is_required_a_link_lets_in_for_nothing_else() {
    let house = house().await;
    let app = house.process_with_access(REQUIRED).await;
    let ada = added(&house, "Ada", Role::SeniorReviewer).await;
    let session = by_link(&app, ada).await;
    assert!(app.signed_in(&session).await.unwrap().only_enrols);
    let mut device = Authenticator::new(1);
    let first = enrol(&app, &session, &mut device).await.unwrap();
    assert!(!app.signed_in(&session).await.unwrap().only_enrols);

    confirm(&app, &session, &mut device).await.unwrap();
    let caller = app.signed_in(&session).await.unwrap().caller;
    assert_eq!(
        code(app.remove_own_passkey(&caller, first).await),
        Some(Code::WrongState),
        "the last one stays"
    );
    enrol(&app, &session, &mut Authenticator::new(2)).await.unwrap();
    app.remove_own_passkey(&caller, first).await.unwrap();
    assert_eq!(app.own_passkeys(&caller).await.unwrap().len(), 1);
}

#[tokio::test]
async fn passkeys_change_only_for_who_used_one_lately() {
    let house = house().await;
    let app = &house.app;
    let (_, mut device, session) = ada(&house, app, Role::Reviewer).await;
    let other = sign_in(app, &mut device).await.unwrap();
    let stolen = app.signed_in(&session).await.unwrap();
    let passkey = app.own_passkeys(&stolen.caller).await.unwrap()[0].id;
    assert_eq!(code(enrol(app, &session, &mut Authenticator::new(2)).await), Some(Code::StepUpNeeded));
    assert_eq!(code(app.remove_own_passkey(&stolen.caller, passkey).await), Some(Code::StepUpNeeded));
    confirm(app, &session, &mut device).await.unwrap();
    let confirmed = app.signed_in(&session).await.unwrap().caller;
    app.remove_own_passkey(&confirmed, passkey).await.unwrap();
    assert_eq!(code(app.signed_in(&other).await), Some(Code::NotSignedIn), "it may be where it was lost");
    assert_eq!(code(sign_in(app, &mut device).await), Some(Code::PasskeyRefused));
    assert_eq!(code(app.remove_own_passkey(&confirmed, passkey).await), Some(Code::NotFound));
}

#[tokio::test]
async fn an_administrator_removes_the_passkeys_of_somebody() {
    let house = house().await;
    let app = &house.app;
    let (ada, mut device, session) = ada(&house, app, Role::Reviewer).await;
    let max = house.person("Max", Role::Administrator).await;
    let rea = house.person("Rea", Role::Reviewer).await;
    assert_eq!(code(app.passkeys_of(&rea, ada).await), Some(Code::Forbidden));
    assert_eq!(code(app.remove_passkeys_of(&rea, ada).await), Some(Code::Forbidden));
    assert_eq!(app.passkeys_of(&max, ada).await.unwrap().len(), 1);
    app.remove_passkeys_of(&max, ada).await.unwrap();
    assert_eq!(code(app.signed_in(&session).await), Some(Code::NotSignedIn));
    assert_eq!(code(sign_in(app, &mut device).await), Some(Code::PasskeyRefused));
    assert!(!app.signed_in(&by_link(app, ada).await).await.unwrap().only_enrols, "links are enough again");
}

#[tokio::test]
async fn the_whole_picture_is_shown_to_who_confirmed_lately_in_this_session() {
    let (house, picture) = desk().await;
    let app = house.process_with_access(STRICT).await;
    let (_, mut device, session) = ada(&house, &app, Role::Reviewer).await;
    let other = sign_in(&app, &mut device).await.unwrap();
    let caller = async |session: &str| app.signed_in(session).await.unwrap().caller;
    let id = posted(&house, "ann", "m1", &picture).await;
    let item = app.incident(&caller(&session).await, id).await.unwrap().items[0].item.id;
    app.claim(&caller(&session).await, id).await.unwrap();
    for step in [Shielded, Soft] {
        app.reveal(&caller(&session).await, id, &[item], step).await.unwrap();
    }
    let entries = house.rows().await["ledger_entries"].len();
    let full = async |session: &str| code(app.reveal(&caller(session).await, id, &[item], Full).await);
    assert_eq!(full(&session).await, Some(Code::StepUpNeeded), "signing in does not count");
    assert_eq!(house.rows().await["ledger_entries"].len(), entries);
    confirm(&app, &session, &mut device).await.unwrap();
    assert_eq!(full(&session).await, None);
    assert_eq!(full(&other).await, Some(Code::StepUpNeeded), "it was confirmed in another session");
    house.clock.advance(minutes(15));
    app.claim(&caller(&session).await, id).await.unwrap();
    assert_eq!(full(&session).await, None);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(full(&session).await, Some(Code::StepUpNeeded));

    let ben = added(&house, "Ben", Role::Reviewer).await;
    let ben = caller(&by_link(&app, ben).await).await;
    let id = posted(&house, "bob", "m2", &picture).await;
    let item = app.incident(&ben, id).await.unwrap().items[0].item.id;
    app.claim(&ben, id).await.unwrap();
    for step in [Shielded, Soft] {
        app.reveal(&ben, id, &[item], step).await.unwrap();
    }
    assert_eq!(
        code(app.reveal(&ben, id, &[item], Full).await),
        Some(Code::StepUpNeeded),
        "without a passkey"
    );
    assert_eq!(code(app.begin_confirmation(&ben).await), Some(Code::WrongState));
    assert_eq!(
        code(house.app.reveal(&ben, id, &[item], Full).await),
        None,
        "where the operator asks nothing"
    );
}

#[tokio::test]
async fn a_second_reading_shows_the_whole_picture_to_who_confirmed_lately_as_well() {
    let (house, picture) = desk().await;
    let app = house
        .process_set(|settings| {
            settings.access = STRICT;
            settings.review.reread_percent = 100;
        })
        .await;
    let (_, mut device, session) = ada(&house, &app, Role::Reviewer).await;
    let caller = async |session: &str| app.signed_in(session).await.unwrap().caller;
    let first = house.person("Ben", Role::Reviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let fence = app.claim(&first, id).await.unwrap().lease.unwrap().fence;
    let conclusion = concluding(&house, &first, id, ItemVerdict::NotViolating, &[]).await;
    app.decide(&first, id, fence, conclusion).await.unwrap();
    work(&app).await;

    let reading = app.take_rereading(&caller(&session).await).await.unwrap().unwrap();
    let item = app.blind(&caller(&session).await, reading).await.unwrap().view.items[0].item.id;
    for step in [Shielded, Soft] {
        app.reveal(&caller(&session).await, id, &[item], step).await.unwrap();
    }
    let full = async || code(app.reveal(&caller(&session).await, id, &[item], Full).await);
    assert_eq!(full().await, Some(Code::StepUpNeeded));
    confirm(&app, &session, &mut device).await.unwrap();
    assert_eq!(full().await, None);
}

#[tokio::test]
async fn a_bank_leaves_by_two_people_who_both_confirmed() {
    let house = house().await;
    let app = house.process_with_access(STRICT).await;
    let (_, mut device, session) = ada(&house, &app, Role::SeniorReviewer).await;
    let dee = added(&house, "Dee", Role::DataProtectionOfficer).await;
    let mut device_of_dee = Authenticator::new(2);
    let session_of_dee = by_link(&app, dee).await;
    enrol(&app, &session_of_dee, &mut device_of_dee).await.unwrap();
    let caller = async |session: &str| app.signed_in(session).await.unwrap().caller;

    let question = app.propose_bank(&caller(&session).await, bank(), "new list").await.unwrap();
    app.approve(&caller(&session_of_dee).await, question.id).await.unwrap();
    let bank = app.banks(&caller(&session).await).await.unwrap()[0].id;
    let export =
        app.propose_export(&caller(&session).await, bank, ListFormat::Csv, "a partner").await.unwrap();

    let agree = async || code(app.approve(&caller(&session_of_dee).await, export.id).await);
    assert_eq!(agree().await, Some(Code::StepUpNeeded));
    confirm(&app, &session_of_dee, &mut device_of_dee).await.unwrap();
    assert_eq!(agree().await, None);
    let fetch = async || code(app.begin_export(&caller(&session).await, export.id).await);
    assert_eq!(fetch().await, Some(Code::StepUpNeeded));
    confirm(&app, &session, &mut device).await.unwrap();
    assert_eq!(fetch().await, None);
}

#[tokio::test]
async fn an_address_of_numbers_has_no_passkeys() {
    assert!(RelyingParty::at("http://127.0.0.1:8420").is_none());
    assert!(RelyingParty::at("https://[::1]").is_none());
    assert!(RelyingParty::at("https://vigie.example.org").is_some());
}

/// What the browser sends is anything at all: it is refused, and nothing else happens.
fn damaged(answer: &str, at: usize, byte: u8) -> String {
    let mut bytes = answer.as_bytes().to_vec();
    let at = at % bytes.len();
    bytes[at] = byte;
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #[test]
    fn hostile_answers_are_refused_and_stop_nothing(at: usize, byte in 32_u8..127, anything: String) {
        let party = RelyingParty::at("http://localhost:8420").unwrap();
        let person = PersonId(uuid::Uuid::from_u128(7));
        let mut device = Authenticator::new(1);
        let opening = party.begin_enrolment(person, "Ada", vec![]).unwrap();
        let made = device.make(&opening.options);
        prop_assert!(party.finish_enrolment(&opening.state, &anything).is_err());
        let kept = party.finish_enrolment(&opening.state, &made).unwrap().credential;
        // A byte that means nothing may be another one; then the same passkey comes out.
        if let Ok(other) = party.finish_enrolment(&opening.state, &damaged(&made, at, byte)) {
            prop_assert_eq!(other.credential_id.len(), 16);
        }
        let opening = party.begin_assertion(&[]).unwrap();
        let answer = device.answer(&opening.options);
        prop_assert!(Assertion::read(&anything).is_err());
        if let Ok(assertion) = Assertion::read(&damaged(&answer, at, byte)) {
            let _verdict = party.verify(&opening.state, &assertion, &kept);
        }
        let whole = Assertion::read(&answer).unwrap();
        prop_assert!(party.verify(&opening.state, &whole, &kept).is_ok());
    }
}
