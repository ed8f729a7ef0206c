//! Makes the seeds: one small good input, or a few, for each target.

use std::fs;
use std::path::PathBuf;

use vigie_match::{Digests, Index, Pass, PastRow, PastWriter, Pdq, Row, Signal, SignalKind, Tuning};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::envelope::Envelope;
use vigie_seal::exchange::{self, Receipt};
use vigie_seal::grants::SignedGrant;
use vigie_seal::merkle::Tree;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::pass;
use vigie_seal::proof::EntryProof;
use vigie_seal::tile::put_entry;
use vigie_seal::witness::Request;
use vigie_synth::landscape::landscape;
use vigie_synth::{Encoding, Size};

use crate::exchange::packages;

const ORIGIN: &str = "example.org/log";

pub(super) fn make(folder: impl Fn(&str) -> PathBuf) {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    };
    lists(&put);
    pictures(&put);
    indexes(&put);
    seals(&put);
    signed(&put);
    // Sealing draws keys, so a package is made once: made anew it would differ without a reason.
    if !folder("package").join("answer.tar").exists() {
        put("package", "answer.tar", &packages::seed(&desk(), false));
        put("package", "proven.tar", &packages::seed(&desk(), true));
    }
    put("canonical_json", "nested", br#"{"b":[1,-2,{"z":"\u00e9\n","a":null}],"a":true,"\ud83d\ude00":"x"}"#);
    for (number, word) in vigie_media::hostile::words().iter().enumerate() {
        put("decode_protocol", &format!("word-{number}"), word);
    }
    put(
        "webhook_receipt",
        "receipt",
        br#"{"receipt":"r-1","outcome":"done","performed_at":"2026-11-22T09:30:00Z","state":{"removed":true}}"#,
    );
    records(&put);
    put(
        "settings",
        "vigie.toml",
        b"listen = \"127.0.0.1:9000\"\ndata = \"/srv/vigie\"\n\n[limits]\nmedia_bytes = 1000000\ncage = \"closed\"\n\n\
          [messenger]\nurl = \"https://messenger.example\"\nsecret = \"s\"\n\n[ledger]\norigin = \"example.org/log\"\nwitnesses_needed = 0\n",
    );
}

fn records(put: Put) {
    put(
        "records_page",
        "page",
        b"{\"record\":\"connection\",\"account\":\"a-17\",\"address\":\"192.0.2.7\",\"port\":4711,\"at\":\"2026-11-22T09:30:00Z\"}\n\
          {\"record\":\"phone\",\"account\":\"a-17\",\"phone_number\":\"+447700900123\",\"since\":\"2026-11-22T09:30:00Z\"}\n\
          {\"records\":2,\"next\":\"x\"}\n",
    );
    put(
        "records_holders",
        "holders",
        br#"{"holders":[{"account":"a-17","from":"2026-10-01T00:00:00Z","until":"2026-10-12T00:00:00Z","since_created":true}]}"#,
    );
    put(
        "synapse_user",
        "user",
        br#"{"name":"@mira:hs.test","creation_ts":1790000000,"threepids":[{"medium":"msisdn","address":"447700900123","added_at":1795000000000,"validated_at":0}]}"#,
    );
    put(
        "synapse_whois",
        "whois",
        br#"{"user_id":"@mira:hs.test","devices":{"":{"sessions":[{"connections":[{"ip":"192.0.2.7","last_seen":1795000001000,"user_agent":"x"}]}]}}}"#,
    );
}

type Put<'a> = &'a dyn Fn(&str, &str, &[u8]);

fn hash(byte: u8) -> String {
    hex::encode([byte; 32])
}

fn lists(put: Put) {
    let digest = hex::encode(Digests::of(b"a lake").md5);
    let csv = format!(
        "\0type,value,source,note\npdq,{},a hotline,first\nmd5,{digest},,\"quoted, \"\"note\"\"\"\n",
        hash(7)
    );
    put("bank_list", "csv", csv.as_bytes());
    let json = format!(
        "\x01{{\"pdq\":\"{}\",\"md5\":\"{digest}\",\"note\":\"first\"}}\n{{\"sha256\":\"{}\"}}\n",
        hash(1),
        hash(2)
    );
    put("bank_list", "jsonl", json.as_bytes());
    put("bank_list", "plain", format!("\x02{}\n# a note\nmd5:{digest}\n\n", hash(3)).as_bytes());
    let frames = format!("0,100,{},0.000\n1,90,{},0.500\n", hash(4), hash(5));
    put("bank_list", "vpdq", format!("\x03{frames}").as_bytes());
    put("signal", "vpdq", frames.as_bytes());
    put("signal", "pdq", hash(6).as_bytes());
    put("signal", "md5", digest.as_bytes());
}

