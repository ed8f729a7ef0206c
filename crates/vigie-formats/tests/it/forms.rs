//! The forms: what is written is read back, contradictions are reported, nothing unread is kept silent.

use vigie_formats::request::forms::{self, Unwritable};
use vigie_formats::request::{Arrived, FormKind, RequestError, Trouble};
use vigie_model::disclosure::{IdentifierKind, Instrument, Office, RequestKind, SubjectRole};

use crate::instruments::{at, full, wanted};

fn text(form: FormKind, instrument: &Instrument) -> String {
    String::from_utf8(forms::write(form, instrument).unwrap()).unwrap()
}

fn read(text: &str) -> Arrived {
    forms::read(text.as_bytes()).unwrap()
}

/// Form 1 with a change of its text.
fn changed(from: &str, to: &str) -> Arrived {
    let text = text(FormKind::Form1, &full());
    assert!(text.contains(from), "{from} is not in {text}");
    read(&text.replacen(from, to, 1))
}

fn troubles(arrived: &Arrived) -> Vec<(&str, Trouble)> {
    arrived.diagnostics.iter().map(|diagnostic| (diagnostic.place.as_str(), diagnostic.trouble)).collect()
}

#[test]
fn form_1_comes_back_as_it_was() {
    let arrived = read(&text(FormKind::Form1, &full()));
    assert_eq!(arrived.instrument, full());
    assert_eq!((arrived.form, arrived.diagnostics), (Some(FormKind::Form1), vec![]));
}

#[test]
fn form_2_asks_for_preservation() {
    let arrived = read(&text(FormKind::Form2, &full()));
    let expected = Instrument {
        regime: "eu-epoc-pr".to_owned(),
        kind: RequestKind::Preservation,
        emergency: None,
        answer_by: None,
        silence: None,
        ..full()
    };
    // Form 2 has no place for the emergency, but for a validation that follows it; nothing reads that there.
    let unread = [("/EPOC-PR-FORM-2/SectionF/CaseWithoutValidation", Trouble::Unknown)];
    assert_eq!((&arrived.instrument, &troubles(&arrived)[..]), (&expected, &unread[..]));
}

#[test]
fn forms_5_and_6_continue_an_earlier_request() {
    for form in [FormKind::Form5, FormKind::Form6] {
        let source = Instrument { emergency: None, ..full() };
        let arrived = read(&text(form, &source));
        assert_eq!((arrived.form, troubles(&arrived)), (Some(form), vec![]));
        assert_eq!(arrived.instrument.earlier.as_deref(), Some("2026/090-P"));
        assert_eq!(arrived.instrument.kind, RequestKind::Preservation);
        assert_eq!((arrived.instrument.issuer, arrived.instrument.wanted), (full().issuer, vec![]));
        let lonely = Instrument { earlier: None, ..full() };
        assert_eq!(forms::write(form, &lonely), Err(Unwritable::Earlier(form)));
        let without = text(form, &source).replace("2026/090-P", "");
        let missing = forms::read(without.as_bytes()).unwrap_err();
        let RequestError::Missing { place } = &missing else { panic!("{missing}") };
        assert!(place.ends_with("/SectionC/FileReferenceOfEarlierRequest"), "{place}");
    }
}

#[test]
fn an_identifier_that_the_forms_do_not_know_is_not_written_as_another() {
    let instrument =
        Instrument { wanted: vec![wanted(IdentifierKind::InviteLink, "https://m.example/+a")], ..full() };
    let refused = forms::write(FormKind::Form1, &instrument);
    assert_eq!(refused, Err(Unwritable::Identifier(IdentifierKind::InviteLink)));
}

#[test]
fn an_identifier_of_an_unknown_kind_is_left_out_and_shown() {
    let arrived = changed(">PHONE_NUMBER<", ">HANDLE<");
    let place = "/EPOC-FORM_1/SectionEToF/Evidence[2]/Identifier/Type";
    assert_eq!(troubles(&arrived), [(place, Trouble::Unreadable)]);
    assert_eq!(arrived.diagnostics[0].content.as_deref(), Some("HANDLE +33612345678"));
    assert_eq!(arrived.instrument.wanted.len(), full().wanted.len() - 1);
}

