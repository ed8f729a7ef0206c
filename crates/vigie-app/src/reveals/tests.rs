//! Looks: in steps, written down first, shown once.

use std::time::Duration;

use vigie_model::Role;
use vigie_model::incident::RevealStep::{Full, Shielded, Soft};

use super::Redeemed;
use crate::Code;
use crate::queue::LEASE;
use crate::tests::desk::{desk, posted};

#[tokio::test]
async fn each_step_follows_the_one_before_and_is_written_down() {
    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let item = house.app.incident(&ada, id).await.unwrap().items[0].item.id;
    house.app.claim(&ada, id).await.unwrap();
    let code =
        async |step| house.app.reveal(&ada, id, &[item], step).await.map_err(|error| error.code()).err();
    assert_eq!(code(Soft).await, Some(Code::WrongState));
    assert_eq!(code(Full).await, Some(Code::WrongState));
    let before = house.rows().await["ledger_entries"].len();
    for step in [Shielded, Soft, Full] {
        assert_eq!(code(step).await, None, "{step}");
    }
    assert_eq!(house.rows().await["ledger_entries"].len(), before + 3);
    house.clock.advance(Duration::from_secs(31 * 60));
    house.app.claim(&ada, id).await.unwrap();
    assert_eq!(code(Full).await, Some(Code::WrongState), "long ago does not count");
    house.clock.advance(LEASE);
    let ben = house.person("Ben", Role::Reviewer).await;
    house.app.claim(&ben, id).await.unwrap();
    let refused = house.app.reveal(&ben, id, &[item], Soft).await.unwrap_err();
    assert_eq!(refused.code(), Code::WrongState, "what another looked at does not count");

    let looks = &house.app.incident(&ben, id).await.unwrap().items[0].reveals;
    assert_eq!(looks.iter().map(|look| look.step).collect::<Vec<_>>(), [Shielded, Soft, Full]);
    assert!(looks.iter().all(|look| Some(look.person) == ada.person() && look.hidden_at.is_none()));
    house.app.hide(&ben, looks[0].id).await.unwrap();
    house.app.hide(&ada, looks[1].id).await.unwrap();
    let looks = &house.app.incident(&ben, id).await.unwrap().items[0].reveals;
    assert_eq!(
        looks.iter().map(|look| look.hidden_at).collect::<Vec<_>>(),
        [None, Some(house.app.now()), None]
    );
}

#[tokio::test]
async fn a_ticket_shows_its_step_once_and_not_for_long() {
    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let item = house.app.incident(&ada, id).await.unwrap().items[0].item.id;
    house.app.claim(&ada, id).await.unwrap();
    let ticket = async |step| {
        let revealed = house.app.reveal(&ada, id, &[item], step).await.unwrap();
        let url = revealed[0].url.clone();
        url.strip_prefix("http://localhost:8421/preview/").expect("the evidence listener").to_owned()
    };
    let mut sides = Vec::new();
    for step in [Shielded, Soft, Full] {
        let ticket = ticket(step).await;
        let redeemed = house.app.redeem_preview(&ticket).await.unwrap();
        assert_eq!(redeemed.step, step);
        assert_eq!(house.app.redeem_preview(&ticket).await.unwrap_err().code(), Code::LinkSpent);
        let preview = house.app.preview_bytes(&redeemed).await.unwrap();
        assert!(preview.png.starts_with(b"\x89PNG"));
        sides.push(preview.width);
    }
    assert!(sides[0] < sides[1] && sides[1] <= sides[2], "{sides:?}");
    let late = ticket(Shielded).await;
    house.clock.advance(Duration::from_secs(61));
    assert_eq!(house.app.redeem_preview(&late).await.unwrap_err().code(), Code::LinkSpent);
    assert_eq!(house.app.redeem_preview("guessed").await.unwrap_err().code(), Code::LinkSpent);
    assert!(!house.rows().await["preview_tickets"].is_empty());
    house.app.forget_tickets().await.unwrap();
    assert!(house.rows().await["preview_tickets"].is_empty());
}

#[tokio::test]
async fn only_items_of_the_incident_are_shown_and_only_to_reviewers() {
    let (house, picture) = desk().await;
    let (ada, eve) = (house.person("Ada", Role::Reviewer).await, house.person("Eve", Role::Auditor).await);
    let (one, two) =
        (posted(&house, "ann", "m1", &picture).await, posted(&house, "bob", "m2", &picture).await);
    let item = house.app.incident(&ada, one).await.unwrap().items[0].item.id;
    for held in [one, two] {
        house.app.claim(&ada, held).await.unwrap();
    }
    assert_eq!(house.app.reveal(&eve, one, &[item], Shielded).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.reveal(&ada, two, &[item], Shielded).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(house.app.reveal(&ada, one, &[], Shielded).await.unwrap_err().code(), Code::InvalidValue);
}

#[tokio::test]
async fn what_cannot_be_drawn_is_said_to_be_so() {
    let (house, _) = desk().await;
    let media = crate::evidence::tests::kept(&house, b"a clip that nobody here decodes").await;
    let redeemed = Redeemed { media, step: Shielded };
    let refused = house.app.preview_bytes(&redeemed).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotPreviewable);
}
