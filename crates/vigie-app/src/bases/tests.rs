//! Bases over time, over processes, and for whom.

use std::time::Duration;

use proptest::prelude::*;
use vigie_model::Role;

use super::*;
use crate::tests::{House, house};

fn new(surface: Surface) -> NewBasis {
    NewBasis {
        surface,
        legal_ground: "Regulation (EU) 2021/1232, Article 3".into(),
        valid_from: None,
        valid_until: None,
        techniques: vec![Technique::ExactDigest],
        assessment_reference: "assessment 7".into(),
        history: false,
    }
}

async fn holds(app: &App, surface: Surface) -> Option<i64> {
    app.holding_basis(surface).await.unwrap().map(|basis| basis.version)
}

/// Enters a basis, by two people where it takes two.
pub(crate) async fn entered(house: &House, new: NewBasis) {
    let name = |role: &str| format!("{role} of {} {}", new.surface, house.app.now().0);
    let dan = house.person(&name("Dan"), Role::DataProtectionOfficer).await;
    let lea = house.person(&name("Lea"), Role::LegalOfficer).await;
    if let Entered::Asked(question) = house.app.enter_basis(&dan, new, "for this test").await.unwrap() {
        house.app.approve(&lea, question.id).await.unwrap();
    }
}

async fn officer(house: &House) -> Caller {
    house.person("Dan", Role::DataProtectionOfficer).await
}

#[tokio::test]
async fn at_the_first_start_public_surfaces_have_a_basis_and_private_ones_none() {
    let house = house().await;
    for surface in Surface::ALL {
        assert_eq!(holds(&house.app, *surface).await, None, "before the first start");
    }
    house.app.enter_default_bases().await.unwrap();
    house.app.enter_default_bases().await.unwrap();
    for surface in Surface::ALL {
        assert_eq!(holds(&house.app, *surface).await, (!surface.is_private()).then_some(1), "{surface}");
    }
    let dan = officer(&house).await;
    let page = house.app.bases(&dan).await.unwrap();
    assert_eq!(page.len(), Surface::ALL.len());
    assert!(page.iter().all(|one| one.holding.as_ref().is_none_or(|basis| !basis.history)), "history is off");
}

#[tokio::test]
async fn what_an_operator_ended_does_not_come_back_at_the_next_start() {
    let house = house().await;
    house.app.enter_default_bases().await.unwrap();
    let dan = officer(&house).await;
    house.app.end_basis(&dan, Surface::Profile, "not wanted").await.unwrap();
    house.app.enter_default_bases().await.unwrap();
    assert_eq!(holds(&house.app, Surface::Profile).await, None);
    let again = house.app.end_basis(&dan, Surface::Profile, "not wanted").await;
    assert_eq!(again.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn another_process_sees_a_change_within_a_second() {
    let house = house().await;
    let other = house.second_process().await;
    let dan = officer(&house).await;
    assert_eq!(holds(&other, Surface::PrivateGroup).await, None);
    entered(&house, new(Surface::PrivateGroup)).await;
    assert_eq!(holds(&house.app, Surface::PrivateGroup).await, Some(1), "our own change is seen at once");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(holds(&other, Surface::PrivateGroup).await, Some(1));
    house.app.end_basis(&dan, Surface::PrivateGroup, "over").await.unwrap();
    assert_eq!(holds(&house.app, Surface::PrivateGroup).await, None);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(holds(&other, Surface::PrivateGroup).await, None);
}

#[tokio::test]
async fn a_basis_holds_from_its_beginning_to_its_end() {
    let house = house().await;
    let hour = Duration::from_secs(3_600);
    let now = house.app.now();
    let later = NewBasis {
        valid_from: Some(now.after(hour)),
        valid_until: Some(now.after(2 * hour)),
        ..new(Surface::PublicGroup)
    };
    entered(&house, new(Surface::PublicGroup)).await;
    let dan = officer(&house).await;
    assert!(matches!(house.app.enter_basis(&dan, later, "second").await.unwrap(), Entered::Now(_)));
    assert_eq!(holds(&house.app, Surface::PublicGroup).await, Some(1));
    house.clock.advance(hour);
    assert_eq!(holds(&house.app, Surface::PublicGroup).await, Some(2));
    house.clock.advance(hour);
    assert_eq!(holds(&house.app, Surface::PublicGroup).await, None, "the first does not come back");
}

#[tokio::test]
async fn a_basis_is_entered_by_who_may_and_as_it_must_be() {
    let house = house().await;
    let dan = officer(&house).await;
    let rea = house.person("Rea", Role::SeniorReviewer).await;
    let refused = house.app.enter_basis(&rea, new(Surface::DirectMessage), "why not").await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);

    let now = house.app.now();
    let good = || new(Surface::DirectMessage);
    for (wrong, reason) in [
        (NewBasis { legal_ground: " ".into(), ..good() }, "why"),
        (NewBasis { assessment_reference: String::new(), ..good() }, "why"),
        (NewBasis { techniques: vec![], ..good() }, "why"),
        (NewBasis { valid_from: Some(Moment(now.0 - 1)), ..good() }, "why"),
        (NewBasis { valid_until: Some(now), ..good() }, "why"),
        (good(), " "),
    ] {
        let refused = house.app.enter_basis(&dan, wrong, reason).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidValue);
    }
    assert_eq!(holds(&house.app, Surface::DirectMessage).await, None);
}

