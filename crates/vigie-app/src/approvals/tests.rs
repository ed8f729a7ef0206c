//! Questions that were tampered with, or never asked.

use vigie_model::Role;

use super::*;
use crate::tests::house;

#[tokio::test]
async fn a_question_whose_parameters_were_altered_is_not_performed() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let mut question = house.app.propose_bank(&ada, crate::tests::bank(), "new list").await.unwrap();
    assert!(act_of(&question).is_ok());
    question.parameters = question.parameters.replace("\"distance\":31", "\"distance\":63");
    assert_eq!(act_of(&question).unwrap_err().code(), Code::ApprovalAltered);
}

#[tokio::test]
async fn a_question_that_was_never_asked_is_not_found() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let unknown = ApprovalId(uuid::Uuid::from_u128(404));
    assert_eq!(house.app.approve(&ada, unknown).await.unwrap_err().code(), Code::NotFound);
}
