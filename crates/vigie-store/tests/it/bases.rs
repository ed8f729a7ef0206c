//! Detection bases.

use vigie_model::surface::{DetectionBasis, Technique};
use vigie_model::{Moment, Surface};
use vigie_store::bases;

use crate::house::{House, START, commit};

pub(crate) fn basis(house: &House, surface: Surface, version: i64) -> DetectionBasis {
    DetectionBasis {
        id: house.id(),
        surface,
        version,
        legal_ground: "Regulation (EU) 2022/2065, Article 7".into(),
        valid_from: START,
        valid_until: None,
        techniques: vec![Technique::ExactDigest, Technique::PerceptualHash],
        assessment_reference: "assessment 4".into(),
        history: true,
    }
}

pub(crate) async fn versions_count_up_and_entering_ends_what_held(house: &House) {
    let surface = Surface::PublicGroup;
    let first = basis(house, surface, 1);
    let second = DetectionBasis {
        valid_from: Moment(START.0 + 10),
        techniques: vec![Technique::ExactDigest],
        history: false,
        ..basis(house, surface, 2)
    };
    let other = basis(house, Surface::Profile, 1);

    let mut tx = house.begin().await;
    assert_eq!(bases::newest_version(&mut tx, surface).await.unwrap(), 0);
    bases::insert(&mut tx, &first).await.unwrap();
    bases::insert(&mut tx, &other).await.unwrap();
    commit(tx).await;

    let mut tx = house.begin().await;
    assert_eq!(bases::newest_version(&mut tx, surface).await.unwrap(), 1);
    assert_eq!(bases::end(&mut tx, surface, second.valid_from).await.unwrap(), 1);
    bases::insert(&mut tx, &second).await.unwrap();
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    let ended = DetectionBasis { valid_until: Some(second.valid_from), ..first };
    assert_eq!(bases::list(&mut reader).await.unwrap(), [other, second.clone(), ended]);
    assert_eq!(bases::find(&mut reader, second.id).await.unwrap(), Some(second.clone()));

    let mut tx = house.begin().await;
    let twice = DetectionBasis { id: house.id(), ..second };
    assert!(bases::insert(&mut tx, &twice).await.unwrap_err().is_duplicate());
}
