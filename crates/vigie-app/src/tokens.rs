//! API tokens: scoped, hashed, ending.

use std::time::Duration;

use serde_json::json;
use vigie_model::access::CallerKind;
use vigie_model::id::TokenId;
use vigie_model::{Caller, Operation, Scope};
use vigie_seal::ledger::Details;
use vigie_store::tokens;

use crate::{App, Code, Error, Resource, Result, authorise, secret};

pub use vigie_store::tokens::Token;

/// What a new token is for.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// How many bank entries it may add in an hour before they wait in quarantine.
    pub entries_per_hour: i64,
    /// How long it lives; without end if none.
    pub life: Option<Duration>,
}

impl App {
    /// Makes a token. Its secret is shown once and kept only as a hash.
    ///
    /// # Errors
    /// Not permitted, no name or no scope.
    pub async fn add_token(&self, caller: &Caller, new: NewToken) -> Result<(Token, String)> {
        authorise(caller, Operation::ManageTokens, Resource::Any)?;
        if new.name.trim().is_empty() || new.scopes.is_empty() {
            return Err(Error::new(Code::InvalidValue, "a token needs a name and at least one scope"));
        }
        let secret = secret::fresh("vigie_")?;
        let now = self.now();
        let token = Token {
            id: TokenId::fresh(&*self.ids),
            name: new.name.trim().to_owned(),
            hash: secret::hash(&secret),
            scopes: new.scopes,
            entries_per_hour: new.entries_per_hour,
            created_at: now,
            expires_at: new.life.map(|life| now.after(life)),
            revoked_at: None,
        };
        let mut tx = self.store.begin().await?;
        tokens::insert(&mut tx, &token).await?;
        let entry = Details::new(caller, "token.added", format!("token:{}", token.id), now);
        tx.commit(&entry.with(json!({ "scopes": token.scopes, "entries_per_hour": token.entries_per_hour })))
            .await?;
        Ok((token, secret))
    }

    /// Revokes a token: refused from its next request on.
    ///
    /// # Errors
    /// Not permitted, or no such living token.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<()> {
        authorise(caller, Operation::ManageTokens, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        tokens::revoke(&mut tx, id, self.now()).await.map_err(|_| Error::not_found("token"))?;
        tx.commit(&Details::new(caller, "token.revoked", format!("token:{id}"), self.now())).await?;
        self.intake().tokens.forget();
        Ok(())
    }

    /// Every token, without its secret.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn tokens(&self, caller: &Caller) -> Result<Vec<Token>> {
        authorise(caller, Operation::ManageTokens, Resource::Any)?;
        Ok(tokens::list(&mut self.store.read().await?).await?)
    }

    /// Who carries this token. A token that this process revokes is refused from then on; one that another process
    /// revokes, within a second.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`] when it is unknown, ended or revoked.
    pub async fn token_caller(&self, token_secret: &str) -> Result<Caller> {
        let hash = secret::hash(token_secret);
        self.intake().tokens.get(hash, self.now(), self.read_token(hash)).await
    }

    async fn read_token(&self, hash: [u8; 32]) -> Result<Caller> {
        let mut reader = self.store.read().await?;
        let token = tokens::find(&mut reader, &hash, self.now())
            .await?
            .ok_or_else(|| Error::new(Code::NotSignedIn, "the token is unknown, has ended or was revoked"))?;
        Ok(Caller {
            kind: CallerKind::Token(token.id),
            name: token.name,
            roles: vec![],
            scopes: token.scopes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::house;

    #[tokio::test]
    async fn a_revoked_token_is_refused_at_once_here_and_within_a_second_elsewhere() {
        let house = house().await;
        let other = house.second_process().await;
        let new = NewToken {
            name: "messenger".into(),
            scopes: vec![Scope::Submit],
            entries_per_hour: 0,
            life: Some(Duration::from_secs(60)),
        };
        let operator = Caller::operator();
        let (token, secret) = house.app.add_token(&operator, new.clone()).await.unwrap();
        for app in [&house.app, &other] {
            assert_eq!(app.token_caller(&secret).await.unwrap().token(), Some(token.id));
        }
        house.app.revoke_token(&operator, token.id).await.unwrap();
        assert_eq!(house.app.token_caller(&secret).await.unwrap_err().code(), Code::NotSignedIn);
        house.clock.advance(Duration::from_secs(1));
        assert_eq!(other.token_caller(&secret).await.unwrap_err().code(), Code::NotSignedIn);

        let (_, secret) = house.app.add_token(&operator, new).await.unwrap();
        house.app.token_caller(&secret).await.unwrap();
        house.clock.advance(Duration::from_secs(60));
        assert_eq!(house.app.token_caller(&secret).await.unwrap_err().code(), Code::NotSignedIn);
    }
}
