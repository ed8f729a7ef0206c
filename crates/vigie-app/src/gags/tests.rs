//! Silence from its beginning to what the user reads.

use std::time::Duration;

use vigie_model::Role;
use vigie_model::disclosure::{Instrument, Silence};

use super::*;
use crate::requests::tests::{Desk, desk, instrument};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn silent(desk: &Desk, user: &str, until: Option<Moment>) -> Instrument {
    let silence = Silence { basis: "article 11 CPP".into(), until, text: String::new() };
    Instrument { silence: Some(silence), ..instrument(&desk.house, user) }
}

async fn released(desk: &Desk, instrument: &Instrument) -> RequestId {
    let id = desk.send(instrument).await;
    desk.work().await;
    desk.release(id).await;
    id
}

#[tokio::test]
async fn where_nothing_forbids_it_the_notice_is_prepared_at_release_and_a_person_sends_it() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = released(&desk, &instrument(&desk.house, "u-7")).await;
    let waiting = app.user_notices(&desk.officer, 0).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.request).collect::<Vec<_>>(), [id]);
    let open = app.user_notice(&desk.officer, waiting[0].id).await.unwrap();
    assert_eq!(open.to.1, "u-7");
    for part in ["u-7", "Parquet de Synthèse", "77-1-1", "hone number"] {
        assert!(open.text.en.contains(part), "{part}: {}", open.text.en);
    }
    assert!(open.text.fr.contains("éléphone"), "{}", open.text.fr);
    assert!(!open.text.en.contains("forbade"), "nothing forbade it");
    app.tend().await.unwrap();
    assert_eq!(app.user_notices(&desk.officer, 0).await.unwrap().len(), 1, "no round sends it");
    app.note_user_told(&desk.officer, waiting[0].id).await.unwrap();
    assert!(app.user_notices(&desk.officer, 0).await.unwrap().is_empty());
    let again = app.note_user_told(&desk.officer, waiting[0].id).await.unwrap_err();
    assert_eq!(again.code(), Code::WrongState);
}

#[tokio::test]
async fn while_silence_stands_nothing_is_prepared_and_at_its_end_everything_is() {
    let desk = desk().await;
    let app = &desk.house.app;
    let until = app.now().after(DAY * 30);
    let id = released(&desk, &silent(&desk, "u-7", Some(until))).await;
    app.tend().await.unwrap();
    assert!(app.user_notices(&desk.officer, 0).await.unwrap().is_empty());
    let rows = desk.house.rows().await;
    assert!(rows["user_notices"].is_empty(), "not even a row tells that there is something to tell");
    let StandingGag { gag, request } = app.gags(&desk.officer, 0).await.unwrap().remove(0);
    assert_eq!(request.id, id);
    assert_eq!((gag.request, gag.until, gag.review_at), (id, Some(until), until));
    assert_eq!((gag.basis.as_str(), gag.issuer.as_str()), ("article 11 CPP", "Parquet de Synthèse"));

    desk.house.clock.advance(DAY * 30);
    app.tend().await.unwrap();
    let officer = desk.house.again("Lea").await;
    assert!(app.gags(&officer, 0).await.unwrap().is_empty());
    let waiting = app.user_notices(&officer, 0).await.unwrap();
    assert_eq!(waiting.len(), 1);
    let open = app.user_notice(&officer, waiting[0].id).await.unwrap();
    assert!(open.text.en.contains("the law forbade us to tell you (article 11 CPP)"), "{}", open.text.en);
    assert!(open.text.fr.contains("la loi nous interdisait"), "{}", open.text.fr);
    let notices = app.notices(&officer).await.unwrap();
    assert!(notices.iter().any(|notice| notice.kind == NoticeKind::UserNoticeReady));
    app.tend().await.unwrap();
    assert_eq!(app.user_notices(&officer, 0).await.unwrap().len(), 1, "once");
}

