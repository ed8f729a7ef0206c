//! Sessions: their list and their end.

use vigie_model::Role;

use super::*;
use crate::tests::{House, house};

async fn another(house: &House, person: PersonId) -> (String, SignedIn) {
    let link = house.app.make_sign_in_link(&Caller::operator(), person).await.unwrap();
    let secret = house.app.sign_in(link.rsplit('/').next().unwrap(), "Firefox on a train").await.unwrap();
    let signed_in = house.app.signed_in(&secret).await.unwrap();
    (secret, signed_in)
}

async fn is_refused(house: &House, secret: &str) -> bool {
    house.app.signed_in(secret).await.is_err_and(|error| error.code() == Code::NotSignedIn)
}

#[tokio::test]
async fn own_sessions_are_listed_and_a_revoked_one_is_refused_at_its_next_request() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let ben = house.person("Ben", Role::Reviewer).await;
    let id = ada.person().unwrap();
    let (second, signed_in) = another(&house, id).await;
    let (third, _) = another(&house, id).await;
    let listed = house.app.own_sessions(&signed_in.caller).await.unwrap();
    assert_eq!(listed.iter().filter(|session| session.agent == "Firefox on a train").count(), 2);
    assert_eq!(listed.len(), 3);

    let (_, of_second) = in_session(&signed_in.caller).unwrap();
    let refused = house.app.revoke_own_session(&ben, of_second).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "it is not Ben's");
    house.app.revoke_own_session(&ada, of_second).await.unwrap();
    assert!(is_refused(&house, &second).await);
    assert!(!is_refused(&house, &third).await);
    house.app.revoke_other_sessions(&ada).await.unwrap();
    assert!(is_refused(&house, &third).await);
    assert_eq!(house.app.own_sessions(&ada).await.unwrap().len(), 1);

    house.clock.advance(IDLE_LIMIT);
    assert!(house.app.own_sessions(&ada).await.unwrap().is_empty(), "what nobody uses has ended");
}

#[tokio::test]
async fn an_administrator_ends_sessions_of_others() {
    let house = house().await;
    let max = house.person("Max", Role::Administrator).await;
    let id = house.person("Ada", Role::Reviewer).await.person().unwrap();
    let (one, signed_in) = another(&house, id).await;
    let (two, _) = another(&house, id).await;
    let (_, session) = in_session(&signed_in.caller).unwrap();
    let refused = house.app.revoke_session_of(&signed_in.caller, id, session).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert!(house.app.sessions_of(&signed_in.caller, id).await.is_err());
    house.app.revoke_session_of(&max, id, session).await.unwrap();
    assert!(is_refused(&house, &one).await && !is_refused(&house, &two).await);
    assert_eq!(house.app.sessions_of(&max, id).await.unwrap().len(), 2);
    house.app.revoke_sessions_of(&max, id).await.unwrap();
    assert!(is_refused(&house, &two).await);
}

#[tokio::test]
async fn sessions_end_with_the_roles_they_had_and_with_the_access() {
    let house = house().await;
    let id = house.person("Ada", Role::Reviewer).await.person().unwrap();
    let (secret, _) = another(&house, id).await;
    house.app.change_roles(&Caller::operator(), id, &[Role::Auditor]).await.unwrap();
    assert!(is_refused(&house, &secret).await);
    let (secret, _) = another(&house, id).await;
    house.app.end_person(&Caller::operator(), id).await.unwrap();
    assert!(is_refused(&house, &secret).await);
}