#[test]
fn every_element_that_was_not_read_is_reported_with_its_path() {
    let arrived = changed(
        "<eio:NameOfAuthority>",
        "<eio:Address><eio:Street>Rue des Tilleuls 4</eio:Street><eio:Town/></eio:Address><eio:NameOfAuthority>",
    );
    let address = "/EPOC-FORM_1/SectionB/Addressee/Authority/Address";
    let (street, town) = (format!("{address}/Street"), format!("{address}/Town"));
    assert_eq!(troubles(&arrived), [(street.as_str(), Trouble::Unknown), (town.as_str(), Trouble::Unknown)]);
    assert_eq!(arrived.diagnostics[0].content.as_deref(), Some("Rue des Tilleuls 4"));
    assert_eq!(arrived.instrument, full());

    let arrived = changed("<epoc:Evidence>", r#"<epoc:Evidence priority="1">look here"#);
    let evidence = "/EPOC-FORM_1/SectionEToF/Evidence";
    let attribute = format!("{evidence}/@priority");
    assert_eq!(troubles(&arrived), [(attribute.as_str(), Trouble::Unknown), (evidence, Trouble::Unknown)]);

    // What speaks to a validator is no news; what only looks like it is.
    let arrived = changed("<epoc:Evidence>", r#"<epoc:Evidence xsi:type="a" xsi:note="b">"#);
    assert_eq!(troubles(&arrived), [("/EPOC-FORM_1/SectionEToF/Evidence/@xsi:note", Trouble::Unknown)]);

    // The same name in a foreign namespace is another element, and a second one is not read for the first.
    let arrived = changed(
        "<eio:FileReference>",
        "<x:FileReference xmlns:x=\"urn:x\">no</x:FileReference><eio:FileReference>",
    );
    assert_eq!(troubles(&arrived), [("/EPOC-FORM_1/SectionA/FileReference", Trouble::Unknown)]);
}

#[test]
fn what_is_for_the_enforcing_authority_alone_is_not_read() {
    let arrived =
        changed("</EPOC-FORM_1>", "<SectionM><Summary>the whole story</Summary></SectionM></EPOC-FORM_1>");
    assert_eq!(troubles(&arrived), [("/EPOC-FORM_1/SectionM", Trouble::Unknown)]);
    assert_eq!(arrived.diagnostics[0].content, None);
}

#[test]
fn contradictions_are_reported_and_the_safer_reading_is_taken() {
    let deadline = "<Value>IMMINENT_THREAT_TO_LIFE</Value>";
    let both = "<WithinTenDays>AS_SOON_AS_POSSIBLE</WithinTenDays><WithinTenDays>AT_THE_END_OF_TEN_DAYS</WithinTenDays>";
    let arrived = changed(deadline, both);
    assert_eq!(arrived.instrument.notified, Some(Office::default()), "it waits for the enforcing authority");
    assert_eq!(arrived.instrument.emergency, None);
    let expected = [
        ("/EPOC-FORM_1/SectionC/DataProductionInRelationToDeadline", Trouble::Ambiguous),
        ("/EPOC-FORM_1/SectionC/DataProductionInRelationToDeadline/Justification", Trouble::Ambiguous),
        ("/EPOC-FORM_1/SectionI/CaseWithoutValidation", Trouble::Ambiguous),
        ("/EPOC-FORM_1/SectionK", Trouble::Absent),
    ];
    assert_eq!(troubles(&arrived), expected);

    let notified = "</SectionJ><SectionK><EnforcingAuthority><eio:NameOfAuthority>Ahorn</eio:NameOfAuthority></EnforcingAuthority></SectionK>";
    let arrived = changed("</SectionJ>", notified);
    assert_eq!(arrived.instrument.notified.as_ref().unwrap().name, "Ahorn");
    assert_eq!(troubles(&arrived), [("/EPOC-FORM_1/SectionK", Trouble::Ambiguous)]);

    let arrived = changed("<eio:FileReference>2026/118-A<", "<eio:FileReference>2026/999<");
    assert_eq!(troubles(&arrived), [("/EPOC-FORM_1/SectionA/FileReference", Trouble::Ambiguous)]);
    assert_eq!(arrived.instrument.reference, "2026/118-A", "what was signed goes before section A");
}

#[test]
fn another_time_of_section_c_is_read_to_the_end_of_its_day_and_an_impossible_one_is_reported() {
    const PLACE: &str = "/EPOC-FORM_1/SectionC/DataProductionInRelationToDeadline/OtherDeadline";
    let deadline = "<OtherDeadline>2026-11-24T16:00:00Z</OtherDeadline>";
    let by = |text: &str| {
        let arrived = changed(deadline, &format!("<OtherDeadline>{text}</OtherDeadline>"));
        let troubles = troubles(&arrived).into_iter().map(|(place, trouble)| (place.to_owned(), trouble));
        (arrived.instrument.answer_by, troubles.collect::<Vec<_>>())
    };
    assert_eq!(by("2026-11-24"), (Some(at("2026-11-25T00:00:00Z")), vec![]));
    assert_eq!(by("2026-11-24+01:00"), (Some(at("2026-11-24T23:00:00Z")), vec![]));
    assert_eq!(by("soon"), (None, vec![(PLACE.to_owned(), Trouble::Unreadable)]));
    assert_eq!(by(""), (None, vec![]));
    let section = PLACE.trim_end_matches("/OtherDeadline").to_owned();
    let before = "2026-11-20T09:30:00Z";
    assert_eq!(by(before), (Some(at(before)), vec![(section, Trouble::Impossible)]), "kept, and reported");
}

#[test]
fn an_empty_section_h_silences_nobody() {
    let arrived = changed("<Reason>Information would defeat the enquiry.</Reason>", "");
    assert_eq!((arrived.instrument.silence, arrived.diagnostics), (None, vec![]));
}

#[test]
fn spans_that_cannot_be_are_kept_and_reported() {
    let range = "/EPOC-FORM_1/SectionEToF/Evidence/Identifier/DateTimeRange";
    let arrived = changed("<epoc:End>2026-11-01T00:00:00Z<", "<epoc:End>2026-09-01T00:00:00Z<");
    assert_eq!(troubles(&arrived), [(range, Trouble::Impossible)]);
    assert_eq!(arrived.instrument.wanted[0].span.unwrap().until, at("2026-09-01T00:00:00Z"));

    let arrived = changed("<epoc:End>2026-11-01T00:00:00Z<", "<epoc:End>2026-11-31<");
    let end = format!("{range}/End");
    assert_eq!(troubles(&arrived), [(end.as_str(), Trouble::Unreadable)]);
    assert_eq!(arrived.instrument.wanted[0].span, None);
}

#[test]
fn dates_are_read_as_xml_writes_them() {
    let check = |from: &str, written: &str, read: &str, ambiguous: bool| {
        let arrived = changed(&format!("<epoc:End>{from}<"), &format!("<epoc:End>{written}<"));
        assert_eq!(arrived.instrument.wanted[0].span.unwrap().until, at(read), "{written}");
        assert_eq!(arrived.diagnostics.len(), usize::from(ambiguous), "{written}: {:?}", arrived.diagnostics);
    };
    let end = "2026-11-01T00:00:00Z";
    check(end, "2026-11-01T01:00:00+01:00", "2026-11-01T00:00:00Z", false);
    check(end, "2026-11-01T01:00:00", "2026-11-01T01:00:00Z", true);
    check(end, "2026-10-31", "2026-11-01T00:00:00Z", false);
    check(end, "2026-10-31+01:00", "2026-10-31T23:00:00Z", false);
    let arrived = changed("<epoc:Date>2026-11-20T09:30:00Z<", "<epoc:Date>2026-11-20-05:00<");
    assert_eq!(arrived.instrument.issued_at, Some(at("2026-11-20T05:00:00Z")));
}

#[test]
fn fewer_ticks_than_the_category_are_reported() {
    let ticks = "<epoc:Subscriber><epoc:Option>PUK_CODES_INFORMATION</epoc:Option>";
    let arrived = changed("<epoc:Subscriber>", ticks);
    let place = "/EPOC-FORM_1/SectionEToF/Evidence/DataCategories/Subscriber";
    assert_eq!(troubles(&arrived), [(place, Trouble::Ambiguous)]);
    let ticks = "<epoc:Subscriber><epoc:Option>USER_INFORMATION</epoc:Option>";
    assert_eq!(troubles(&changed("<epoc:Subscriber>", ticks)), []);
}

#[test]
fn a_form_without_evidence_or_file_number_is_none() {
    let document = text(FormKind::Form1, &full());
    let cut = |from: &str, to: &str| {
        let (start, rest) = document.split_once(from).unwrap();
        let (_, end) = rest.split_once(to).unwrap();
        format!("{start}{end}")
    };
    let missing = |document: &str| match forms::read(document.as_bytes()) {
        Err(RequestError::Missing { place }) => place,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(&cut("<SectionEToF>", "</SectionEToF>")), "/EPOC-FORM_1/SectionEToF/Evidence");
    assert_eq!(missing(&document.replace("2026/118-A", "")), "/EPOC-FORM_1/SectionA/FileReference");
    // The role of the person may well be unsaid.
    let arrived = read(&cut("<RoleOfPersonConcerned>", "</RoleOfPersonConcerned>"));
    assert_eq!(arrived.instrument.subject_role, SubjectRole::Unstated);
}

#[test]
fn what_is_no_form_has_a_name() {
    let name = |document: &str| forms::read(document.as_bytes()).unwrap_err().name();
    let form = text(FormKind::Form1, &full());
    let after = |declaration: &str| form.replacen("?>\n", &format!("?>\n{declaration}"), 1);
    assert_eq!(name(&after("<!DOCTYPE a>")), "doctype");
    assert_eq!(name(&after("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>")), "doctype");
    assert_eq!(name(&form.replace("Detention", "&x;")), "entity");
    assert_eq!(name(&form.replace("<epoc:Evidence>", "<epoc:Evidence a=\"&x;\">")), "entity");
    assert_eq!(name(&form.replace("UTF-8", "ISO-8859-1")), "not_utf8");
    assert_eq!(name(&form.replace("EPOC-FORM_1#", "EPOC-FORM_7#")), "wrong_namespace");
    assert_eq!(name("<EPOC-FORM_1/>"), "wrong_namespace");
    assert_eq!(name(&form.replace("EPOC-FORM_1>", "Form>").replace("<EPOC-FORM_1 ", "<Form ")), "wrong_root");
    assert_eq!(name(&form.replace("EPOC-FORM_1#", "EPOC-PR-FORM-2#")), "wrong_root");
    assert_eq!(name(&form.replace("Detention", "&#0;")), "not_xml");
    assert_eq!(name(&form.replace("Detention", "&#7;")), "control_character");
    assert_eq!(name(&form.replace("Detention", "\u{1}")), "control_character");
    assert_eq!(name(&form.replace("</SectionA>", "</SectionB>")), "not_xml");
    assert_eq!(name(&form.replace("<epoc:Evidence>", "<never:Evidence>")), "not_xml");
    let left = "<SectionJ><a xmlns:q=\"urn:q\"><q:b/></a>";
    assert_eq!(read(&form.replace("<SectionJ>", left)).diagnostics.len(), 1);
    assert_eq!(
        name(&form.replace("<SectionJ>", &format!("{left}<q:c/>"))),
        "not_xml",
        "the prefix has ended"
    );
    assert_eq!(name(&form.replace("<epoc:Evidence>", "<epoc:Evidence a=\"1\" a=\"2\">")), "not_xml");
    assert_eq!(name(&format!("{form}<again/>")), "not_xml");
    assert_eq!(name(&form.replace("Detention", &"é".repeat(20_001))), "too_long");
    let deep = format!("{}{}", "<a>".repeat(30), "</a>".repeat(30));
    assert_eq!(name(&form.replace("<SectionJ>", &format!("<SectionJ>{deep}"))), "too_deep");
    assert_eq!(name(""), "not_xml");
}

#[test]
fn comments_and_sections_of_characters_do_not_cut_a_text() {
    let arrived =
        changed("<eio:FileReference>2026/118-A<", "<eio:FileReference>2026<!-- x -->/<![CDATA[118]]>&#45;A<");
    assert_eq!(arrived.instrument, full());
    assert_eq!(arrived.diagnostics, []);
}

#[test]
fn what_the_form_calls_an_identifier_comes_along() {
    let arrived = changed("<epoc:Id>2<", "<epoc:Id>id-b<");
    assert_eq!(
        (&arrived.form_numbers[..], arrived.instrument),
        (&["1", "id-b", "3", "4"].map(str::to_owned)[..], full())
    );
}

#[test]
fn an_identifier_without_a_service_is_one_of_the_provider() {
    let of_provider =
        text(FormKind::Form1, &full()).replace("<epoc:ServiceName>messenger.example</epoc:ServiceName>", "");
    assert_eq!(read(&of_provider).instrument, full());
    let arrived = changed("<epoc:ServiceName>messenger.example<", "<epoc:ServiceName>other.example<");
    assert_eq!(arrived.instrument.wanted[0].identifier.service, "other.example");
}
