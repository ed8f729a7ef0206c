//! Notices: what a person should know, on every page until they have seen it.

use axum::response::Response;
use vigie_model::id::NoticeId;

use super::{Id, go};
use crate::door::Door;
use crate::failure::Result;
use crate::fields::Form;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::post("/notices/{id}/seen", seen)]
}

/// Notes that a notice was seen, and goes where it points.
async fn seen(desk: Desk, Id(id): Id<NoticeId>, Form(fields): Form) -> Result<Response> {
    for id in [id].into_iter().chain(fields.parsed("also")) {
        desk.console.app.note_seen(&desk.caller, id).await?;
    }
    Ok(go(address(fields.text("subject"))))
}

/// Where the subject of a notice is shown.
pub(crate) fn address(subject: &str) -> String {
    match subject.split_once(':') {
        Some(("action", id)) if id.parse::<vigie_model::id::ActionId>().is_ok() => format!("/actions/{id}"),
        Some(("alarm", id)) if id.parse::<vigie_model::id::AlarmId>().is_ok() => format!("/alarms/{id}"),
        Some(("rereading", id)) if id.parse::<vigie_model::id::RereadingId>().is_ok() => {
            format!("/rereadings/{id}")
        }
        Some(("incident", id)) if id.parse::<vigie_model::id::IncidentId>().is_ok() => {
            format!("/incidents/{id}")
        }
        Some(("person", id)) if id.parse::<vigie_model::id::PersonId>().is_ok() => format!("/people/{id}"),
        Some(("authority", id)) if id.parse::<vigie_model::id::AuthorityId>().is_ok() => {
            format!("/authorities/{id}")
        }
        Some(("request", id)) if id.parse::<vigie_model::id::RequestId>().is_ok() => {
            format!("/requests/{id}")
        }
        None if subject == "requests" => "/requests".to_owned(),
        None if subject == "account" => "/account".to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_leads_to_where_its_subject_is_shown_and_to_no_other_place() {
        let id = "019a0000-0000-7000-8000-000000000001";
        for (kind, path) in [("authority", "authorities"), ("person", "people"), ("request", "requests")] {
            assert_eq!(address(&format!("{kind}:{id}")), format!("/{path}/{id}"));
            assert_eq!(address(&format!("{kind}:../tokens")), "/");
        }
    }
}
