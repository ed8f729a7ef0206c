//! What comes after a request: documents that follow it, forms that a clerk puts to it, signed documents that are carried in, and
//! its end.

use http::{StatusCode, header};
use vigie_model::Role;
use vigie_model::disclosure::{Emergency, EmergencyGround, INSTRUMENT_TYPE, Instrument, RequestKind};
use vigie_seal::envelope::Envelope;
use vigie_seal::note::{Kind, SignerKey};

use crate::desk::requisition;
use crate::house::House;
use crate::walks::check_page;

/// What has data kept.
fn preservation(house: &House) -> Instrument {
    Instrument {
        regime: "eu-epoc-pr".into(),
        kind: RequestKind::Preservation,
        reference: "2026/090-P".into(),
        legal_bases: vec!["2023/1543".into()],
        ..requisition(house)
    }
}

/// A form that continues a request, with something in it that nobody knows.
fn form(which: u8, earlier: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<EPOC-PR-FORM-{which} xmlns="http://data.europa.eu/edm/1/ns/forms/EPOC-PR-FORM-{which}#" xmlns:epoc="http://data.europa.eu/edm/1/ns/epoc" xmlns:eio="http://data.europa.eu/edm/1/ns/eio">
  <SectionA><IssuingState>FR</IssuingState><eio:FileReference>2026/118-A</eio:FileReference></SectionA>
  <SectionC><FileReferenceOfEarlierRequest>{earlier}</FileReferenceOfEarlierRequest></SectionC>
  <SectionD><epoc:Type>PUBLIC_PROSECUTOR</epoc:Type><epoc:IssuingAndContactAuthority><epoc:IssuingAuthority>
    <eio:AuthorityTechnicalIdentifier><eio:Country>FR</eio:Country></eio:AuthorityTechnicalIdentifier>
    <eio:NameOfAuthority>Parquet de &lt;Synthèse&gt;</eio:NameOfAuthority>
  </epoc:IssuingAuthority></epoc:IssuingAndContactAuthority></SectionD>
  <epoc:Mood>most &lt;urgent&gt;</epoc:Mood>
</EPOC-PR-FORM-{which}>
"#
    )
}

/// A document at the clerk's page, with what stood in its fields.
fn typed<'a>(act: &'a str, document: &'a str) -> [(&'a str, &'a str); 5] {
    let fields = [("value-0", "u-typed"), ("facts", "What <I> typed"), ("reference", "PV 1")];
    let [value, facts, reference] = fields;
    [("act", act), ("original", document), value, facts, reference]
}