#[tokio::test]
async fn what_lets_more_be_examined_takes_two_people_and_what_lets_less_does_not() {
    let house = house().await;
    house.app.enter_default_bases().await.unwrap();
    let dan = officer(&house).await;
    let lea = house.person("Lea", Role::LegalOfficer).await;
    let rea = house.person("Rea", Role::SeniorReviewer).await;
    let narrow = || new(Surface::PublicGroup);
    let until = Some(house.app.now().after(Duration::from_secs(9_000)));
    let limited = NewBasis { valid_until: until, ..narrow() };
    assert!(matches!(house.app.enter_basis(&dan, limited, "less").await.unwrap(), Entered::Now(_)));
    assert_eq!(holds(&house.app, Surface::PublicGroup).await, Some(2));
    let wider = [
        new(Surface::DirectMessage),
        narrow(),
        NewBasis { valid_until: until.map(|until| Moment(until.0 + 1)), ..narrow() },
        NewBasis { valid_until: until, history: true, ..narrow() },
        NewBasis { valid_until: until, techniques: Technique::ALL.to_vec(), ..narrow() },
    ];
    for new in wider {
        let surface = new.surface;
        let before = holds(&house.app, surface).await;
        let asked = house.app.enter_basis(&dan, new.clone(), "more").await.unwrap();
        let Entered::Asked(question) = asked else { panic!("nobody was asked about {new:?}") };
        assert_eq!(holds(&house.app, surface).await, before, "not before somebody agreed");
        assert_eq!(house.app.approve(&rea, question.id).await.unwrap_err().code(), Code::Forbidden);
        assert_eq!(house.app.approve(&dan, question.id).await.unwrap_err().code(), Code::SamePerson);
        house.app.refuse(&lea, question.id).await.unwrap();
        assert_eq!(holds(&house.app, surface).await, before);
    }
    house.app.end_basis(&dan, Surface::Profile, "not wanted").await.unwrap();
    let again = house.app.enter_basis(&dan, new(Surface::Profile), "wanted again").await.unwrap();
    let Entered::Asked(question) = again else { panic!("from nothing to something is more") };
    house.app.approve(&lea, question.id).await.unwrap();
    assert_eq!(holds(&house.app, Surface::Profile).await, Some(2));
}

#[tokio::test]
async fn a_basis_that_would_have_ended_before_the_answer_is_not_entered() {
    let house = house().await;
    let dan = officer(&house).await;
    let (now, hour) = (house.app.now(), Duration::from_secs(3_600));
    let brief = NewBasis { valid_until: Some(now.after(hour)), ..new(Surface::DirectMessage) };
    let planned = NewBasis { valid_from: Some(now.after(hour / 2)), ..new(Surface::PrivateGroup) };
    let mut questions = vec![];
    for new in [brief, planned] {
        let Entered::Asked(question) = house.app.enter_basis(&dan, new, "why").await.unwrap() else {
            panic!()
        };
        questions.push(question.id);
    }
    house.clock.advance(hour);
    let lea = house.person("Lea", Role::LegalOfficer).await;
    assert_eq!(house.app.approve(&lea, questions[0]).await.unwrap_err().code(), Code::WrongState);
    house.app.approve(&lea, questions[1]).await.unwrap();
    assert_eq!(holds(&house.app, Surface::PrivateGroup).await, Some(1), "it begins with the answer");
}

proptest! {
    /// Whatever was entered, what holds is a basis of this surface that holds now, and no newer one does.
    #[test]
    fn the_newest_that_holds_is_the_one(
        spans in proptest::collection::vec((any::<bool>(), 0..20i64, proptest::option::of(0..20i64)), 0..8),
        now in 0..20i64,
    ) {
        let all: Vec<_> = (1..).zip(spans).map(|(version, (ours, from, until))| DetectionBasis {
            id: BasisId(uuid::Uuid::from_u128(version as u128)),
            surface: if ours { Surface::PublicGroup } else { Surface::Profile },
            version,
            legal_ground: String::new(),
            valid_from: Moment(from),
            valid_until: until.map(Moment),
            techniques: vec![],
            assessment_reference: String::new(),
            history: false,
        }).collect();
        let now = Moment(now);
        let found = holding(&all, Surface::PublicGroup, now);
        let fits = |basis: &&DetectionBasis| basis.surface == Surface::PublicGroup && basis.holds_at(now);
        prop_assert!(found.iter().all(fits));
        let newest = all.iter().filter(fits).map(|basis| basis.version).max();
        prop_assert_eq!(found.map(|basis| basis.version), newest);
    }
}
