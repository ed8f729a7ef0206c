//! Questions to a second person on both databases: answered once, never by the asker, late, or with other parameters.

use vigie_app::Code;
use vigie_model::Role;
use vigie_testkit::{Database, House, Plan};

async fn answers_that_do_not_count_change_nothing_and_are_written_down(database: Database) {
    let house = House::of(Plan { database: database.clone(), ..Plan::default() }).await;
    let app = house.app().clone();
    let ada = house.caller(&house.person("Ada", &[Role::Administrator]).await).await;
    let bo = house.caller(&house.person("Bo", &[Role::Administrator]).await).await;
    let ask =
        async |name: &str| app.ask_to_add_person(&ada, name, &[Role::Releaser], "why").await.unwrap().id;

    let altered = ask("Rea").await;
    let change = format!(
        "UPDATE approvals SET parameters = REPLACE(parameters, 'releaser', 'administrator') \
         WHERE parameters LIKE '%{}%' RETURNING CAST(1 AS BIGINT)",
        "Rea"
    );
    assert_eq!(database.rows(house.data(), &change).await.len(), 1);
    assert_eq!(app.approve(&bo, altered).await.unwrap_err().code(), Code::ApprovalAltered);
    let own = ask("Sol").await;
    assert_eq!(app.approve(&ada, own).await.unwrap_err().code(), Code::SamePerson);
    app.approve(&bo, own).await.unwrap();
    assert_eq!(app.approve(&bo, own).await.unwrap_err().code(), Code::WrongState);
    let at_once = ask("Tea").await;
    let (one, other) = tokio::join!(app.approve(&bo, at_once), app.approve(&bo, at_once));
    assert!(one.is_ok() != other.is_ok(), "one answer counts: {one:?} {other:?}");
    let late = ask("Una").await;
    house.clock.advance(std::time::Duration::from_secs(73 * 60 * 60));
    let bo = house.caller(&again(&house, "Bo").await).await;
    assert_eq!(app.approve(&bo, late).await.unwrap_err().code(), Code::ApprovalExpired);

    let names: Vec<_> = app.people(&bo).await.unwrap().into_iter().map(|person| person.name).collect();
    for (name, is_there) in [("Rea", false), ("Sol", true), ("Tea", true), ("Una", false)] {
        assert_eq!(names.iter().filter(|known| *known == name).count(), usize::from(is_there), "{name}");
    }
    for action in ["altered_answer", "own_answer", "second_answer", "late_answer"] {
        let count = format!("SELECT COUNT(*) FROM ledger_details WHERE action = 'question.{action}_refused'");
        assert!(house.number(&count).await >= 1, "{action}");
    }
    house.close().await;
}

/// Somebody signs in again, when their session has ended.
async fn again(house: &House, name: &str) -> vigie_testkit::Visitor {
    let operator = vigie_model::Caller::operator();
    let person = house.app().person_named(&operator, name).await.unwrap();
    let link = house.app().make_sign_in_link(&operator, person.id).await.unwrap();
    let mut visitor = house.stranger();
    visitor.sign_in(link.strip_prefix(&house.app().settings.public_url).unwrap_or(&link)).await;
    visitor
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_answers_that_do_not_count_change_nothing_and_are_written_down() {
    answers_that_do_not_count_change_nothing_and_are_written_down(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_answers_that_do_not_count_change_nothing_and_are_written_down() {
    const TEST: &str = "four_eyes::postgres_answers_that_do_not_count_change_nothing_and_are_written_down";
    let Some(database) = Database::postgres(TEST).await else { return };
    answers_that_do_not_count_change_nothing_and_are_written_down(database).await;
}
