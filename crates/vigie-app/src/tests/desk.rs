//! A review desk with something to review: uploads of known pictures, as a messenger sends them.

use vigie_match::Digests;
use vigie_model::action::ActionKind;
use vigie_model::bank::{Label, Verdict};
use vigie_model::id::IncidentId;
use vigie_model::incident::{Finding, ItemVerdict, Outcome};
use vigie_model::{Caller, Surface};

use super::House;
use crate::decisions::{Conclusion, Measure};
use crate::matching::Signals;
use crate::submissions::tests::{context, know_bytes, messenger, recipe, started};
use crate::submissions::{Content, Context, Submission};

/// A house that knows one picture.
pub(crate) async fn desk() -> (House, Vec<u8>) {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    (house, picture)
}

/// An account posts the picture: the incident it is gathered in.
pub(crate) async fn posted(house: &House, account: &str, message: &str, picture: &[u8]) -> IncidentId {
    let mut context = context(Surface::PublicGroup, account);
    context.message_id = Some(message.into());
    context.media_id = Some(format!("media-{message}"));
    let mut upload = house.app.begin_upload(&messenger()).unwrap();
    upload.push(picture).unwrap();
    handed_in(house, context, Content::Media(upload.finish())).await
}

/// An account posts the picture, and its messenger tells the digest alone.
pub(crate) async fn posted_as_digest(
    house: &House,
    account: &str,
    message: &str,
    picture: &[u8],
) -> IncidentId {
    let mut context = context(Surface::PublicGroup, account);
    context.message_id = Some(message.into());
    let sha256 = Some(Digests::of(picture).sha256);
    handed_in(house, context, Content::Signals(Box::new(Signals { sha256, ..Signals::default() }))).await
}

async fn handed_in(house: &House, context: Context, content: Content) -> IncidentId {
    let submission = Submission { context, content, idempotency_key: None };
    let answer = house.app.submit(&messenger(), submission).await.unwrap();
    answer.incident.expect("what is known is reviewed")
}

/// A conclusion that finds the same about every item, and does this about the first item or the subject.
pub(crate) async fn concluding(
    house: &House,
    caller: &Caller,
    id: IncidentId,
    verdict: ItemVerdict,
    kinds: &[ActionKind],
) -> Conclusion {
    let view = house.app.incident(caller, id).await.unwrap();
    let first = view.items[0].item.id;
    let is_content = |kind| matches!(kind, ActionKind::RemoveMessage | ActionKind::RemoveMedia);
    let violating = verdict == ItemVerdict::Violating;
    Conclusion {
        outcome: if violating { Outcome::Violating } else { Outcome::Dismissed },
        labels: if violating { vec![Label { scheme: "inhope".into(), code: "A1".into() }] } else { vec![] },
        reason: "seen".into(),
        findings: view.items.iter().map(|one| Finding { item: one.item.id, verdict }).collect(),
        actions: kinds
            .iter()
            .map(|kind| Measure { kind: *kind, item: is_content(*kind).then_some(first) })
            .collect(),
    }
}
