//! From an upload to its verdict, and to what it leaves behind.

mod conclusions;
mod first_pass;
mod repetitions;
mod videos;

use std::collections::BTreeSet;

use vigie_match::{Digests, Pdq};
use vigie_model::Scope;
use vigie_model::bank::{Bank, BankKind};
use vigie_model::conversation::ConversationKind;
use vigie_model::incident::{Severity, SubjectKind};
use vigie_store::tables::Rows;
use vigie_store::{blobs, conversations, incidents, items, submissions};
use vigie_synth::{Recipe, Size, Variant};

use super::*;
use crate::bases::NewBasis;
use crate::matching::tests::{bank, keep};
use crate::tests::{House, house, machine};

const CLIP: &[u8] = b"\0\0\0\x18ftypmp42 a clip that nobody here decodes";

pub(crate) fn recipe(seed: u64) -> Recipe {
    Recipe::original(seed, Size::new(320, 240).unwrap())
}

pub(crate) fn context(surface: Surface, account: &str) -> Context {
    Context {
        surface,
        service: "synthetic".into(),
        conversation: Some(ConversationContext {
            id: "c1".into(),
            kind: ConversationKind::Group,
            name: Some("Lakes".into()),
        }),
        account: Some(AccountContext { id: account.into(), name: Some("Ann".into()) }),
        message_id: Some("m1".into()),
        media_id: Some("f1".into()),
        sent_at: Some("2026-11-22T08:00:00Z".parse().unwrap()),
        ip: Some("2001:db8::1".parse().unwrap()),
        port: Some(443),
    }
}

pub(crate) fn messenger() -> Caller {
    machine(1, &[Scope::Submit, Scope::Receipts])
}

/// A house as after its first start.
pub(crate) async fn started() -> House {
    let house = house().await;
    house.app.enter_default_bases().await.unwrap();
    house
}

fn media(app: &App, bytes: &[u8]) -> Media {
    let mut upload = app.begin_upload(&messenger()).unwrap();
    upload.push(bytes).unwrap();
    upload.finish()
}

fn upload(app: &App, context: Context, bytes: &[u8]) -> Submission {
    Submission { context, content: Content::Media(media(app, bytes)), idempotency_key: None }
}

async fn submit(house: &House, surface: Surface, bytes: &[u8]) -> Answer {
    let upload = upload(&house.app, context(surface, "a1"), bytes);
    house.app.submit(&messenger(), upload).await.unwrap()
}

async fn submit_signals(house: &House, surface: Surface, signals: Signals) -> Answer {
    let content = Content::Signals(Box::new(signals));
    let submission = Submission { context: context(surface, "a1"), content, idempotency_key: None };
    house.app.submit(&messenger(), submission).await.unwrap()
}

pub(crate) async fn know_bytes(house: &House, verdict: Verdict, bytes: &[u8]) -> Bank {
    let known = bank(&house.app, "DIGESTS", verdict);
    keep(&house.app, &known, &[Signal::Sha256(Digests::of(bytes).sha256)]).await;
    known
}

fn pdq_of(bytes: &[u8]) -> Pdq {
    vigie_media::examine::examine(bytes, &vigie_media::Limits::default()).unwrap().pdq.unwrap()
}

async fn know_picture(house: &House, verdict: Verdict, bytes: &[u8]) -> Bank {
    let known = bank(&house.app, "PICTURES", verdict);
    keep(&house.app, &known, &[Signal::Pdq(pdq_of(bytes))]).await;
    known
}

pub(crate) async fn enter(house: &House, surface: Surface, techniques: &[Technique], history: bool) {
    let new = NewBasis {
        surface,
        legal_ground: "Regulation (EU) 2021/1232, Article 3".into(),
        valid_from: None,
        valid_until: None,
        techniques: techniques.to_vec(),
        assessment_reference: "assessment 7".into(),
        history,
    };
    crate::bases::tests::entered(house, new).await;
}