#[tokio::test]
async fn silence_without_an_end_is_looked_at_again_and_renewed_or_ended_by_a_document() {
    let desk = desk().await;
    let app = &desk.house.app;
    let begun = app.now();
    let id = released(&desk, &silent(&desk, "u-7", None)).await;
    let auditor = desk.house.person("Aud", Role::Auditor).await;
    let figures = app.gag_figures(&auditor).await.unwrap();
    assert_eq!((figures.standing, figures.endless, figures.oldest), (1, 1, Some(begun)));
    desk.house.clock.advance(DAY * 89);
    app.tend().await.unwrap();
    let officer = desk.house.again("Lea").await;
    let reviews = |notices: Vec<vigie_model::alarm::Notice>| {
        notices.iter().filter(|one| one.kind == NoticeKind::GagReview).count()
    };
    assert_eq!(reviews(app.notices(&officer).await.unwrap()), 0);
    desk.house.clock.advance(DAY);
    app.tend().await.unwrap();
    app.tend().await.unwrap();
    let officer = desk.house.again("Lea").await;
    assert_eq!(reviews(app.notices(&officer).await.unwrap()), 1, "people hear of it once");
    assert!(app.user_notices(&officer, 0).await.unwrap().is_empty(), "and nothing ends by itself");

    let mut renewal = Renewal {
        basis: "article 11 CPP".into(),
        issuer: "Juge d'instruction".into(),
        until: Some(app.now()),
        text: "Ordonnance du 3 mars".into(),
    };
    let passed = app.renew_gag(&officer, id, &renewal).await.unwrap_err();
    assert_eq!(passed.code(), Code::InvalidValue);
    renewal.until = Some(app.now().after(DAY * 10));
    app.renew_gag(&officer, id, &renewal).await.unwrap();
    let gag = app.gag(&officer, id).await.unwrap().unwrap();
    assert_eq!((gag.began_at, gag.until, gag.issuer.as_str()), (begun, renewal.until, "Juge d'instruction"));
    let unreasoned = app.end_gag(&officer, id, " ").await.unwrap_err();
    assert_eq!(unreasoned.code(), Code::InvalidValue);
    app.end_gag(&officer, id, "main levée du 4 mars").await.unwrap();
    assert_eq!(app.user_notices(&officer, 0).await.unwrap().len(), 1);
    assert_eq!(app.end_gag(&officer, id, "again").await.unwrap_err().code(), Code::WrongState);
    let letters = app.request(&officer, id).await.unwrap().letters;
    let kept: Vec<_> = letters.iter().filter(|one| one.letter.kind == "silence").collect();
    assert_eq!(kept.len(), 2, "both documents are in the file");
}

/// However a notice came to be there: while silence stands it is not listed, not counted, not opened and not sent.
#[tokio::test]
async fn a_notice_is_not_there_while_silence_stands_about_its_request() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = released(&desk, &instrument(&desk.house, "u-7")).await;
    let other = Instrument { reference: "PV 2".into(), ..instrument(&desk.house, "u-8") };
    let other = released(&desk, &Instrument { nonce: "another-nonce-000002".into(), ..other }).await;
    let [notice, ..] = &app.user_notices_of(&desk.officer, id).await.unwrap()[..] else { panic!("one") };
    assert_eq!((notice.request, notice.number, notice.reference.as_str()), (id, 1, "PV 2026/118"));
    assert_eq!(app.waiting_user_notices(&desk.officer).await.unwrap(), 2);
    let gag = Gag {
        request: id,
        basis: "article 11 CPP".into(),
        issuer: "a court".into(),
        began_at: app.now(),
        until: None,
        review_at: app.now().after(DAY),
        told_at: None,
        ended_at: None,
        accounts: None,
    };
    let mut tx = app.store.begin().await.unwrap();
    gags::begin(&mut tx, &gag).await.unwrap();
    tx.commit(&Details::new(&Caller::system(), "test.gagged", "test", app.now())).await.unwrap();
    let listed = app.user_notices(&desk.officer, 0).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.request).collect::<Vec<_>>(), [other]);
    assert_eq!(app.waiting_user_notices(&desk.officer).await.unwrap(), 1);
    assert!(app.user_notices_of(&desk.officer, id).await.unwrap().is_empty());
    assert_eq!(app.user_notice(&desk.officer, notice.id).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(app.note_user_told(&desk.officer, notice.id).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn where_the_authority_informs_the_house_prepares_nothing() {
    let desk = desk().await;
    let app = &desk.house.app;
    let order = Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        ..silent(&desk, "u-7", None)
    };
    let id = released(&desk, &order).await;
    desk.house.clock.advance(DAY * 400);
    app.tend().await.unwrap();
    let officer = desk.house.again("Lea").await;
    assert!(app.gag(&officer, id).await.unwrap().is_none());
    assert!(app.user_notices(&officer, 0).await.unwrap().is_empty());
    assert!(desk.house.rows().await["user_notices"].is_empty());
}

#[tokio::test]
async fn silence_and_notices_are_of_the_legal_desk_alone() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = released(&desk, &silent(&desk, "u-7", None)).await;
    for role in [Role::Reviewer, Role::SeniorReviewer, Role::Administrator, Role::Auditor] {
        let other = desk.house.person(&format!("Other {role}"), role).await;
        assert_eq!(app.gags(&other, 0).await.unwrap_err().code(), Code::Forbidden, "{role}");
        assert_eq!(app.gag(&other, id).await.unwrap_err().code(), Code::Forbidden, "{role}");
        assert_eq!(app.user_notices(&other, 0).await.unwrap_err().code(), Code::Forbidden, "{role}");
        assert_eq!(app.end_gag(&other, id, "no").await.unwrap_err().code(), Code::Forbidden, "{role}");
    }
}
