//! The bodies of the fuzz targets: each takes bytes from outside to the parser that meets them, and says what must hold.
//!
//! What it is: used twice, by the targets of cargo-fuzz in `fuzz_targets/`, and by `crates/vigie/tests/it/fuzz.rs`, which runs
//! them over changed seeds in every test run. What it is not: a place for parsers of what operators write themselves.
//!
//! To add a target: a function here and its line in [`TARGETS`], a file in `fuzz_targets/` with its entry in `Cargo.toml`, and a
//! folder of seeds.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::str;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use vigie_formats::bank_list::{self, ListFormat, Listed, ListedKind, Outgoing, ReadOptions};
use vigie_formats::request::{FormKind, exchange as exchanged, forms};
use vigie_match::vpdq::Vpdq;
use vigie_match::{Index, Known, Pdq, Radii, Signal, SignalKind, Sweep};
use vigie_media::{Blur, Container, Format, Limits, PreviewSettings};
use vigie_seal::accounts::{self as public_accounts, Report};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::envelope::Envelope;
use vigie_seal::exchange::{self, FollowUp, Receipt, Withdrawal};
use vigie_seal::grants::{self, SignedGrant};
use vigie_seal::ledger::Unsealed;
use vigie_seal::note::{Kind, Note, SignerKey, VerifierKey};
use vigie_seal::package::{self as packages, Package, TrustedKeys};
use vigie_seal::pass;
use vigie_seal::proof::EntryProof;
use vigie_seal::tile::{Tile, take_entry};
use vigie_seal::witness::{self, Request};
use vigie_seal::{canonical, merkle};

/// A body: it panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its file and of its folder of seeds.
pub const TARGETS: &[(&str, Target)] = &[
    ("bank_list", bank_list),
    ("signal", signal),
    ("saved_index", saved_index),
    ("history_form", history_form),
    ("picture", picture),
    ("decode_protocol", decode_protocol),
    ("signed_note", signed_note),
    ("proof", proof),
    ("witness_request", witness_request),
    ("tile", tile),
    ("canonical_json", canonical_json),
    ("request_exchange", request_exchange),
    ("request_form", request_form),
    ("envelope", envelope),
    ("package", package),
    ("accounts", accounts),
];

/// A list of a hotline. The first byte chooses its format, the rest is the list.
pub fn bank_list(data: &[u8]) {
    let Some((choice, list)) = data.split_first() else { return };
    let formats = [ListFormat::Csv, ListFormat::JsonLines, ListFormat::Plain, ListFormat::Vpdq];
    let format = match usize::from(choice % 5) {
        4 => ListFormat::guess(list),
        known => formats[known],
    };
    let long = if choice & 0x80 == 0 { ListedKind::Pdq } else { ListedKind::Sha256 };
    let mut lines = 0;
    for listed in bank_list::read(format, list, ReadOptions { long }) {
        let Listed::Record(entry) = listed else { continue };
        assert!(!entry.signals.is_empty(), "an entry has a signal");
        lines += 1;
        if lines > 200 {
            return;
        }
        // What we hand out again is read as what it was.
        let signals = entry.signals.clone();
        let text = bank_list::header(ListFormat::JsonLines)
            + &bank_list::line(ListFormat::JsonLines, &Outgoing { id: 1, entry: *entry });
        let again = bank_list::read(ListFormat::JsonLines, text.as_bytes(), ReadOptions { long }).next();
        let Some(Listed::Record(again)) = again else { panic!("{text:?} cannot be read back: {again:?}") };
        let sorted = |mut signals: Vec<bank_list::ListedSignal>| {
            signals.sort_by_key(|signal| signal.kind.name());
            signals
        };
        assert_eq!(sorted(signals), sorted(again.signals));
    }
}

/// A signal as people write it, or the lines of a video.
pub fn signal(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    for kind in SignalKind::ALL {
        if let Ok(signal) = Signal::parse(kind, text) {
            assert_eq!(signal.hex(), text.to_lowercase());
        }
    }
    if let Ok(video) = text.parse::<Vpdq>() {
        let written = video.to_string();
        assert_eq!(written.parse::<Vpdq>().expect("it was just written").to_string(), written);
    }
}

/// The saved index, under the checksum that its bytes ask for.
pub fn saved_index(data: &[u8]) {
    let mut bytes = data.to_vec();
    if let Some((body, sum)) = bytes.split_last_chunk_mut::<32>() {
        sum.copy_from_slice(&Sha256::digest(body));
    }
    let Ok((index, _)) = Index::load(bytes.as_slice()) else { return };
    let asked = [Signal::Pdq(Pdq([0; 32])), Signal::Md5([0; 16]), Signal::Sha256([255; 32])];
    index.search_batch(&asked, &Radii::everywhere(31), &mut Vec::new());
    while index.compact() {}
    index.freeze().save(b"", std::io::sink()).expect("a sink takes everything");
}

