//! Who held an identifier, what was granted, and what is kept.

use std::net::Ipv4Addr;

use super::*;

fn accounts(holders: &[Holder]) -> Vec<&str> {
    holders.iter().map(|holder| holder.account.as_str()).collect()
}

#[tokio::test]
async fn a_name_that_changed_hands_means_whoever_had_it_then() {
    let desk = Desk::open().await;
    let had: Vec<_> =
        desk.rig.messenger.names().into_iter().filter(|name| name.name == "mooring_light").collect();
    let [first, second] = had.as_slice() else { panic!("two had the name") };
    let (given_up, taken) = (first.until.unwrap(), second.since);
    let asked = async |from: Moment, until: Moment| {
        let name = desk.identifier(IdentifierKind::Username, "mooring_light");
        desk.records.resolve(&name, &Span { from, until }, desk.rig.clock.now()).await.unwrap()
    };
    let early = asked(given_up.before(DAY), given_up).await;
    assert_eq!(accounts(&early), [first.account.as_str()]);
    assert_eq!((early[0].from, early[0].until), (Some(first.since), first.until));
    assert!(early[0].since_created);
    assert!(asked(given_up, taken).await.is_empty(), "for a day nobody had it");
    let late = asked(taken, taken.after(DAY)).await;
    assert_eq!((accounts(&late), late[0].until), (vec![second.account.as_str()], None));
    let both = asked(given_up.before(DAY), taken.after(DAY)).await;
    assert_eq!(accounts(&both), [first.account.as_str(), second.account.as_str()]);
    desk.rig.stop().await;
}

#[tokio::test]
async fn identifiers_of_each_kind_lead_to_their_account() {
    let desk = Desk::open().await;
    let account = desk.account(4);
    let phone = desk.rig.messenger.phones(&account).pop().unwrap();
    let session = desk.rig.messenger.sessions(&account)[0];
    let message = desk.rig.known_message().clone();
    for (kind, value, holder) in [
        (IdentifierKind::UserId, account.to_string(), &account),
        (IdentifierKind::PhoneNumber, phone.number.clone(), &account),
        (IdentifierKind::IpAddress, session.address.to_string(), &account),
        (IdentifierKind::MessageLink, format!("https://lakechat.example/{}", message.id), &message.account),
    ] {
        let found = desk.resolve(kind, &value).await.unwrap();
        assert!(accounts(&found).contains(&holder.as_str()), "{kind}: {found:?}");
    }
    for (kind, value) in [
        (IdentifierKind::UserId, "account-99999"),
        (IdentifierKind::PhoneNumber, "+447700900999"),
        (IdentifierKind::Username, "nobody"),
        (IdentifierKind::MessageLink, "https://lakechat.example/message-0"),
    ] {
        assert_eq!(desk.resolve(kind, value).await.unwrap(), [], "{kind}");
    }
    let why = refused(desk.resolve(IdentifierKind::DeviceNumber, "490154203237518").await);
    assert_eq!(why, "422 identifier_not_kept");
    let elsewhere =
        Identifier { service: "another".into(), ..desk.identifier(IdentifierKind::UserId, account.as_str()) };
    let why = refused(desk.records.resolve(&elsewhere, &desk.span(), desk.rig.clock.now()).await);
    assert_eq!(why, "422 other_service");
    desk.rig.stop().await;
}

