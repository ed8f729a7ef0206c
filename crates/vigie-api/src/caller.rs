//! Who calls: the token of the `Authorization` header, resolved to a caller.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use vigie_app::Code;
use vigie_app::asker::Asker;
use vigie_model::Caller;

use crate::{Api, Problem};

/// A machine with a living token. A handler that does not take it is public, and must stand in the list of public routes.
#[derive(Debug)]
pub struct Machine(pub Caller);

impl FromRequestParts<Api> for Machine {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| Problem::new(Code::NotSignedIn, "send a token as `Authorization: Bearer …`"))?;
        let caller = api.app.token_caller(token.trim()).await?;
        tell_asker(parts, &caller);
        Ok(Self(caller))
    }
}

/// Tells who asks to the door that logs refusals, where there is one.
pub(crate) fn tell_asker(parts: &Parts, caller: &Caller) {
    if let Some(asker) = parts.extensions.get::<Asker>() {
        asker.is(caller);
    }
}
