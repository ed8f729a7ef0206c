//! `vigie token`: what machines may do.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use vigie_app::App;
use vigie_app::tokens::NewToken;
use vigie_model::id::TokenId;
use vigie_model::{Caller, Scope};
use vigie_store::tokens::Token;

use super::operator::{self, Common, Told};
use crate::output::{Ending, Hint as _};

/// What each scope permits, as somebody reads it who gives them for the first time.
const SCOPES: &str = "\
Scopes:
  submit      ask about uploads, hand in user reports, tell about conversations: what a messenger needs
  receipts    get with each answer what matched: distance, bank, entry
  hma_match   hash and look up through the HMA-compatible API
  hma_curate  change banks through it
  banks       read and fill banks through /api/v1
  metrics     read /metrics";

/// Make API tokens for machines, list them, revoke them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vigie token add messenger --scope submit   what a messenger sends as `Authorization: Bearer …`
  vigie token revoke messenger               it is refused from its next request on

One token for one machine and one task: so it can be revoked alone.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token, and print its secret, which is shown this once.
    #[command(after_help = format!("\
Examples:
  vigie token add messenger --scope submit
  vigie token add prometheus --scope metrics --days 365
  vigie token add matrix --scope hma_match --scope hma_curate --format json

{SCOPES}"))]
    Add {
        /// What it is called in lists.
        name: String,
        /// What it may be used for; may be given several times.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// After so many days it ends by itself.
        #[arg(long)]
        days: Option<u64>,
        /// Bank entries it may add in an hour; further ones wait for a person.
        #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(i64).range(0..))]
        entries_per_hour: i64,
        #[command(flatten)]
        common: Common,
    },
    /// List every token, without its secret.
    #[command(after_help = "Examples:\n  vigie token list")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Revoke a token: it is refused from its next request on.
    #[command(after_help = "\
Examples:
  vigie token revoke messenger
  vigie token revoke 0199f1b2-7a31-7c52-9f0e-9b3c5a2d4e61")]
    Revoke {
        /// Its name, or its identifier where several have the name.
        token: String,
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::Add { name, scopes, days, entries_per_hour, common } => {
            let life = days.map(|days| Duration::from_secs(days.saturating_mul(24 * 60 * 60)));
            let new = NewToken { name, scopes, entries_per_hour, life };
            operator::act(&common, async |app| add(app, new).await)
        }
        Command::List { common } => operator::act(&common, list),
        Command::Revoke { token, common } => operator::act(&common, async |app| revoke(app, &token).await),
    }
}

async fn add(app: &App, new: NewToken) -> anyhow::Result<Vec<Told>> {
    let (token, secret) = app.add_token(&Caller::operator(), new).await?;
    Ok(vec![Told {
        text: format!(
            "{} may {}. Its secret is shown this once:\n  {secret}",
            token.name,
            names(&token.scopes)
        ),
        json: json!({ "id": token.id, "name": token.name, "scopes": token.scopes, "secret": secret }),
    }])
}

async fn list(app: &App) -> anyhow::Result<Vec<Told>> {
    let tokens = app.tokens(&Caller::operator()).await?;
    let now = app.now();
    let told = tokens.iter().map(|token| {
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!(", revoked {at}"),
            (None, Some(at)) if at <= now => format!(", ended {at}"),
            (None, Some(at)) => format!(", until {at}"),
            (None, None) => String::new(),
        };
        Told {
            text: format!("{} {}: {}{state}", token.id, token.name, names(&token.scopes)),
            json: json!({
                "id": token.id,
                "name": token.name,
                "scopes": token.scopes,
                "entries_per_hour": token.entries_per_hour,
                "created_at": token.created_at,
                "expires_at": token.expires_at,
                "revoked_at": token.revoked_at,
            }),
        }
    });
    Ok(told.collect())
}

async fn revoke(app: &App, token: &str) -> anyhow::Result<Vec<Told>> {
    let found = find(app, token).await.hint("`vigie token list` shows names and identifiers")?;
    app.revoke_token(&Caller::operator(), found.id).await?;
    Ok(vec![Told {
        text: format!("{} is revoked.", found.name),
        json: json!({ "id": found.id, "name": found.name, "revoked": true }),
    }])
}

/// The living token of this identifier, or the only one of this name.
async fn find(app: &App, token: &str) -> anyhow::Result<Token> {
    let id = token.parse::<TokenId>().ok();
    let tokens = app.tokens(&Caller::operator()).await?;
    let mut found = tokens
        .into_iter()
        .filter(|one| one.revoked_at.is_none() && (Some(one.id) == id || one.name == token));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => anyhow::bail!("several tokens are named {token}: name the identifier"),
        (None, _) => anyhow::bail!("no living token is named {token}"),
    }
}

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_explains_every_scope() {
        for scope in Scope::ALL {
            assert!(SCOPES.contains(scope.name()), "{scope}");
        }
    }
}