#[tokio::test]
async fn of_a_group_only_those_who_meet_the_criterion_are_named() {
    let desk = Desk::open().await;
    let message = desk.rig.known_message().clone();
    let group = desk.rig.operation.conversation(&message.conversation).unwrap().clone();
    let (span, now) = (desk.span(), desk.rig.clock.now());
    let by_id = desk.identifier(IdentifierKind::GroupId, group.id.as_str());
    let members = async |group: &Identifier, criterion: &str, cap: u32| {
        let criterion: Criterion = criterion.parse().unwrap();
        desk.records.resolve_group(group, &criterion, cap, &span, now).await
    };
    let mut posted: Vec<_> = desk
        .rig
        .operation
        .messages
        .iter()
        .filter(|one| one.conversation == group.id)
        .map(|one| one.account.as_str())
        .collect();
    posted.sort_unstable();
    posted.dedup();
    let found = members(&by_id, "posted", 1000).await.unwrap();
    assert_eq!(accounts(&found), posted);
    assert!(posted.len() < group.members.len(), "who only read is not meant");

    let media = format!("posted_media:{}", message.media.as_ref().unwrap());
    assert!(accounts(&members(&by_id, &media, 1000).await.unwrap()).contains(&message.account.as_str()));
    assert!(members(&by_id, "posted_media:media-0", 1000).await.unwrap().is_empty());

    let link = group.invite_link.clone().expect("hubs are joined by a link");
    let by_link = desk.identifier(IdentifierKind::InviteLink, &link);
    let administrators = members(&by_link, "administers", 1000).await.unwrap();
    assert_eq!(administrators.len(), 1 + group.administrators.len());

    assert!(posted.len() > 1);
    assert_eq!(refused(members(&by_id, "posted", 1).await), "422 too_many_holders");
    let why = refused(desk.resolve(IdentifierKind::GroupId, group.id.as_str()).await);
    assert_eq!(why, "422 criterion_missing", "nobody is named for having been there");
    desk.rig.stop().await;
}

#[tokio::test]
async fn what_was_granted_comes_and_nothing_else() {
    let desk = Desk::open().await;
    let (account, other) = (desk.account(1), desk.account(5));
    let sessions = desk.rig.messenger.sessions(&account);
    let (from, until) = (sessions[3].at, sessions[sessions.len() - 3].at);
    let grant = desk.grant(std::slice::from_ref(&account), Span { from, until });
    let pulled = desk.pull(&grant, CONNECTIONS).await.unwrap();
    let expected: Vec<_> = sessions
        .iter()
        .filter(|session| from <= session.at && session.at < until)
        .map(|session| Record::Connection {
            account: account.to_string(),
            address: session.address.to_string(),
            port: session.port,
            at: session.at,
        })
        .collect();
    assert_eq!(pulled, expected);
    assert!(pulled.len() > 10 && pulled.iter().any(|record| record.fields().len() == 2), "some have no port");

    let both = desk.grant(&[account.clone(), other.clone()], desk.span());
    let phones = desk.pull(&both, PHONE).await.unwrap();
    let known = [&account, &other].map(|id| desk.rig.messenger.phones(id).len());
    assert_eq!(phones.len(), known.iter().sum::<usize>());
    assert!(phones.iter().all(|record| matches!(record, Record::Phone { .. })));

    let mut without_ports = grant.clone();
    without_ports.tasks[1].fields = vec![Field::Address, Field::At];
    let pulled = desk.pull(&without_ports, CONNECTIONS).await.unwrap();
    assert_eq!(pulled.len(), expected.len());
    assert!(pulled.iter().all(|record| record.fields().len() == 2));
    desk.rig.stop().await;
}

