//! Who lets officials in, who may not, and what they are afterwards.

use std::time::Duration;

use vigie_model::Moment;

use super::*;
use crate::AccessSettings;
use crate::authorities::tests::{entered, new, officers};
use crate::tests::authenticator::Authenticator;
use crate::tests::{House, house};

pub(crate) fn invitation(name: &str, is_administrator: bool) -> Invitation {
    Invitation {
        name: name.into(),
        mail: format!("{}@justice.example", name.to_lowercase()),
        role: IssuerRole::Prosecutor,
        is_administrator,
    }
}

/// Uses a link, makes a passkey, and is the caller of that session.
pub(crate) async fn enrolled_by(house: &House, link: &str, number: u8) -> Caller {
    let session = house.app.sign_in(link.rsplit('/').next().unwrap(), "Firefox").await.unwrap();
    let signed_in = house.app.signed_in(&session).await.unwrap();
    assert!(signed_in.only_enrols, "a link alone lets no official in");
    let begun = house.app.begin_enrolment(&signed_in).await.unwrap();
    let answer = Authenticator::new(number).make(&begun.options);
    house.app.finish_enrolment(&signed_in, &begun.ceremony, &answer, "Key").await.unwrap();
    house.app.signed_in(&session).await.unwrap().caller
}

/// An authority with its first official, signed in.
pub(crate) async fn administered_by(
    house: &House,
    officers: &[Caller; 2],
    authority: &str,
    name: &str,
    number: u8,
) -> (Authority, Caller) {
    let authority = entered(house, officers, new(authority)).await;
    let person = first(house, officers, &authority, name).await.person;
    let link = house.app.make_official_link(&officers[0], person).await.unwrap();
    (authority, enrolled_by(house, &link, number).await)
}

async fn first(house: &House, officers: &[Caller; 2], authority: &Authority, name: &str) -> Official {
    let asked =
        house.app.ask_to_invite_official(&officers[0], authority.id, invitation(name, false), "first");
    let question = asked.await.unwrap();
    house.app.approve(&officers[1], question.id).await.unwrap();
    house.app.officials_of(&officers[0], authority.id).await.unwrap().pop().unwrap()
}

async fn invited(house: &House, caller: &Caller, name: &str, number: u8) -> Caller {
    let (_, link) = house.app.invite_colleague(caller, invitation(name, false)).await.unwrap();
    enrolled_by(house, &link, number).await
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

#[tokio::test]
async fn the_first_official_is_invited_by_two_people_and_administers_their_authority() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, [lea, leo]) = (&house.app, &officers);
    let releaser = house.person("Rea", Role::Releaser).await;
    let one = entered(&house, &officers, new("One")).await;
    let ask = |caller, name| app.ask_to_invite_official(caller, one.id, invitation(name, false), "first");
    assert_eq!(code(ask(&releaser, "Claire").await), Code::Forbidden);
    let question = ask(lea, "Claire").await.unwrap();
    let other = ask(lea, "Clara").await.unwrap();
    assert_eq!(code(app.approve(lea, question.id).await), Code::SamePerson);
    assert_eq!(code(app.approve(&releaser, question.id).await), Code::Forbidden);
    assert!(app.officials_of(lea, one.id).await.unwrap().is_empty(), "not before somebody agreed");
    app.approve(leo, question.id).await.unwrap();
    assert_eq!(code(app.approve(leo, question.id).await), Code::WrongState, "only once");
    assert_eq!(code(app.approve(leo, other.id).await), Code::WrongState, "there is a first one by now");
    assert_eq!(code(ask(lea, "Clara").await), Code::WrongState, "Claire invites");
    let claire = app.officials_of(&releaser, one.id).await.unwrap().remove(0);
    assert!(claire.is_administrator && claire.ended_at.is_none());

    assert_eq!(code(app.make_official_link(&releaser, claire.person).await), Code::Forbidden);
    let link = app.make_official_link(lea, claire.person).await.unwrap();
    let caller = enrolled_by(&house, &link, 1).await;
    assert_eq!(caller.roles, [Role::Official]);
    let own = app.enrolled_for(&caller).await.unwrap();
    assert_eq!((own.authority.id, own.official.person), (one.id, claire.person));
    let again = app.make_official_link(lea, claire.person).await;
    assert_eq!(code(again), Code::WrongState, "whoever has a passkey is let in by nobody of the house");
}

