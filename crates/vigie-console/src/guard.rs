//! The guard in front of every door that is not public: strangers learn nothing, not even which page exists.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::failure::Failure;
use crate::pages::{ENROLMENT, go};
use crate::visit::Visit;

/// What somebody may reach whom a link let in for nothing but making a passkey.
const TO_ENROL: [&str; 4] = [ENROLMENT, "/account/passkeys/begin", "/account/passkeys", "/sign-out"];

/// Lets only signed-in people pass. What they may do there is asked of the use cases.
pub(crate) async fn signed_in_only(visit: Visit, request: Request, next: Next) -> Result<Response, Failure> {
    visit.caller()?;
    let only_enrols = visit.signed_in.as_ref().is_some_and(|signed_in| signed_in.only_enrols);
    if only_enrols && !TO_ENROL.contains(&request.uri().path()) {
        return Ok(go(ENROLMENT));
    }
    Ok(next.run(request).await)
}