/// The tables in which something differs.
fn changed<'rows>(before: &'rows Rows, after: &'rows Rows) -> BTreeSet<&'rows str> {
    assert_eq!(before.len(), after.len());
    before.iter().filter(|(name, rows)| after[*name] != **rows).map(|(name, _)| name.as_str()).collect()
}

/// Every file of the data folder but the database's own.
fn files(house: &House) -> BTreeSet<std::path::PathBuf> {
    let mut folders = vec![house.folder().to_owned()];
    let mut files = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.file_name().unwrap().to_str().unwrap().starts_with("vigie.db") {
                files.insert(path);
            }
        }
    }
    files
}

#[tokio::test]
async fn a_surface_without_a_basis_leaves_nothing_but_its_count() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let (before, kept) = (house.rows().await, files(&house));

    for surface in [Surface::DirectMessage, Surface::PrivateGroup] {
        let answer = submit(&house, surface, &picture).await;
        assert_eq!(answer, Answer { examined: false, matches: None, ..Answer::nothing_found() });
        let sha256 = Some(Digests::of(&picture).sha256);
        let answer = submit_signals(&house, surface, Signals { sha256, ..Signals::default() }).await;
        assert!(!answer.examined);
        let declined = house.app.decline(&messenger(), &context(surface, "a1")).await.unwrap();
        assert_eq!(declined, Some(Answer { matches: None, ..answer }));
    }

    let after = house.rows().await;
    assert_eq!(changed(&before, &after), BTreeSet::from(["surface_counts"]));
    let day = house.app.now().day();
    let counts =
        [format!("direct_message | {day} | 3 | 3 | 0 | 0"), format!("private_group | {day} | 3 | 3 | 0 | 0")];
    assert_eq!(after["surface_counts"], counts);
    assert_eq!(files(&house), kept);
}

#[tokio::test]
async fn what_matches_nothing_is_forgotten() {
    let house = started().await;
    know_bytes(&house, Verdict::Block, b"something else").await;
    let (before, kept) = (house.rows().await, files(&house));
    let answer = submit(&house, Surface::PublicGroup, &recipe(1).render().bytes).await;
    assert_eq!(answer, Answer::nothing_found());
    assert_eq!(changed(&before, &house.rows().await), BTreeSet::from(["surface_counts"]));
    assert_eq!(files(&house), kept);
}

#[tokio::test]
async fn only_signals_are_kept_and_only_where_history_is_on() {
    let house = started().await;
    enter(&house, Surface::PublicGroup, Technique::ALL, true).await;
    let (before, kept) = (house.rows().await, files(&house));
    let picture = recipe(1).render().bytes;
    assert_eq!(submit(&house, Surface::PublicGroup, &picture).await, Answer::nothing_found());
    assert_eq!(submit(&house, Surface::PublicChannel, &picture).await, Answer::nothing_found());
    let expected = BTreeSet::from(["history", "history_segments", "surface_counts"]);
    assert_eq!(changed(&before, &house.rows().await), expected);
    let keys = house.folder().join("keyring").join("history");
    let more: Vec<_> = files(&house).difference(&kept).cloned().collect();
    assert!(more.len() == 1 && more[0].starts_with(keys), "only the key of the hour: {more:?}");

    let rows = crate::history::tests::rows(&house).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].pdq, Some(pdq_of(&picture).0.to_vec()));
    let reference = house.app.resolve(&rows[0]).await.unwrap();
    assert_eq!(reference, Some(context(Surface::PublicGroup, "a1").reference()));
}