/// The compact form of an hour of history.
pub fn history_form(data: &[u8]) {
    static SWEEP: LazyLock<Sweep> = LazyLock::new(|| {
        let known = [Signal::Pdq(Pdq([7; 32])), Signal::Md5([7; 16])];
        Sweep::new(&known.map(|signal| Known { entry: 1, signal }), 31, 10)
    });
    if let Ok(swept) = SWEEP.through(data) {
        assert!(swept.rows < data.len() as u64, "a row takes more than a byte");
    }
}

/// A picture, under the limits of a child, in this very process.
pub fn picture(data: &[u8]) {
    let limits = Limits { pixels: 1_000_000, memory: 64 << 20, ..Limits::default() };
    let (exact, first) =
        (vigie_media::examine::examine(data, &limits), vigie_media::examine::first_pass(data, &limits));
    assert!(exact.is_err() || Format::sniff(data).is_some());
    assert!(first.is_ok() || exact.is_err(), "what the first pass leaves is the exact pass's outcome");
    for blur in [Blur::None, Blur::Light, Blur::Heavy] {
        let settings = PreviewSettings { blur, ..PreviewSettings::SOFT };
        if let Ok(preview) = vigie_media::preview::preview(data, &limits, settings) {
            assert!(exact.is_ok() && preview.width <= 1024 && preview.height <= 1024);
        }
    }
    let _ = Container::sniff(data);
}

/// What the service and a decoding child say to each other: the child may have been taken over.
pub fn decode_protocol(data: &[u8]) {
    vigie_media::hostile::protocol(data);
}

/// A signed note with a checkpoint, as other logs and witnesses send it; and a key, as people paste it.
pub fn signed_note(data: &[u8]) {
    if let Ok(note) = Note::read(data) {
        let written = note.to_string();
        let again = Note::read(written.as_bytes()).expect("it was just written");
        assert_eq!((again.text(), again.signatures().len()), (note.text(), note.signatures().len()));
        if let Ok(checkpoint) = Checkpoint::read(note.text()) {
            let again = Checkpoint::read(&checkpoint.to_string()).expect("it was just written");
            assert_eq!((again.origin, again.tree), (checkpoint.origin, checkpoint.tree));
        }
    }
    if let Some(key) = str::from_utf8(data).ok().and_then(|text| text.trim().parse::<VerifierKey>().ok()) {
        assert_eq!(key.to_string().parse::<VerifierKey>().expect("it was just written").id(), key.id());
    }
}

/// The proof of an entry, as it is taken along.
pub fn proof(data: &[u8]) {
    let Some(proof) = str::from_utf8(data).ok().and_then(|text| EntryProof::read(text).ok()) else { return };
    let written = proof.to_string();
    assert_eq!(EntryProof::read(&written).expect("it was just written"), proof);
    if let Some(unsealed) = proof.extra.as_deref().and_then(Unsealed::read) {
        assert_eq!(Unsealed::read(&unsealed.to_bytes()), Some(unsealed));
    }
    let root = [7; 32];
    assert!(!merkle::includes(&[1; 32], proof.index, proof.index.saturating_add(1), &proof.hashes, &root));
}

/// What a log asks of a witness, and what a witness answers.
pub fn witness_request(data: &[u8]) {
    if let Ok(request) = Request::read(data) {
        let body = Request::body(request.old, &request.proof, &request.note.to_string());
        assert_eq!(Request::read(body.as_bytes()).expect("it was just written"), request);
        assert!(witness::decide(&request, &[], None).is_err(), "nobody's log is cosigned");
    }
    if let Ok(text) = str::from_utf8(data) {
        for status in [200, 404, 409, 422] {
            let _ = witness::Answer::read(status, text);
        }
    }
}

/// The path of a tile, and a bundle of entries.
pub fn tile(data: &[u8]) {
    if let Some(tile) = str::from_utf8(data).ok().and_then(Tile::parse) {
        assert_eq!(Tile::parse(&tile.path()), Some(tile));
    }
    let mut rest = data;
    while let Some((entry, after)) = take_entry(rest) {
        assert_eq!(entry.len() + 2 + after.len(), rest.len());
        rest = after;
    }
}

