//! The authorities of the demo: entered by one person, agreed to by another, one of them with an official who administers
//! it. All of them are invented.

use anyhow::Context as _;
use vigie_app::App;
use vigie_app::authorities::NewAuthority;
use vigie_app::officials::Invitation;
use vigie_model::access::CallerKind;
use vigie_model::disclosure::{AuthorityKeys, IssuerRole};
use vigie_model::id::AuthorityId;
use vigie_model::{Caller, Role};

use super::people::{Introduced, signed_in};
use crate::authority::Keys;

const REASON: &str = "found in the directory, and called back";
/// Who administers the first authority at the portal.
const OFFICIAL: (&str, &str) = ("Camille Aubry", "camille.aubry@parquet-synthese.example");

/// Enters the authorities, the first with these keys, and invites its first official.
pub(super) async fn enter(app: &App, people: &[Introduced], keys: &Keys) -> anyhow::Result<Introduced> {
    let one = signed_in(app, people, Role::LegalOfficer).await?;
    let other = signed_in(app, people, Role::DataProtectionOfficer).await?;
    let prosecutor = NewAuthority {
        name: "Parquet de Synthèse".into(),
        country: "FR".into(),
        roles: vec![IssuerRole::Prosecutor, IssuerRole::JudicialPoliceOfficer],
        domains: vec!["parquet-synthese.example".into()],
        call_back: "+33 1 99 00 10 20".into(),
        directory: "Annuaire synthétique de la justice, p. 12".into(),
        keys: AuthorityKeys {
            signing: Some(keys.signing.verifier().to_string()),
            sealing: Some(keys.sealing.to_public().to_string()),
            valid_until: None,
        },
    };
    let police = NewAuthority {
        name: "Synthetisches Landeskriminalamt".into(),
        country: "DE".into(),
        roles: vec![IssuerRole::Investigator],
        domains: vec!["lka-synthese.example".into()],
        call_back: "+49 30 99 00 10".into(),
        directory: "Synthetic directory of police units, edition 7".into(),
        keys: AuthorityKeys::default(),
    };
    for new in [&prosecutor, &police] {
        let question = app.ask_to_enter_authority(&one, new.clone(), REASON).await?;
        app.approve(&other, question.id).await?;
    }
    let known = app.authorities(&one).await?;
    let known = known.iter().find(|known| known.name == prosecutor.name).context("it was just entered")?;
    let official = invite(app, &one, &other, known.id).await?;
    app.sign_out(&one).await?;
    app.sign_out(&other).await?;
    Ok(official)
}

async fn invite(
    app: &App,
    one: &Caller,
    other: &Caller,
    authority: AuthorityId,
) -> anyhow::Result<Introduced> {
    let (name, mail) = OFFICIAL;
    let invitation = Invitation {
        name: name.into(),
        mail: mail.into(),
        role: IssuerRole::Prosecutor,
        is_administrator: true,
    };
    let question = app.ask_to_invite_official(one, authority, invitation, REASON).await?;
    app.approve(other, question.id).await?;
    let official = app.officials_of(one, authority).await?.pop().context("they were just invited")?;
    let link = app.make_official_link(&confirmed(app, one), official.person).await?;
    Ok(Introduced { id: official.person, name, role: Role::Official, link })
}

/// The same person as if they had just used a passkey: the people of the demo have none, and let an official in.
fn confirmed(app: &App, caller: &Caller) -> Caller {
    let mut caller = caller.clone();
    if let CallerKind::Person { fresh, .. } = &mut caller.kind {
        *fresh = Some(app.now());
    }
    caller
}
