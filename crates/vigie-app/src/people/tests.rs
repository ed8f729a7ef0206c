//! Who gives which role, while the house is being set up and afterwards.

use super::*;
use crate::tests::{House, house};

async fn administrators_of(house: &House) -> [Caller; 2] {
    [house.person("Ada", Role::Administrator).await, house.person("Bo", Role::Administrator).await]
}

async fn id_of(house: &House, name: &str) -> PersonId {
    house.app.person_named(&Caller::operator(), name).await.unwrap().id
}

#[tokio::test]
async fn until_a_second_administrator_is_named_one_gives_every_role() {
    let house = house().await;
    let ada = house.person("Ada", Role::Administrator).await;
    house.app.add_person(&ada, "Rea", &[Role::SeniorReviewer]).await.unwrap();
    assert!(!house.app.takes_second_administrator(&[], &[Role::Administrator]).await.unwrap());
    house.app.add_person(&ada, "Bo", &[Role::Administrator]).await.unwrap();
    assert!(house.app.takes_second_administrator(&[], &[Role::Administrator]).await.unwrap());
}

#[tokio::test]
async fn afterwards_powerful_roles_take_two_administrators_and_others_one() {
    let house = house().await;
    let [ada, bo] = administrators_of(&house).await;
    for role in Role::ALL.iter().filter(|role| role.is_of_the_house()) {
        let name = format!("somebody as {role}");
        for caller in [ada.clone(), Caller::operator()] {
            let added = house.app.add_person(&caller, &format!("{name} by {}", caller.name), &[*role]).await;
            let expected = role.is_powerful().then_some(Code::SecondPersonNeeded);
            assert_eq!(added.map(drop).map_err(|error| error.code()).err(), expected, "{role}");
        }
        if !role.is_powerful() {
            continue;
        }
        let question =
            house.app.ask_to_add_person(&ada, &name, &[*role], "she starts on Monday").await.unwrap();
        assert_eq!(house.app.approve(&ada, question.id).await.unwrap_err().code(), Code::SamePerson);
        house.app.approve(&bo, question.id).await.unwrap();
        let people = house.app.people(&ada).await.unwrap();
        assert_eq!(people.iter().find(|person| person.name == name).unwrap().roles, [*role]);
    }
    let again = house.app.ask_to_add_person(&ada, "Bo", &[Role::Releaser], "why").await.unwrap_err();
    assert_eq!(again.code(), Code::NameTaken);
    let operator = Caller::operator();
    let refused = house.app.ask_to_add_person(&operator, "Eve", &[Role::Releaser], "why").await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden, "the command line asks nobody");
}

#[tokio::test]
async fn more_trust_takes_two_administrators_and_less_is_in_force_at_once() {
    let house = house().await;
    let [ada, bo] = administrators_of(&house).await;
    let eve = house.app.add_person(&ada, "Eve", &[Role::Reviewer]).await.unwrap().id;
    let more = [Role::Reviewer, Role::Releaser];
    let refused = house.app.change_roles(&ada, eve, &more).await.unwrap_err();
    assert_eq!(refused.code(), Code::SecondPersonNeeded);
    let question = house.app.ask_to_change_roles(&ada, eve, &more, "two are needed").await.unwrap();
    house.app.approve(&bo, question.id).await.unwrap();
    assert_eq!(house.app.person_named(&ada, "Eve").await.unwrap().roles, more);
    house.app.change_roles(&ada, eve, &[Role::Releaser, Role::Auditor]).await.unwrap();

    let stale = house.app.ask_to_change_roles(&ada, eve, &[Role::LegalOfficer], "why").await.unwrap();
    house.app.change_roles(&ada, eve, &[Role::Auditor]).await.unwrap();
    assert_eq!(house.app.approve(&bo, stale.id).await.unwrap_err().code(), Code::WrongState);
    assert_eq!(house.app.person_named(&ada, "Eve").await.unwrap().roles, [Role::Auditor]);
}

#[tokio::test]
async fn the_operator_cannot_take_an_administrator_away_to_name_another() {
    let house = house().await;
    let [ada, bo] = administrators_of(&house).await;
    let operator = Caller::operator();
    let (ada_id, bo_id) = (id_of(&house, "Ada").await, id_of(&house, "Bo").await);
    let refused = [
        house.app.end_person(&operator, bo_id).await.unwrap_err(),
        house.app.change_roles(&operator, bo_id, &[Role::Auditor]).await.unwrap_err(),
        house.app.add_person(&operator, "Mal", &[Role::Administrator]).await.map(drop).unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.code() == Code::SecondPersonNeeded), "{refused:?}");

    // A session in wrong hands must be ended at once: an administrator may.
    house.app.end_person(&ada, bo_id).await.unwrap();
    let alone = house.app.add_person(&ada, "Mal", &[Role::Administrator]).await.map(drop).unwrap_err();
    assert_eq!(alone.code(), Code::SecondPersonNeeded, "one alone names nobody");
    let both = [Role::Administrator, Role::Releaser];
    let more = house.app.add_person(&operator, "Mal", &both).await.map(drop).unwrap_err();
    assert_eq!(more.code(), Code::SecondPersonNeeded);
    house.app.add_person(&operator, "Cy", &[Role::Administrator]).await.unwrap();
    assert_eq!(house.app.end_person(&operator, ada_id).await.unwrap_err().code(), Code::SecondPersonNeeded);
    drop(bo);
}

#[tokio::test]
async fn nobody_of_the_house_is_made_an_official() {
    let house = house().await;
    let [ada, _] = administrators_of(&house).await;
    let refused = house.app.add_person(&ada, "Oz", &[Role::Official]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
    let eve = house.app.add_person(&ada, "Eve", &[Role::Reviewer]).await.unwrap().id;
    let refused = house.app.change_roles(&ada, eve, &[Role::Reviewer, Role::Official]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
}
