//! The guard in front of every door that is not public: strangers learn nothing, not even which page exists.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::failure::Failure;
use crate::visit::Visit;

/// Lets only signed-in people pass. What they may do there is asked of the use cases.
pub(crate) async fn signed_in_only(visit: Visit, request: Request, next: Next) -> Result<Response, Failure> {
    visit.caller()?;
    Ok(next.run(request).await)
}