#[tokio::test]
async fn an_administrator_invites_colleagues_and_others_do_not() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, lea) = (&house.app, &officers[0]);
    let (one, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let carl = invited(&house, &claire, "Carl", 2).await;
    assert_eq!(app.own_officials(&carl).await.unwrap().len(), 2);
    assert_eq!(app.enrolled_for(&carl).await.unwrap().authority.id, one.id);
    assert_eq!(code(app.invite_colleague(&carl, invitation("Cleo", false)).await), Code::Forbidden);
    assert_eq!(code(app.invite_colleague(lea, invitation("Cleo", false)).await), Code::Forbidden);
    let id = carl.person().unwrap();
    assert_eq!(code(app.make_official_link(lea, id).await), Code::WrongState, "their own administrator does");
    assert_eq!(code(app.end_official(&carl, claire.person().unwrap()).await), Code::Forbidden);

    app.set_administrator(&claire, id, true).await.unwrap();
    let (cleo, _) = app.invite_colleague(&carl, invitation("Cleo", true)).await.unwrap();
    assert!(cleo.is_administrator);
    assert_eq!(code(app.make_official_link(&carl, id).await), Code::SamePerson);
    app.set_administrator(&carl, cleo.person, false).await.unwrap();
    app.set_administrator(&carl, claire.person().unwrap(), false).await.unwrap();
    assert_eq!(code(app.set_administrator(&carl, id, false).await), Code::WrongState, "the last one");
    assert_eq!(code(app.end_official(&carl, id).await), Code::WrongState, "the last one");
}

