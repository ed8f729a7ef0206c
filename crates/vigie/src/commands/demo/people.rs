//! Who works at the desk of the demo. The names are invented.

use std::time::Duration;

use vigie_app::App;
use vigie_model::id::PersonId;
use vigie_model::{Caller, Role};

/// One person for each role of a moderation desk.
const STAFF: [(&str, Role); 7] = [
    ("Mira Holm", Role::Reviewer),
    ("Jonas Weber", Role::SeniorReviewer),
    ("Inès Caron", Role::DataProtectionOfficer),
    ("Tomas Riva", Role::LegalOfficer),
    ("Rosa Lind", Role::Releaser),
    ("Ada Laurent", Role::Administrator),
    ("Lena Okafor", Role::Auditor),
];
/// A second administrator, because nobody could stop a single one.
const SECOND_ADMINISTRATOR: &str = "Noor Salem";
/// How long the senior reviewer is on duty.
const TURN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Somebody who was added, with the link by which they sign in.
pub(super) struct Introduced {
    pub(super) id: PersonId,
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) link: String,
}

/// Adds everybody, and puts somebody on duty.
pub(super) async fn introduce(app: &App) -> anyhow::Result<Vec<Introduced>> {
    let operator = Caller::operator();
    let mut introduced = Vec::new();
    for (name, role) in STAFF {
        let id = app.add_person(&operator, name, &[role]).await?.id;
        let link = app.make_sign_in_link(&operator, id).await?;
        introduced.push(Introduced { id, name, role, link });
    }
    app.add_person(&operator, SECOND_ADMINISTRATOR, &[Role::Administrator]).await?;

    let administrator = signed_in(app, &introduced, Role::Administrator).await?;
    for person in introduced.iter().filter(|person| person.role == Role::SeniorReviewer) {
        app.add_turn(&administrator, person.id, app.now(), app.now().after(TURN)).await?;
    }
    app.sign_out(&administrator).await?;
    Ok(introduced)
}

/// The person of a role, signed in by a link of their own, so that what they do is theirs.
pub(super) async fn signed_in(app: &App, people: &[Introduced], role: Role) -> anyhow::Result<Caller> {
    let person = people.iter().find(|person| person.role == role);
    let person = person.ok_or_else(|| anyhow::anyhow!("nobody at the desk is a {role}"))?;
    let link = app.make_sign_in_link(&Caller::operator(), person.id).await?;
    let secret = link.rsplit('/').next().unwrap_or_default();
    let session = app.sign_in(secret, "vigie demo").await?;
    Ok(app.signed_in(&session).await?.caller)
}
