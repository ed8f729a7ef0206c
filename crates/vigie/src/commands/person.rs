//! `vigie person`: who may sign in, and as what.

use clap::{Args, Subcommand};
use serde_json::json;
use vigie_app::App;
use vigie_model::{Caller, Role};
use vigie_store::people::Person;

use super::operator::{self, Common, Told};
use crate::output::{Ending, Hint as _};

/// What each role may do, as somebody reads it who gives them for the first time.
const ROLES: &str = "\
Roles:
  administrator            people, tokens, the duty roster; never sees material. Name a second one soon
  reviewer                 takes incidents, looks step by step, decides, raises the alarm for a child at risk
  senior_reviewer          also what is escalated, waves, banks; is the second person for what is hard to undo
  data_protection_officer  detection bases; banks, as the second person beside a senior reviewer
  legal_officer            requests of authorities; takes alarms
  releaser                 the second person before data leaves
  auditor                  ledger and figures, never material
  analyst, unit_head, magistrate   the case desk of a police unit";

/// Add people, list them, give them sign-in links, end their access.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vigie person add Ada --role administrator   the first person; she adds the others on the console
  vigie person link Ada                       another link, when hers was used or has ended

Everybody signs in the first time by a link, which is shown once and is good for a day, and makes a passkey with it. Who has
a passkey signs in by that; a further link is for making another when it was lost. From the second administrator on, roles that
are trusted with much are given on the console, by two administrators.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a person, and print the link by which they sign in once.
    #[command(after_help = format!("\
Examples:
  vigie person add \"Ada Lovelace\" --role administrator
  vigie person add Mira --role reviewer --role legal_officer --mail mira@example.org
  vigie person add Jo --role reviewer --format json

{ROLES}"))]
    Add {
        /// The name that others read.
        name: String,
        /// What the person is trusted with; may be given several times.
        #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
        roles: Vec<Role>,
        /// Where pages are mailed to them while they are on duty.
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Set where pages are mailed to a person on duty. Mails carry no content, only that an alarm waits and where.
    #[command(after_help = "\
Examples:
  vigie person mail Mira mira@example.org
  vigie person mail Mira                   no address any more: `to` of [mail] in the configuration gets them")]
    Mail {
        /// The name of the person.
        name: String,
        /// Their mail address; without one, they have none.
        address: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// List everybody, those whose access ended included.
    #[command(after_help = "Examples:\n  vigie person list\n  vigie person list --format json")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Print a new one-time sign-in link for a person.
    #[command(after_help = "Examples:\n  vigie person link Mira")]
    Link {
        /// The name of the person.
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// End a person's access: every session of theirs ends at once.
    #[command(after_help = "Examples:\n  vigie person end Mira")]
    End {
        /// The name of the person.
        name: String,
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::Add { name, roles, mail, common } => {
            operator::act(&common, async |app| add(app, &name, &roles, mail.as_deref()).await)
        }
        Command::Mail { name, address, common } => operator::act(&common, async |app| {
            let person = named(app, &name).await?;
            app.set_mail(&Caller::operator(), person.id, address.as_deref()).await?;
            let text = match &address {
                Some(address) => format!("Pages for {} are mailed to {address}.", person.name),
                None => format!("{} has no mail address any more.", person.name),
            };
            Ok(vec![Told { text, json: json!({ "id": person.id, "name": person.name, "mail": address }) }])
        }),
        Command::List { common } => operator::act(&common, list),
        Command::Link { name, common } => operator::act(&common, async |app| {
            let person = named(app, &name).await?;
            let link = app.make_sign_in_link(&Caller::operator(), person.id).await?;
            Ok(vec![with_link(&person, &link)])
        }),
        Command::End { name, common } => operator::act(&common, async |app| {
            let person = named(app, &name).await?;
            app.end_person(&Caller::operator(), person.id).await?;
            Ok(vec![Told {
                text: format!("The access of {} has ended.", person.name),
                json: json!({ "id": person.id, "name": person.name, "ended": true }),
            }])
        }),
    }
}

async fn add(app: &App, name: &str, roles: &[Role], mail: Option<&str>) -> anyhow::Result<Vec<Told>> {
    let person = app.add_person(&Caller::operator(), name, roles).await?;
    if mail.is_some() {
        app.set_mail(&Caller::operator(), person.id, mail).await?;
    }
    let link = app.make_sign_in_link(&Caller::operator(), person.id).await?;
    let mut told = with_link(&person, &link);
    if app.needs_second_administrator().await? {
        told.text.push_str(
            "\nThere is one administrator. Let them name a second one: nobody could stop a single one.",
        );
    }
    Ok(vec![told])
}

async fn list(app: &App) -> anyhow::Result<Vec<Told>> {
    let people = app.people(&Caller::operator()).await?;
    let told = people.iter().map(|person| {
        let ended = person.ended_at.map(|at| format!(", until {at}")).unwrap_or_default();
        Told {
            text: format!("{}: {} (since {}{ended})", person.name, names(&person.roles), person.created_at),
            json: json!({
                "id": person.id,
                "name": person.name,
                "roles": person.roles,
                "mail": person.mail,
                "created_at": person.created_at,
                "ended_at": person.ended_at,
            }),
        }
    });
    Ok(told.collect())
}

async fn named(app: &App, name: &str) -> anyhow::Result<Person> {
    app.person_named(&Caller::operator(), name).await.hint("`vigie person list` shows the names")
}

fn with_link(person: &Person, link: &str) -> Told {
    Told {
        text: format!(
            "{} ({}) signs in here, once, within a day:\n  {link}",
            person.name,
            names(&person.roles)
        ),
        json: json!({ "id": person.id, "name": person.name, "roles": person.roles, "sign_in": link }),
    }
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_explains_every_role() {
        for role in Role::ALL.iter().filter(|role| role.is_of_the_house()) {
            assert!(ROLES.contains(role.name()), "{role}");
        }
    }
}
