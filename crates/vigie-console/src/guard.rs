//! The guard in front of every door that is not public: strangers learn nothing, not even which page exists.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use vigie_app::Code;
use vigie_model::Role;

use crate::failure::Failure;
use crate::pages::{ENROLMENT, JOINING, PORTAL, go};
use crate::visit::Visit;

/// What somebody may reach who was let in for nothing but making a passkey, or joining themselves to their account.
const TO_ENROL: [&str; 5] = [ENROLMENT, "/account/passkeys/begin", "/account/passkeys", JOINING, "/sign-out"];

/// What belongs to no desk: an official reaches it as everybody does. Below `/account` lie their own passkeys and sessions.
const OF_EVERYBODY: [&str; 4] = ["/account", "/confirm", "/notices", "/sign-out"];

/// Lets only signed-in people pass: officials to the portal, and everybody else to the house. What they may do there is
/// asked of the use cases.
pub(crate) async fn signed_in_only(visit: Visit, request: Request, next: Next) -> Result<Response, Failure> {
    let caller = visit.caller()?;
    let path = request.uri().path();
    let only_enrols = visit.signed_in.as_ref().is_some_and(|signed_in| signed_in.only_enrols);
    if only_enrols {
        let may_pass = TO_ENROL.contains(&path);
        return Ok(if may_pass { next.run(request).await } else { go(ENROLMENT) });
    }
    let lies_below =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if caller.has(Role::Official) != lies_below(PORTAL) && !OF_EVERYBODY.into_iter().any(lies_below) {
        return Err(Failure::new(Code::Forbidden, "this page is not for you"));
    }
    Ok(next.run(request).await)
}
