//! What a messenger tells about a conversation, and its page.

use std::time::Duration;

use vigie_model::bank::Verdict;
use vigie_model::{Role, Surface};

use super::*;
use crate::submissions::tests::{context, know_bytes, messenger, recipe, started};
use crate::submissions::{Content, Submission};
use crate::tests::House;

fn told(reference: &str) -> ToldConversation {
    ToldConversation {
        service: "synthetic".into(),
        reference: reference.into(),
        kind: ConversationKind::Group,
        title: Some("Lakes".into()),
        description: Some("of the north".into()),
        owner: Some("a1".into()),
        administrators: vec!["a2".into(), "a1".into(), "a2".into()],
        invite_link: None,
        linked: vec!["c2".into()],
        members: Some(900),
    }
}

async fn describe(house: &House, told: ToldConversation) -> ConversationId {
    house.app.describe_conversation(&messenger(), told).await.unwrap()
}

#[tokio::test]
async fn the_latest_word_counts_and_what_is_known_leaves_no_trace() {
    let house = started().await;
    let id = describe(&house, told("c1")).await;
    let before = house.rows().await;
    house.clock.advance(Duration::from_secs(60));
    assert_eq!(describe(&house, told("c1")).await, id);
    assert!(house.rows().await == before);

    let renamed = ToldConversation { title: Some("Rivers".into()), ..told("c1") };
    assert_eq!(describe(&house, renamed).await, id);
    let ada = house.person("Ada", Role::Reviewer).await;
    let page = house.app.conversation(&ada, id).await.unwrap();
    assert_eq!(page.conversation.title.as_deref(), Some("Rivers"));
    assert_eq!(page.conversation.administrators, ["a1", "a2"]);
    assert!(page.conversation.first_seen < page.conversation.updated_at);
}

#[tokio::test]
async fn its_page_shows_what_was_found_who_posted_it_and_where_it_leads() {
    let house = started().await;
    let id = describe(&house, told("c1")).await;
    let other = ToldConversation { title: Some("Rivers".into()), linked: vec!["c1".into()], ..told("c2") };
    let second = describe(&house, other).await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let mut upload = house.app.begin_upload(&messenger()).unwrap();
    upload.push(&picture).unwrap();
    let submission = Submission {
        context: context(Surface::PublicGroup, "a7"),
        content: Content::Media(upload.finish()),
        idempotency_key: None,
    };
    let answer = house.app.submit(&messenger(), submission).await.unwrap();

    let ada = house.person("Ada", Role::Reviewer).await;
    let page = house.app.conversation(&ada, id).await.unwrap();
    assert_eq!(page.found.len(), 1);
    assert_eq!(Some(page.found[0].submission.id), answer.submission);
    assert_eq!(Some(page.found[0].incident), answer.incident);
    assert_eq!(page.posters, [("a7".to_owned(), 1)]);
    let link = Link { reference: "c2".into(), known: Some(second), title: Some("Rivers".into()) };
    assert_eq!((page.linked, page.linked_from), (vec![link.clone()], vec![link]));
    assert!(!page.sealed);
    let mut reader = house.app.store.read().await.unwrap();
    let incident =
        vigie_store::incidents::find(&mut reader, answer.incident.unwrap()).await.unwrap().unwrap();
    assert_eq!(incident.reach, 900, "what the messenger told");
    drop(reader);

    assert_eq!(house.app.find_conversation(&ada, "synthetic", "c1").await.unwrap(), id);
    assert_eq!(house.app.conversations(&ada).await.unwrap()[0].found, 1);
    let nobody = Caller { roles: vec![], ..ada };
    assert_eq!(house.app.conversation(&nobody, id).await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn a_conversation_is_described_within_limits() {
    let house = started().await;
    let many = || (0..1001).map(|number| number.to_string()).collect();
    for wrong in [
        ToldConversation { reference: " ".into(), ..told("c1") },
        ToldConversation { members: Some(-1), ..told("c1") },
        ToldConversation { administrators: many(), ..told("c1") },
        ToldConversation { linked: many(), ..told("c1") },
        ToldConversation { linked: vec![String::new()], ..told("c1") },
        ToldConversation { description: Some("d".repeat(10_001)), ..told("c1") },
        ToldConversation { title: Some("t".repeat(1025)), ..told("c1") },
    ] {
        let refused = house.app.describe_conversation(&messenger(), wrong).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidValue);
    }
    let reviewer = house.person("Ada", Role::Reviewer).await;
    let refused = house.app.describe_conversation(&reviewer, told("c1")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
}