fn pictures(put: Put) {
    let picture = landscape(3, Size::clamped(64, 48));
    put("picture", "small.jpg", &picture.encode(Encoding::Jpeg(60)));
    put("picture", "small.png", &picture.encode(Encoding::Png));
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
    let mut bmp = b"BM".to_vec();
    bmp.extend(numbers(&[54 + 8 * 8 * 3, 0, 54, 40, 8, 8]));
    bmp.extend([1, 0, 24, 0]);
    bmp.extend(numbers(&[0, 8 * 8 * 3, 2835, 2835, 0, 0]));
    bmp.extend((0..8 * 8 * 3).map(|byte| (byte * 7 % 251) as u8));
    put("picture", "small.bmp", &bmp);
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    gif.extend(b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3B");
    put("picture", "small.gif", &gif);
}

fn indexes(put: Put) {
    let index = Index::tuned(Tuning { scan_below: 100, merged_at_once: 4096 }, []);
    let mut rows = Vec::new();
    for entry in 0..20_u64 {
        for (kind, width) in
            [(SignalKind::Pdq, 32), (SignalKind::Md5, 16), (SignalKind::Sha1, 20), (SignalKind::Sha256, 32)]
        {
            let bytes = [entry as u8; 32];
            rows.push(Row { entry, bank: 1, signal: Signal::from_bytes(kind, &bytes[..width]).unwrap() });
        }
    }
    index.insert(&rows);
    index.remove(&rows[..9]);
    let mut saved = Vec::new();
    index.freeze().save(b"note", &mut saved).unwrap();
    put("saved_index", "small", &saved);

    let mut writer = PastWriter::begin(Vec::new()).unwrap();
    for row in 0..9_u8 {
        let pass = if row % 2 == 0 { Pass::Exact } else { Pass::First };
        let pdq = (row % 3 > 0).then_some((Pdq([row; 32]), pass));
        let md5 = (row % 4 > 0).then_some([row; 16]);
        writer.push(PastRow { id: [row; 16], pdq, md5, sha1: Some([row; 20]), sha256: None }).unwrap();
    }
    put("history_form", "small", &writer.end().unwrap());
}

fn seals(put: Put) {
    let key = SignerKey::from_seed(ORIGIN, Kind::Note, &[7; 32]).unwrap();
    let checkpoint = Checkpoint { origin: ORIGIN.into(), tree: Tree { size: 5, root: [9; 32] } };
    let note = checkpoint.sign(&key).unwrap().to_string();
    put("signed_note", "checkpoint", note.as_bytes());
    put("signed_note", "key", key.verifier().to_string().as_bytes());
    put("witness_request", "growth", Request::body(3, &[[1; 32], [2; 32]], &note).as_bytes());
    put("witness_request", "answer", note.lines().last().unwrap_or_default().as_bytes());
    let proof =
        EntryProof { extra: Some(b"more".to_vec()), index: 2, hashes: vec![[1; 32]; 3], checkpoint: note };
    put("proof", "of-an-entry", proof.to_string().as_bytes());
    put("tile", "path", b"tile/1/x001/234.p/5");
    let mut bundle = Vec::new();
    for entry in [&b"{}"[..], b"", b"{\"label\":\"inhope\"}"] {
        put_entry(&mut bundle, entry).unwrap();
    }
    put("tile", "bundle", &bundle);
}

/// The key that the targets know.
fn desk() -> SignerKey {
    SignerKey::from_seed("example.org/desk", Kind::Note, &[7; 32]).unwrap()
}

fn signed(put: Put) {
    let grant = packages::grant();
    let grant = SignedGrant::sign(&grant, &desk()).unwrap();
    put("envelope", "grant", &grant.to_bytes());
    put("envelope", "grant-alone", grant.envelope().payload());
    let document = br#"{"regime":"fr-77-1-1","kind":"production","reference":"PV 17","issued_at":null,"issuer":{"name":"Parquet"},"subject_role":"suspect","wanted":[{"identifier":{"kind":"user_id","value":"u1","service":"messenger.example"},"categories":["subscriber"],"span":{"from":"2026-01-01T00:00:00Z","until":"2026-02-01T00:00:00Z"}}],"nonce":"0123456789abcdef"}"#;
    put("envelope", "document-alone", document);
    let envelope = Envelope::sign(exchange::INSTRUMENT_TYPE, document.to_vec(), &desk());
    put("envelope", "document", &envelope.to_bytes());
    let request = vigie_model::id::RequestId(uuid::Uuid::from_u128(7));
    let receipt = Receipt::of(document, request, "PV 17", "0123456789abcdef", vigie_model::Moment(0));
    put("envelope", "receipt-alone", receipt.sign(&desk()).unwrap().payload());
    let call =
        pass::Call { method: "GET".into(), path: "/exchange/v1/requests/7".into(), host: "localhost".into() };
    let pass = pass::Pass::for_call(&call, vigie_model::Moment(0), "0123456789abcdef");
    put("envelope", "pass", pass.sign(&desk()).unwrap().as_bytes());
}