#[tokio::test]
async fn an_exact_copy_of_known_material_is_blocked_sealed_and_put_before_a_reviewer() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    let known = know_bytes(&house, Verdict::Block, &picture).await;
    let before = house.rows().await;
    let answer = submit(&house, Surface::PublicGroup, &picture).await;
    assert_eq!((answer.examined, answer.verdict, answer.failure), (true, Verdict::Block, None));
    let receipts = answer.matches.unwrap();
    assert_eq!((receipts[0].bank, receipts[0].distance, receipts.len()), (known.id, 0, 1));

    let mut reader = house.app.store.read().await.unwrap();
    let row = submissions::find(&mut reader, answer.submission.unwrap()).await.unwrap().unwrap();
    assert_eq!((row.account.as_deref(), row.mime.as_deref()), (Some("a1"), Some("image/jpeg")));
    assert_eq!((row.width, row.height, row.verdict), (Some(320), Some(240), Verdict::Block));
    assert_eq!(serde_json::from_str::<Context>(&row.context).unwrap(), context(Surface::PublicGroup, "a1"));
    assert_eq!(submissions::signals(&mut reader, row.id).await.unwrap().len(), 4);
    let kept = submissions::matches(&mut reader, row.id).await.unwrap();
    assert_eq!(serde_json::from_str::<MatchReceipt>(&kept[0].receipt).unwrap(), receipts[0]);

    let blob = row.blob.unwrap();
    assert_eq!(house.app.open_evidence(blob).await.unwrap(), picture);
    assert_eq!(blobs::holds(&mut reader, blob).await.unwrap().len(), 1);
    let incident = incidents::find(&mut reader, answer.incident.unwrap()).await.unwrap().unwrap();
    assert_eq!((incident.subject.reference.as_str(), incident.severity), ("a1", Severity::High));
    assert_eq!(items::list(&mut reader, incident.id).await.unwrap()[0].media, Some(blob));
    assert!(conversations::find_by_reference(&mut reader, "synthetic", "c1").await.unwrap().is_some());
    drop(reader);

    let after = house.rows().await;
    let entries: Vec<_> =
        after["ledger_details"].iter().filter(|row| !before["ledger_details"].contains(row)).collect();
    assert_eq!(entries.len(), 1, "one act, one entry");
    let digests = Digests::of(&picture);
    for secret in [hex::encode(digests.md5), hex::encode(digests.sha1), hex::encode(digests.sha256)] {
        assert!(!entries[0].contains(&secret), "no hash of material in the ledger");
    }
    assert!(after["history"].is_empty());
}

#[tokio::test]
async fn a_changed_copy_is_held_for_review_and_no_more() {
    let house = started().await;
    know_picture(&house, Verdict::Block, &recipe(1).render().bytes).await;
    let copy = recipe(1).changed(Variant::Resized(50)).render().bytes;
    let answer = submit(&house, Surface::PublicChannel, &copy).await;
    assert_eq!(answer.verdict, Verdict::Review);
    let mirrored = recipe(1).changed(Variant::Mirrored).render().bytes;
    assert_eq!(submit(&house, Surface::PublicChannel, &mirrored).await.verdict, Verdict::Review);

    let mut reader = house.app.store.read().await.unwrap();
    let incident = incidents::find(&mut reader, answer.incident.unwrap()).await.unwrap().unwrap();
    assert_eq!((incident.severity, incident.items), (Severity::Medium, 2));
}

#[tokio::test]
async fn who_may_not_read_receipts_is_told_what_to_do_and_not_why() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let plain = machine(2, &[Scope::Submit]);
    let submission = upload(&house.app, context(Surface::PublicGroup, "a1"), &picture);
    let answer = house.app.submit(&plain, submission).await.unwrap();
    assert_eq!((answer.verdict, answer.matches), (Verdict::Block, None));

    let stranger = machine(3, &[Scope::Banks]);
    let submission = upload(&house.app, context(Surface::PublicGroup, "a1"), &picture);
    assert_eq!(house.app.submit(&stranger, submission).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.begin_upload(&stranger).err().unwrap().code(), Code::Forbidden);
}