#[tokio::test]
async fn an_invitation_fits_the_authority() {
    let house = house().await;
    let officers = officers(&house).await;
    let (_, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let wrong: [fn(&mut Invitation); 6] = [
        |new| new.mail = "carl@elsewhere.example".into(),
        |new| new.mail = "carl@mail.justice.example".into(),
        |new| new.mail = "carl@justice.example@evil.example".into(),
        |new| new.mail = "@justice.example".into(),
        |new| new.role = IssuerRole::Judge,
        |new| new.name = "Ca\trl".into(),
    ];
    for change in wrong {
        let mut new = invitation("Carl", false);
        change(&mut new);
        let text = format!("{new:?}");
        assert_eq!(code(house.app.invite_colleague(&claire, new).await), Code::InvalidValue, "{text}");
    }
    let twice = Invitation { mail: "CLAIRE@justice.example".into(), ..invitation("Carl", false) };
    assert_eq!(code(house.app.invite_colleague(&claire, twice).await), Code::NameTaken);
    let (lea, _) = house.app.invite_colleague(&claire, invitation("Lea", false)).await.unwrap();
    assert_eq!(
        lea.name, "Lea (lea@justice.example)",
        "a colleague of the house has the name, and is not told"
    );
}

#[tokio::test]
async fn an_official_of_one_authority_does_nothing_for_another() {
    let house = house().await;
    let officers = officers(&house).await;
    let app = &house.app;
    let (one, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (other, oscar) = administered_by(&house, &officers, "Other", "Oscar", 2).await;
    let (claire_id, oscar_id) = (claire.person().unwrap(), oscar.person().unwrap());
    assert_eq!(code(app.make_official_link(&claire, oscar_id).await), Code::NotFound);
    assert_eq!(code(app.end_official(&claire, oscar_id).await), Code::NotFound);
    assert_eq!(code(app.set_administrator(&claire, oscar_id, false).await), Code::NotFound);
    for own in [(&claire, &one), (&oscar, &other)] {
        let seen = app.own_officials(own.0).await.unwrap();
        assert!(seen.iter().all(|official| official.authority == own.1.id) && seen.len() == 1);
    }
    assert_eq!(code(app.officials_of(&claire, one.id).await), Code::Forbidden);
    assert_eq!(code(app.authority(&claire, one.id).await), Code::Forbidden);
    assert_eq!(code(app.colleagues(&claire).await), Code::Forbidden);
    let stranger = house.person("Rea", Role::Reviewer).await;
    assert_eq!(code(app.enrolled_for(&stranger).await), Code::Forbidden);
    assert_eq!(code(app.own_officials(&stranger).await), Code::Forbidden);
    // A role without an authority behind it opens nothing.
    let pretended = Caller { roles: vec![Role::Official], ..stranger };
    assert_eq!(code(app.own_officials(&pretended).await), Code::Forbidden);
    assert_eq!(app.enrolled_for(&claire).await.unwrap().official.person, claire_id);
}

#[tokio::test]
async fn a_suspended_authority_lets_nobody_in_and_its_officials_do_nothing() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, lea) = (&house.app, &officers[0]);
    let (one, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (carl, _) = app.invite_colleague(&claire, invitation("Carl", false)).await.unwrap();
    let empty = entered(&house, &officers, new("Empty")).await;
    let question =
        app.ask_to_invite_official(lea, empty.id, invitation("Eve", false), "first").await.unwrap();
    app.suspend_authority(lea, one.id, "a stolen mailbox").await.unwrap();
    app.suspend_authority(lea, empty.id, "a stolen mailbox").await.unwrap();
    let refused = [
        code(app.invite_colleague(&claire, invitation("Cleo", false)).await),
        code(app.make_official_link(&claire, carl.person).await),
        code(app.set_administrator(&claire, carl.person, true).await),
        code(app.end_official(&claire, carl.person).await),
        code(app.own_officials(&claire).await),
        code(app.ask_to_invite_official(lea, empty.id, invitation("Eve", false), "first").await),
        code(app.approve(&officers[1], question.id).await),
    ];
    assert!(refused.iter().all(|code| *code == Code::AuthoritySuspended), "{refused:?}");
    assert_eq!(
        app.enrolled_for(&claire).await.unwrap().authority.id,
        one.id,
        "the frame says whose they are"
    );
    app.end_official(lea, carl.person).await.unwrap();
}

/// A link that lies in a stolen mailbox, used while the authority is suspended for that, would outlast the suspension as a passkey.
#[tokio::test]
async fn a_link_of_a_suspended_authority_makes_no_passkey_however_far_it_was_used() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, lea) = (&house.app, &officers[0]);
    let (one, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (_, unused) = app.invite_colleague(&claire, invitation("Carl", false)).await.unwrap();
    let (_, used) = app.invite_colleague(&claire, invitation("Cleo", false)).await.unwrap();
    let session = app.sign_in(used.rsplit('/').next().unwrap(), "Firefox").await.unwrap();
    let signed_in = app.signed_in(&session).await.unwrap();
    let begun = app.begin_enrolment(&signed_in).await.unwrap();
    app.suspend_authority(lea, one.id, "a stolen mailbox").await.unwrap();
    let link = unused.rsplit('/').next().unwrap();
    assert_eq!(code(app.sign_in(link, "Firefox").await), Code::AuthoritySuspended);
    let answer = Authenticator::new(7).make(&begun.options);
    let made = app.finish_enrolment(&signed_in, &begun.ceremony, &answer, "Key").await;
    assert_eq!(code(made), Code::AuthoritySuspended);
    let question = app.ask_to_lift_suspension(lea, one.id, "the mailbox is theirs again").await.unwrap();
    app.approve(&officers[1], question.id).await.unwrap();
    app.sign_in(link, "Firefox").await.unwrap();
}

