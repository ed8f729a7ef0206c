//! The pager of the person on duty: it only remembers who called.

use serde::Serialize;
use serde_json::Value;
use vigie_model::Moment;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it came.
    pub received_at: Moment,
    /// The identifier in its header, where it had one: a repeated call carries the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What it said.
    pub body: Value,
}
