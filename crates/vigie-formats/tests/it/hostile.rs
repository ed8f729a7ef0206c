//! Hostile bytes: whatever is read is refused or read, and nothing panics or takes time without end.
//!
//! Many more than the usual 256 cases of each: `PROPTEST_CASES=100000 cargo test -p vigie-formats hostile`.

use proptest::prelude::*;
use vigie_formats::request::{FormKind, MOST_WANTED, exchange, forms};
use vigie_model::disclosure::{IdentifierKind, Instrument};

use crate::instruments::{any_instrument, exchanged, full, wanted};

/// Places and pieces to put there.
type Damage = Vec<(prop::sample::Index, Vec<u8>)>;

fn damaged(mut bytes: Vec<u8>, damage: &Damage, cut: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - cut.min(bytes.len() / 2));
    for (place, piece) in damage {
        let from = place.index(bytes.len());
        let to = (from + piece.len()).min(bytes.len());
        bytes.splice(from..to, piece.iter().copied());
    }
    bytes
}

fn damage() -> impl Strategy<Value = Damage> {
    const PIECES: &[&str] = &[
        "<",
        ">",
        "</",
        "/>",
        "&",
        "&amp;",
        "&#x10ffff;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "<!DOCTYPE",
        "xmlns=\"\"",
        "xmlns:a=\"b\"",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\u0000",
        "\\ud800",
        "null",
        "-1",
        "1e999",
        "\0",
        "é",
        "\u{202e}",
    ];
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), piece), 0..6)
}

/// What is read can be written, and is then read as the same.
fn reads_again(bytes: &[u8]) {
    if let Ok(arrived) = exchange::read(bytes) {
        let again = exchange::read(&exchange::write(&arrived.instrument)).expect("it was just written");
        assert_eq!(again.instrument, arrived.instrument);
    }
    if let Ok(arrived) = forms::read(bytes) {
        let form = arrived.form.expect("a form was read");
        if let Ok(written) = forms::write(form, &arrived.instrument) {
            let again = forms::read(&written);
            let is_evidence_left = !arrived.instrument.wanted.is_empty() || again.is_ok();
            assert!(again.is_ok() || !is_evidence_left, "{again:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_instrument_comes_back_from_the_exchange(instrument in any_instrument()) {
        let arrived = exchange::read(&exchange::write(&instrument)).expect("it keeps to the bounds");
        prop_assert_eq!(arrived.instrument, instrument);
    }

    #[test]
    fn a_damaged_exchange_is_refused_or_read(
        damage in damage(), cut in prop_oneof![4 => Just(0_usize), 1 => 1..400_usize],
    ) {
        reads_again(&damaged(exchange::write(&exchanged()), &damage, cut));
    }

    #[test]
    fn a_damaged_form_is_refused_or_read(
        form in prop::sample::select(FormKind::ALL),
        damage in damage(), cut in prop_oneof![4 => Just(0_usize), 1 => 1..400_usize],
    ) {
        let bytes = forms::write(form, &full()).expect("it can be written");
        reads_again(&damaged(bytes, &damage, cut));
    }

    #[test]
    fn any_instrument_that_a_form_takes_is_read_again(instrument in any_instrument(), form in prop::sample::select(FormKind::ALL)) {
        if let Ok(bytes) = forms::write(form, &instrument) {
            // What is missing in it has a name; nothing else is wrong with it.
            match forms::read(&bytes) {
                Ok(arrived) => prop_assert_eq!(arrived.instrument.reference, instrument.reference),
                Err(error) => prop_assert_eq!(error.name(), "missing"),
            }
        }
    }

    #[test]
    fn bytes_of_any_kind_are_no_request(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(exchange::read(&bytes).is_err());
        prop_assert!(forms::read(&bytes).is_err());
    }
}

#[test]
fn a_form_with_as_many_identifiers_as_there_may_be_is_read_in_one_pass() {
    // Quadratic work over these would not end within the patience of whoever runs this test.
    let many = Instrument { wanted: vec![wanted(IdentifierKind::UserId, "7001"); MOST_WANTED], ..full() };
    let bytes = forms::write(FormKind::Form1, &many).unwrap();
    assert_eq!(forms::read(&bytes).unwrap().instrument, many);
    let one_more =
        Instrument { wanted: vec![wanted(IdentifierKind::UserId, "7001"); MOST_WANTED + 1], ..full() };
    let bytes = forms::write(FormKind::Form1, &one_more).unwrap();
    assert_eq!(forms::read(&bytes).unwrap_err().name(), "too_many");
}

#[test]
fn elements_prefixes_and_attributes_without_number_are_refused_early() {
    let form = String::from_utf8(forms::write(FormKind::Form1, &full()).unwrap()).unwrap();
    let name = |piece: &str, count: usize| {
        let text = form.replacen("<SectionJ>", &format!("<SectionJ>{}", piece.repeat(count)), 1);
        forms::read(text.as_bytes()).map(|arrived| arrived.diagnostics.len()).map_err(|error| error.name())
    };
    assert_eq!(name("<a/>", 400_001), Err("too_many"));
    assert_eq!(name("<a/>", 300_000), Ok(1_001));
    let attributes: String = (0..40).map(|number| format!(" a{number}=\"\"")).collect();
    assert_eq!(name(&format!("<a{attributes}/>"), 1), Err("too_many"));
    let prefixes: String = (0..30).map(|number| format!(" xmlns:a{number}=\"urn:a\"")).collect();
    assert_eq!(name(&format!("<a{prefixes}/>"), 5_000), Ok(1_001));
}

/// Made anew with `UPDATE_EXPECT=1`.
#[test]
fn seeds_of_the_fuzz_target_are_forms_as_they_are_written() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/request_form"));
    for form in FormKind::ALL {
        let (path, bytes) = (folder.join(form.name()), forms::write(*form, &full()).unwrap());
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "UPDATE_EXPECT=1 makes {form} anew");
    }
}