#[tokio::test]
async fn ending_an_official_ends_their_sessions_and_the_house_may_end_the_last() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, [lea, leo]) = (&house.app, &officers);
    let (one, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (carl, link) = app.invite_colleague(&claire, invitation("Carl", false)).await.unwrap();
    let session = app.sign_in(link.rsplit('/').next().unwrap(), "Firefox").await.unwrap();
    app.end_official(&claire, carl.person).await.unwrap();
    assert_eq!(code(app.signed_in(&session).await), Code::NotSignedIn);
    assert_eq!(code(app.end_official(&claire, carl.person).await), Code::NotFound);
    app.end_official(lea, claire.person().unwrap()).await.unwrap();
    assert_eq!(code(app.enrolled_for(&claire).await), Code::Forbidden, "whatever session is still open");
    assert_eq!(code(app.own_officials(&claire).await), Code::Forbidden);

    // Nobody administers it any more: the house invites again, by two.
    let again = app.ask_to_invite_official(lea, one.id, invitation("Claire", false), "she came back").await;
    app.approve(leo, again.unwrap().id).await.unwrap();
    let names: Vec<_> =
        app.officials_of(lea, one.id).await.unwrap().into_iter().map(|official| official.name).collect();
    assert!(names.contains(&"Claire (claire@justice.example)".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_new_link_has_the_time_of_an_official_begin_anew() {
    let house = house().await;
    let officers = officers(&house).await;
    let (_, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (carl, _) = house.app.invite_colleague(&claire, invitation("Carl", false)).await.unwrap();
    house.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    let seasoned = async |now: Moment| {
        let known = house.app.own_officials(&claire).await.unwrap();
        known.iter().find(|official| official.person == carl.person).unwrap().is_seasoned(now)
    };
    assert!(seasoned(house.app.now()).await);
    house.app.make_official_link(&claire, carl.person).await.unwrap();
    assert!(!seasoned(house.app.now()).await, "whoever gets hold of the link is new");
}

#[tokio::test]
async fn of_a_passkey_made_by_a_link_those_hear_who_keep_the_directory_and_are_led_to_the_authority() {
    let house = house().await;
    let officers = officers(&house).await;
    let admin = house.person("Max", vigie_model::Role::Administrator).await;
    let (authority, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (carl, link) = house.app.invite_colleague(&claire, invitation("Carl", false)).await.unwrap();
    enrolled_by(&house, &link, 2).await;
    let told = async |caller: &Caller| {
        let notices = house.app.notices(caller).await.unwrap().into_iter();
        let by_link = notices.filter(|one| one.kind == vigie_model::alarm::NoticeKind::PasskeyByLink);
        by_link.map(|one| one.subject).collect::<Vec<_>>()
    };
    assert!(told(&officers[0]).await.is_empty(), "a first passkey is no news");
    let link = house.app.make_official_link(&claire, carl.person).await.unwrap();
    enrolled_by(&house, &link, 3).await;
    let about = [format!("authority:{}", authority.id)];
    assert_eq!((told(&officers[0]).await, told(&officers[1]).await), (about.to_vec(), about.to_vec()));
    assert!(told(&admin).await.is_empty(), "the list of people does not show them");
}

#[tokio::test]
async fn letting_somebody_in_takes_a_passkey_used_lately() {
    let house = house().await;
    let officers = officers(&house).await;
    let (_, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let (carl, _) = house.app.invite_colleague(&claire, invitation("Carl", false)).await.unwrap();
    let access =
        AccessSettings { step_up: vigie_model::access::StepUp::Passkey, ..AccessSettings::LINKS_ALONE };
    let strict = house.process_with_access(access).await;
    assert_eq!(code(strict.invite_colleague(&claire, invitation("Cleo", false)).await), Code::StepUpNeeded);
    assert_eq!(code(strict.make_official_link(&claire, carl.person).await), Code::StepUpNeeded);
    assert_eq!(code(strict.set_administrator(&claire, carl.person, true).await), Code::StepUpNeeded);
    strict.end_official(&claire, carl.person).await.unwrap();
}

#[tokio::test]
async fn nobody_of_the_house_makes_an_official_theirs() {
    let house = house().await;
    let officers = officers(&house).await;
    let app = &house.app;
    let (_, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let claire = claire.person().unwrap();
    let ada = house.person("Ada", Role::Administrator).await;
    for caller in [&ada, &Caller::operator()] {
        assert_eq!(code(app.make_sign_in_link(caller, claire).await), Code::InvalidValue, "{}", caller.name);
        assert_eq!(code(app.change_roles(caller, claire, &[Role::Auditor]).await), Code::InvalidValue);
        let listed = app.people(caller).await.unwrap();
        assert!(listed.iter().all(|person| person.id != claire), "officials stand with their authority");
    }
    let asked = app.ask_to_change_roles(&ada, claire, &[Role::Releaser], "why").await;
    assert_eq!(code(asked), Code::InvalidValue);
}

#[tokio::test]
async fn an_official_keeps_their_last_passkey() {
    let house = house().await;
    let officers = officers(&house).await;
    let (_, claire) = administered_by(&house, &officers, "One", "Claire", 1).await;
    let kept = house.app.own_passkeys(&claire).await.unwrap().remove(0);
    let fresh = match claire.kind {
        vigie_model::access::CallerKind::Person { id, session, .. } => Caller {
            kind: vigie_model::access::CallerKind::Person { id, session, fresh: Some(house.app.now()) },
            ..claire
        },
        _ => unreachable!(),
    };
    assert_eq!(code(house.app.remove_own_passkey(&fresh, kept.id).await), Code::WrongState);
}
