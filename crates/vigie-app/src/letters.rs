//! Letters of the disclosure desk.

use vigie_model::disclosure::Request;

/// That a request came. It says nothing of what it names.
pub(crate) fn acknowledgement(request: &Request) -> String {
    format!("Your request {} was received on {}.", request.reference, request.received_at)
}