#[tokio::test]
async fn a_document_that_follows_is_taken_where_it_fits_and_refused_by_name_where_it_does_not() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let id = house.enter(&clerk, preservation(&house)).await;
    house.call_back(id, (&clerk, &releaser)).await;
    let path = format!("/requests/{id}");
    let page = lea.look(&path).await.text;
    for kind in ["extension", "production_announced", "preservation_ended"] {
        assert!(page.contains(&format!(r#"name="follow" value="{kind}""#)), "{kind}: {page}");
    }
    assert!(!page.contains(r#"name="follow" value="recognised""#) && !page.contains("follow-due"), "{page}");
    for language in ["en", "fr"] {
        lea.language = language;
        check_page(&lea.look(&path).await, &path, language);
    }
    lea.language = "en";
    assert!(!rui.look(&path).await.text.contains("/follow"), "a releaser takes no document");
    let form = "follow=extension&follow-text=Form+%3C6%3E+of+3+November";
    assert_eq!(rui.post(&format!("{path}/follow"), form).await.status, StatusCode::FORBIDDEN);

    let unchosen = lea.post(&format!("{path}/follow"), "follow-text=Something+%3Csaid%3E").await.text;
    assert!(unchosen.contains("choose what the document says"), "{unchosen}");
    assert!(unchosen.contains(">Something &#60;said&#62;</textarea>"), "{unchosen}");
    let unsaid = lea.post(&format!("{path}/follow"), "follow=extension&follow-text=").await.text;
    assert!(unsaid.contains("invalid_value") && unsaid.contains(r#"value="extension" checked"#), "{unsaid}");
    let unfit = lea.post(&format!("{path}/follow"), "follow=recognised&follow-text=It+is").await.text;
    assert!(unfit.contains("wrong_state") && unfit.contains("nothing of the kind is expected"), "{unfit}");

    let taken = lea.post(&format!("{path}/follow"), form).await;
    assert_eq!(taken.header(header::LOCATION), format!("{path}?done=request-followed"), "{}", taken.text);
    let page = lea.look(&path).await.text;
    for shown in ["Extension of the preservation", "Form &#60;6&#62; of 3 November", "request.extension"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains(r#"name="follow" value="extension""#), "it happens once");
    let again = lea.post(&format!("{path}/follow"), form).await.text;
    assert!(again.contains("extended_before") && again.contains("3 November</textarea>"), "{again}");
    lea.post(&format!("{path}/follow"), "follow=preservation_ended&follow-text=It+is+over").await;
    house.work().await;
    assert!(lea.look(&path).await.text.contains("End of the preservation"));
}

#[tokio::test]
async fn another_time_is_set_where_a_transmission_is_due() {
    let house = House::open().await;
    let (mut lea, clerk) = house.colleague("Lea", Role::LegalOfficer).await;
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "A child".into(), validation_follows: true };
    let asked = Instrument {
        regime: "emergency".into(),
        emergency: Some(emergency),
        legal_bases: vec![],
        ..requisition(&house)
    };
    let id = house.enter(&clerk, asked).await;
    let path = format!("/requests/{id}");
    let page = lea.look(&path).await.text;
    assert!(
        page.contains("follow-due") && page.contains("a second person of the authority reached"),
        "{page}"
    );
    let text = "follow=new_deadline&follow-text=By+noon&follow-due=";
    for (due, why) in [("", "name the time"), ("noon", "no date"), ("2020-01-01T12:00", "name the time")] {
        let refused = lea.post(&format!("{path}/follow"), &format!("{text}{due}")).await.text;
        assert!(refused.contains("invalid_value") && refused.contains(why), "{due}: {refused}");
    }
    lea.post(&format!("{path}/follow"), &format!("{text}2026-12-24T12:00")).await;
    let page = lea.look(&path).await.text;
    assert!(page.contains("24\u{a0}Dec\u{a0}2026, 12:00 UTC") && page.contains("Another time set"), "{page}");
}

#[tokio::test]
async fn a_request_is_closed_once_nothing_more_is_expected() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "A child".into(), validation_follows: true };
    let asked = Instrument {
        regime: "emergency".into(),
        emergency: Some(emergency),
        legal_bases: vec![],
        ..requisition(&house)
    };
    let id = house.enter(&clerk, asked).await;
    let (path, close) = (format!("/requests/{id}"), format!("/requests/{id}/close"));
    let early = lea.post(&close, "").await.text;
    assert!(early.contains("wrong_state"), "{early}");
    house.release(id, (&clerk, &releaser)).await;
    house.app.publish_ledger().await.unwrap();
    assert!(!lea.look(&path).await.text.contains("a second person of the authority reached"), "a call has");
    lea.post(&format!("{path}/release/package"), "").await;
    let page = lea.look(&path).await.text;
    assert!(!page.contains(&close) && page.contains(r#"name="follow" value="validation""#), "{page}");
    let expected = lea.post(&close, "").await.text;
    assert!(expected.contains("wrong_state") && expected.contains("something is expected"), "{expected}");

    lea.post(&format!("{path}/follow"), "follow=validation&follow-text=The+order+of+a+judge").await;
    assert!(lea.look(&path).await.text.contains(&format!(r#"href="{close}""#)));
    for language in ["fr", "en"] {
        lea.language = language;
        check_page(&lea.look(&close).await, &close, language);
    }
    let confirm = lea.look(&close).await.text;
    assert!(confirm.contains("nothing opens it again") && confirm.contains(&format!(r#"action="{close}""#)));
    for refused in [rui.get(&close).await, rui.post(&close, "").await] {
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    assert!(!lea.look("/requests?list=closed").await.text.contains("Request 1"), "a look closes nothing");
    let closed = lea.post(&close, "").await;
    assert_eq!(closed.header(header::LOCATION), format!("{path}?done=request-closed"), "{}", closed.text);
    assert!(lea.look("/requests?list=closed").await.text.contains("Request 1"));
    assert!(!lea.look(&path).await.text.contains(&close));
}

#[tokio::test]
async fn a_form_that_continues_a_preservation_is_put_to_it_with_what_could_not_be_read() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let id = house.enter(&clerk, preservation(&house)).await;
    house.call_back(id, (&clerk, &releaser)).await;
    let sixth = form(6, "2026/090-P");
    let read = lea.upload("/requests/new", &typed("read", &sixth)).await;
    check_page(&read, "/requests/new", "en");
    for shown in [
        "The preservation is extended",
        "Put it to its request",
        "/EPOC-PR-FORM-6/Mood",
        "most &#60;urgent&#62;",
        r#"value="u-typed""#,
        "What &#60;I&#62; typed",
        "Number given by the authority: PV 1",
        r#"value="2026/118-A""#,
    ] {
        assert!(read.text.contains(shown), "{shown}: {}", read.text);
    }

    let nameless = sixth.replace("<eio:FileReference>2026/118-A</eio:FileReference>", "");
    for (document, why) in [
        ("<a>\n  <b>\n</a>", "line 3, column 1"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>", "document type"),
        ("<a xmlns=\"urn:x\"/>", "namespace of the root"),
        (&*nameless, "FileReference"),
    ] {
        for act in ["read", "follow"] {
            let parts = typed(act, document);
            let refused = lea.upload("/requests/new", &parts).await.text;
            assert!(refused.contains("request_unreadable") && refused.contains(why), "{why}: {refused}");
            assert!(refused.contains(r#"value="u-typed""#) && refused.contains("It stays with this form"));
        }
    }
    let unknown = form(6, "of nobody");
    let parts = typed("follow", &unknown);
    let unmet = lea.upload("/requests/new", &parts).await.text;
    assert!(unmet.contains("wrong_state") && unmet.contains("bears that reference"), "{unmet}");
    assert!(unmet.contains(r#"value="u-typed""#), "{unmet}");
    let missing = lea.upload("/requests/new", &[("act", "follow"), ("facts", "kept")]).await.text;
    assert!(missing.contains("Choose the original document") && missing.contains(">kept</textarea>"));

    let parts = typed("follow", &sixth);
    assert_eq!(rui.upload("/requests/new", &parts).await.status, StatusCode::FORBIDDEN);
    let taken = lea.upload("/requests/new", &parts).await;
    let path = format!("/requests/{id}");
    assert_eq!(taken.header(header::LOCATION), format!("{path}?done=request-followed"), "{}", taken.text);
    let page = lea.look(&path).await.text;
    for shown in ["Extension of the preservation", "extension of 2026/118-A", "Mood", "most &#60;urgent&#62;"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let document = format!("{path}/documents/2");
    assert!(page.contains(&document), "{page}");
    let kept = lea.post(&document, "").await;
    assert_eq!(kept.text, sixth, "every byte of it");
    assert!(kept.header("content-disposition").starts_with("attachment"));
    assert_eq!(rui.post(&document, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(lea.post(&format!("{path}/documents/9"), "").await.status, StatusCode::NOT_FOUND);
    let again = lea.upload("/requests/new", &parts).await.text;
    assert!(again.contains("extended_before"), "{again}");
    let fifth = form(5, "2026/090-P");
    let parts = typed("follow", &fifth);
    lea.upload("/requests/new", &parts).await;
    assert!(lea.look(&path).await.text.contains("Production announced"));
}

fn signed(instrument: &Instrument, key: &SignerKey) -> String {
    let payload = serde_json::to_vec(instrument).unwrap();
    String::from_utf8(Envelope::sign(INSTRUMENT_TYPE, payload, key).to_bytes()).unwrap()
}

#[tokio::test]
async fn a_signed_document_that_was_carried_in_is_known_by_its_signature_and_otherwise_entered_as_paper() {
    let house = House::open().await;
    let (mut lea, clerk) = house.colleague("Lea", Role::LegalOfficer).await;
    let (mut rui, _) = house.colleague("Rui", Role::Releaser).await;
    let (_, officer) = house.colleague("Dee", Role::DataProtectionOfficer).await;
    let key = SignerKey::from_seed("parquet.example/unit", Kind::Note, &[3; 32]).unwrap();
    let forger = SignerKey::from_seed("forger.example/unit", Kind::Note, &[4; 32]).unwrap();
    house.enter_authority_signing((&clerk, &officer), Some(key.verifier().to_string())).await;
    let instrument = Instrument { nonce: "a-nonce-of-this-test".into(), ..requisition(&house) };
    let document = signed(&instrument, &key);
    let read = lea.upload("/requests/new", &[("act", "read"), ("original", &document)]).await.text;
    assert!(read.contains("The document is signed") && read.contains(r#"value="u-7""#), "{read}");
    let other =
        lea.upload("/requests/new", &[("act", "read"), ("original", "{}"), ("signed", "yes")]).await.text;
    assert!(!other.contains("The document is signed"), "that was said of another document: {other}");

    let forged = signed(&instrument, &forger);
    let parts = [("act", "signed"), ("original", &*forged), ("value-0", "u-typed")];
    let refused = lea.upload("/requests/new", &parts).await.text;
    assert!(refused.contains("unknown_authority") && refused.contains(r#"value="u-typed""#), "{refused}");
    let parts = [("act", "signed"), ("original", &*document)];
    assert_eq!(rui.upload("/requests/new", &parts).await.status, StatusCode::FORBIDDEN);
    let taken = lea.upload("/requests/new", &parts).await;
    let path = taken.header(header::LOCATION).split('?').next().unwrap().to_owned();
    assert!(path.starts_with("/requests/"), "{}", taken.text);
    house.work().await;
    let page = lea.look(&path).await.text;
    assert!(
        page.contains(r#"<strong class="big">L4</strong>"#) && page.contains("request.carried_in"),
        "{page}"
    );
    let again = lea.upload("/requests/new", &parts).await.text;
    assert!(again.contains("request_replayed"), "{again}");
}