#[tokio::test]
async fn what_cannot_be_decoded_waits_for_a_person_in_public_and_passes_with_a_note_in_private() {
    let house = started().await;
    enter(&house, Surface::DirectMessage, Technique::ALL, false).await;
    let kept = files(&house);
    let broken = &recipe(1).render().bytes[..1000];

    let public = submit(&house, Surface::PublicGroup, broken).await;
    assert_eq!((public.verdict, public.failure), (Verdict::Review, Some(Failure::Truncated)));
    let private = submit(&house, Surface::DirectMessage, CLIP).await;
    assert_eq!((private.verdict, private.failure), (Verdict::Allow, Some(Failure::NoDecoder)));
    assert_eq!(private.incident, None);
    assert_eq!(Failure::UnknownType.code(), Code::UnknownMediaType);
    assert_eq!(Failure::NoDecoder.code(), Code::Undecodable);
    assert_eq!(Failure::Truncated.code(), Code::Undecodable);

    let mut reader = house.app.store.read().await.unwrap();
    for (answer, mime) in [(&public, Some("image/jpeg")), (&private, Some("video/mp4"))] {
        let row = submissions::find(&mut reader, answer.submission.unwrap()).await.unwrap().unwrap();
        assert_eq!(row.failure.as_deref(), answer.failure.map(Failure::name));
        assert_eq!((row.mime.as_deref(), row.blob), (mime, None));
        assert_eq!(submissions::signals(&mut reader, row.id).await.unwrap().len(), 3, "the digests");
    }
    let incident = incidents::find(&mut reader, public.incident.unwrap()).await.unwrap().unwrap();
    assert_eq!(incident.severity, Severity::Low);
    assert_eq!(files(&house), kept, "bytes that match nothing are not kept");
    drop(reader);
    let counts = &house.rows().await["surface_counts"];
    assert!(counts.iter().all(|count| count.ends_with("| 1 | 0 | 0 | 1")), "{counts:?}");
}

#[tokio::test]
async fn digests_of_what_cannot_be_decoded_are_compared_all_the_same() {
    let house = started().await;
    know_bytes(&house, Verdict::Block, CLIP).await;
    let answer = submit(&house, Surface::PublicGroup, CLIP).await;
    assert_eq!((answer.verdict, answer.failure), (Verdict::Block, Some(Failure::NoDecoder)));
    let mut reader = house.app.store.read().await.unwrap();
    let row = submissions::find(&mut reader, answer.submission.unwrap()).await.unwrap().unwrap();
    assert_eq!(house.app.open_evidence(row.blob.unwrap()).await.unwrap(), CLIP);
}

#[tokio::test]
async fn only_what_the_basis_allows_is_compared() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_picture(&house, Verdict::Review, &picture).await;
    know_bytes(&house, Verdict::Block, CLIP).await;
    enter(&house, Surface::PublicGroup, &[Technique::ExactDigest], false).await;
    enter(&house, Surface::PublicChannel, &[Technique::PerceptualHash], false).await;

    assert_eq!(submit(&house, Surface::PublicGroup, &picture).await, Answer::nothing_found());
    let clip = submit(&house, Surface::PublicGroup, CLIP).await;
    assert_eq!((clip.verdict, clip.failure), (Verdict::Block, None), "nothing was decoded");
    assert_eq!(submit(&house, Surface::PublicChannel, &picture).await.verdict, Verdict::Review);
    let clip = submit(&house, Surface::PublicChannel, CLIP).await;
    assert_eq!((clip.verdict, clip.failure), (Verdict::Review, Some(Failure::NoDecoder)));
}

#[tokio::test]
async fn signals_alone_are_enough_and_leave_no_bytes() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_picture(&house, Verdict::Review, &picture).await;
    let kept = files(&house);
    let signals = Signals { pdq: Some(pdq_of(&picture)), ..Signals::default() };
    let answer = submit_signals(&house, Surface::PublicGroup, signals).await;
    assert_eq!(answer.verdict, Verdict::Review);
    let mut reader = house.app.store.read().await.unwrap();
    let row = submissions::find(&mut reader, answer.submission.unwrap()).await.unwrap().unwrap();
    assert_eq!((row.blob, row.mime), (None, None));
    assert_eq!(submissions::signals(&mut reader, row.id).await.unwrap().len(), 1);
    assert_eq!(files(&house), kept);
}