#[tokio::test]
async fn the_messenger_checks_the_grant_itself() {
    let desk = Desk::open().await;
    let now = desk.rig.clock.now();
    let grant = desk.grant(&[desk.account(1)], desk.span());
    let pull = async |bytes: Vec<u8>, task: TaskId| desk.records.pull(&bytes, task, None, now).await;
    pull(signed(&grant), CONNECTIONS).await.unwrap();

    assert_eq!(refused(pull(signed_by_a_stranger(&grant), CONNECTIONS).await), "403 grant_not_genuine");
    assert_eq!(refused(pull(b"no envelope".to_vec(), CONNECTIONS).await), "403 grant_not_genuine");
    let other_task = TaskId(Uuid::from_u128(99));
    assert_eq!(refused(pull(signed(&grant), other_task).await), "403 task_not_granted");
    let elsewhere = Grant { service: "another".into(), ..grant.clone() };
    assert_eq!(refused(pull(signed(&elsewhere), CONNECTIONS).await), "403 other_service");
    let why = refused(desk.records.pull(&signed(&grant), CONNECTIONS, Some("page two"), now).await);
    assert_eq!(why, "422 cursor_unknown");
    desk.rig.clock.advance(DAY);
    // The call is signed with the time of the desk; the grant is over by the clock of the messenger.
    let why = desk.records.pull(&signed(&grant), CONNECTIONS, None, desk.rig.clock.now()).await;
    assert_eq!(refused(why), "403 grant_expired");
    desk.rig.stop().await;
}

#[tokio::test]
async fn pages_follow_one_another_to_the_last() {
    let desk = Desk::open().await;
    let (account, start) = (desk.account(1), desk.rig.clock.now());
    let before = desk.rig.messenger.sessions(&account).len();
    desk.rig.messenger.connect(
        &account,
        (0..25_000).map(|second| Session {
            address: Ipv4Addr::new(198, 51, 100, (second % 254) as u8).into(),
            port: Some(second as u16),
            at: start.after(Duration::from_secs(second)),
        }),
    );
    let grant = desk.grant(&[account], desk.span());
    let page = desk.records.pull(&signed(&grant), CONNECTIONS, None, start).await.unwrap();
    assert_eq!((page.records.len(), page.next.is_some()), (10_000, true));
    let pulled = desk.pull(&grant, CONNECTIONS).await.unwrap();
    assert_eq!(pulled.len(), before + 25_000);
    let mut times: Vec<_> = pulled.iter().map(|record| format!("{record:?}")).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), pulled.len(), "no record comes twice");
    desk.rig.stop().await;
}

#[tokio::test]
async fn what_is_held_is_not_deleted_until_the_last_reason_is_lifted() {
    let desk = Desk::open().await;
    let (held, other, now) = (desk.account(1), desk.account(5), desk.rig.clock.now());
    let counts = || [&held, &other].map(|id| desk.rig.messenger.sessions(id).len());
    let categories = [Category::Subscriber, Category::Identification, Category::Content];
    let preserve = async |reason: &str, days: u32| {
        desk.records.preserve(held.as_str(), &categories, now.after(DAY * days), reason, now).await
    };
    let kept = preserve("hold-1", 60).await.unwrap();
    assert_eq!(kept, [Category::Subscriber, Category::Identification], "content is not kept there");
    preserve("hold-2", 60).await.unwrap();
    let before = counts();
    assert!(before.iter().all(|count| *count > 0));
    desk.rig.messenger.forget_before(now.after(DAY * 30));
    assert_eq!(counts(), [before[0], 0]);
    desk.records.lift("hold-1", now).await.unwrap();
    desk.rig.messenger.forget_before(now.after(DAY * 30));
    assert_eq!(counts(), [before[0], 0], "another reason stands");
    desk.records.lift("hold-2", now).await.unwrap();
    desk.records.lift("hold-2", now).await.unwrap();
    desk.rig.messenger.forget_before(now.after(DAY * 30));
    assert_eq!(counts(), [0, 0]);
    let nobody = desk.records.preserve("nobody", &categories, now.after(DAY), "hold-3", now).await;
    assert_eq!(refused(nobody), "404 unknown_target");
    desk.rig.stop().await;
}

#[test]
fn signed_pulls_need_an_address_and_a_secret() {
    assert!(SignedPull::new("ftp://messenger.example", b"secret").is_err());
    assert!(SignedPull::new("https://messenger.example", b"").is_err());
    let able = SignedPull::new("https://messenger.example/base/", b"secret").unwrap().capabilities();
    assert!(able.groups && able.holds);
    assert_eq!(able.fields, Field::ALL);
}