/// JSON that becomes canonical: again, it is the same.
pub fn canonical_json(data: &[u8]) {
    let Ok(value) = serde_json::from_reader::<_, serde_json::Value>(Cursor::new(data)) else { return };
    let Ok(text) = canonical::to_string(&value) else { return };
    let again: serde_json::Value = serde_json::from_str(&text).expect("canonical text is JSON");
    assert_eq!(canonical::to_string(&again).expect("it was canonical before"), text);
    assert_eq!(again, value);
}

/// The document of a request as another instance sends it: what is read is written and read as the same.
pub fn request_exchange(data: &[u8]) {
    let Ok(arrived) = exchanged::read(data) else { return };
    assert!(arrived.form.is_none() && arrived.diagnostics.len() < 1_002);
    let again = exchanged::read(&exchanged::write(&arrived.instrument)).expect("it was just written");
    assert_eq!(again.instrument, arrived.instrument);
}

/// A form of Regulation (EU) 2023/1543: what is read can be written, and then holds as many identifiers.
pub fn request_form(data: &[u8]) {
    let Ok(arrived) = forms::read(data) else { return };
    let form = arrived.form.expect("a form was read");
    let has_evidence = matches!(form, FormKind::Form1 | FormKind::Form2);
    assert!(arrived.instrument.wanted.is_empty() || has_evidence);
    let written = forms::write(form, &arrived.instrument).expect("its identifiers came from a form");
    match forms::read(&written) {
        Ok(again) => assert_eq!(again.instrument.wanted.len(), arrived.instrument.wanted.len()),
        // Evidence that could not be read at all was left out.
        Err(error) => assert!(arrived.instrument.wanted.is_empty(), "{error}"),
    }
}

/// The key of the seeds, known to everybody who reads this.
fn known_signer() -> SignerKey {
    SignerKey::from_seed("example.org/desk", Kind::Note, &[7; 32]).expect("the name is one")
}

/// What comes signed: an envelope, the header of a pass; and, as if a known key had signed it, whatever stands in one.
pub fn envelope(data: &[u8]) {
    let signer = known_signer();
    let keys = [signer.verifier()];
    if let Ok(envelope) = Envelope::read(data) {
        let written = envelope.to_bytes();
        assert_eq!(Envelope::read_exactly(&written).expect("it was just written"), envelope);
        if envelope.verify(&keys).is_ok() {
            let again = Envelope::sign(envelope.payload_type(), envelope.payload().to_vec(), &signer);
            assert!(again.signers().all(|name| envelope.signers().any(|other| other == name)));
        }
    }
    if let Some(envelope) = str::from_utf8(data).ok().and_then(pass::envelope_in) {
        assert!(Envelope::read(&envelope.to_bytes()).is_ok());
    }
    let signed = |payload_type| Envelope::sign(payload_type, data.to_vec(), &signer);
    if let Ok(grant) = SignedGrant::open(&signed(grants::PAYLOAD_TYPE).to_bytes(), &keys) {
        let again = SignedGrant::sign(&grant, &signer).expect("it was sound before");
        assert_eq!(again.envelope().payload(), data, "a grant has one text");
    }
    let _ = exchange::open_instrument(&signed(exchange::INSTRUMENT_TYPE), &keys);
    let _ = Withdrawal::open(&signed(exchange::WITHDRAWAL_TYPE), &keys);
    let _ = FollowUp::open(&signed(exchange::FOLLOW_UP_TYPE), &keys);
    let _ = Receipt::open(&signed(exchange::RECEIPT_TYPE), &keys, data);
}

/// A package. The known key sealed one, that of the seeds; nothing else holds.
pub fn package(data: &[u8]) {
    let keys = TrustedKeys { service: vec![known_signer().verifier()], log: None };
    let verification = packages::verify(data, &keys);
    if let Ok(package) = Package::read(data) {
        assert_eq!(package.to_bytes(), data, "a package has one form");
    }
    if verification.holds() {
        assert_eq!(verification.in_log.name(), "not_given", "no log is trusted");
        assert_eq!(verification.manifest.expect("it was read").reference, "PV 2026/17");
    }
}

/// A report of accounts to the public, with or without its part for auditors: no log, and nothing of it holds.
pub fn accounts(data: &[u8]) {
    let Ok(report) = Report::read(data) else { return };
    let text = serde_json::to_vec(&report).expect("what was read is written");
    assert_eq!(Report::read(&text).expect("what was written is read"), report);
    let Some(opened) = &report.for_auditors else { return };
    let judgement = public_accounts::judge(&report, opened, &BTreeMap::new());
    assert!(!judgement.holds() || (report.cells.is_empty() && opened.openings.is_empty()));
}