#[tokio::test]
async fn a_negative_bank_alone_finds_nothing_and_what_it_weakens_keeps_its_receipt() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    let mut negative = bank(&house.app, "NOT_ILLEGAL", Verdict::Allow);
    negative.kind = BankKind::Negative;
    negative.distance = 0;
    keep(&house.app, &negative, &[Signal::Pdq(pdq_of(&picture))]).await;
    let before = house.rows().await;
    assert_eq!(submit(&house, Surface::PublicGroup, &picture).await, Answer::nothing_found());
    assert_eq!(changed(&before, &house.rows().await), BTreeSet::from(["surface_counts"]));

    know_picture(&house, Verdict::Block, &picture).await;
    let kept = files(&house);
    let weakened = submit(&house, Surface::PublicGroup, &picture).await;
    assert_eq!((weakened.verdict, weakened.incident), (Verdict::Allow, None));
    let banks: BTreeSet<_> = weakened.matches.unwrap().into_iter().map(|receipt| receipt.bank_name).collect();
    assert_eq!(banks.len(), 2, "both are named");
    assert_eq!(files(&house), kept);

    know_bytes(&house, Verdict::Block, &picture).await;
    let exact = submit(&house, Surface::PublicGroup, &picture).await;
    assert_eq!(exact.verdict, Verdict::Block, "never an exact digest");
}

#[tokio::test]
async fn without_durable_bytes_there_is_no_row_and_no_answer() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let vault = house.folder().join("vault");
    std::fs::remove_dir_all(&vault).unwrap();
    std::fs::write(&vault, "in the way").unwrap();
    let before = house.rows().await;
    let upload = upload(&house.app, context(Surface::PublicGroup, "a1"), &picture);
    let refused = house.app.submit(&messenger(), upload).await;
    assert_eq!(refused.unwrap_err().code(), Code::Internal);
    assert_eq!(changed(&before, &house.rows().await), BTreeSet::from(["surface_counts"]));
}

#[tokio::test]
async fn a_channel_is_the_subject_of_what_it_posts() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let mut context = context(Surface::PublicChannel, "a1");
    context.conversation.as_mut().unwrap().kind = ConversationKind::Channel;
    let submission = upload(&house.app, context, &picture);
    let answer = house.app.submit(&messenger(), submission).await.unwrap();
    let mut reader = house.app.store.read().await.unwrap();
    let incident = incidents::find(&mut reader, answer.incident.unwrap()).await.unwrap().unwrap();
    assert_eq!(
        (incident.subject.kind, incident.subject.reference.as_str()),
        (SubjectKind::Conversation, "c1")
    );
}

#[tokio::test]
async fn a_context_names_somebody_and_is_not_endless() {
    let house = started().await;
    let good = context(Surface::PublicGroup, "a1");
    let nobody = Context { account: None, conversation: None, ..good.clone() };
    let nameless = Context { service: " ".into(), ..good.clone() };
    let endless = Context { message_id: Some("m".repeat(1025)), ..good.clone() };
    for wrong in [nobody, nameless, endless] {
        let submission = upload(&house.app, wrong, CLIP);
        let refused = house.app.submit(&messenger(), submission).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidValue);
    }
    for key in [String::new(), "k".repeat(256)] {
        let submission = Submission { idempotency_key: Some(key), ..upload(&house.app, good.clone(), CLIP) };
        let refused = house.app.submit(&messenger(), submission).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidValue);
    }
    let empty = upload(&house.app, good, b"");
    assert_eq!(house.app.submit(&messenger(), empty).await.unwrap_err().code(), Code::BadRequest);
}
