//! A package as its authority looks at it: verified, opened, and every field of it held to the grant that it carries.

use anyhow::Context as _;
use vigie_model::disclosure::{Grant, Record};
use vigie_model::id::TaskId;
use vigie_seal::note::VerifierKey;
use vigie_seal::package::{self, Identity, TrustedKeys};

/// What was found in a package.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Checked {
    /// How many fields the authority has.
    pub(super) fields: usize,
    /// How many of them, or of lines that could not be read, the grant does not admit.
    pub(super) outside: usize,
    /// What is wrong with it.
    pub(super) flaws: Vec<String>,
}

/// Looks at a package without the service.
pub(super) fn offline(
    bytes: &[u8],
    identity: &Identity,
    (service, log): (VerifierKey, VerifierKey),
) -> anyhow::Result<Checked> {
    let origin = log.name().to_owned();
    let trusted = TrustedKeys { service: vec![service], log: Some((log, origin)) };
    let opened = package::open(bytes, identity, &trusted).context("the package does not open")?;
    let verification = &opened.verification;
    let mut checked = Checked { outside: opened.outside.len(), ..Checked::default() };
    for (name, answer) in [
        ("authentic", &verification.authentic),
        ("complete", &verification.complete),
        ("within the grant", &verification.within_grant),
        ("in the log", &verification.in_log),
    ] {
        if !answer.is_yes() {
            checked.flaws.push(format!("not {name}: {answer:?}"));
        }
    }
    let grant = verification.grant.as_ref().context("the package carries no grant")?;
    for line in &opened.lines {
        let Some(record) = &line.record else { continue };
        checked.fields += record.fields().len();
        checked.outside += fields_outside(grant, line.task, record);
    }
    Ok(checked)
}

/// How many fields of a record the grant does not admit: all of them where it names another account or another time.
fn fields_outside(grant: &Grant, task: TaskId, record: &Record) -> usize {
    let Some(granted) = grant.task(task) else { return record.fields().len() };
    let is_named = granted.subjects.iter().any(|subject| subject == record.account());
    if !is_named || !record.lies_in(&granted.span) {
        return record.fields().len();
    }
    record.fields().iter().filter(|field| !granted.fields.contains(field)).count()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use vigie_model::Moment;
    use vigie_model::disclosure::{Category, Field, GrantedTask, Span};
    use vigie_model::id::{GrantId, RequestId};

    use super::*;

    #[test]
    fn a_field_of_another_account_time_task_or_kind_is_counted() {
        let task = TaskId(Uuid::from_u128(1));
        let granted = GrantedTask {
            task,
            category: Category::Identification,
            subjects: vec!["u-1".into()],
            fields: vec![Field::Address, Field::At],
            span: Span { from: Moment(10), until: Moment(20) },
        };
        let grant = Grant {
            version: 1,
            id: GrantId(Uuid::nil()),
            request: RequestId(Uuid::nil()),
            reference: String::new(),
            authority: String::new(),
            service: String::new(),
            rule_set: String::new(),
            tasks: vec![granted],
            granted_at: Moment(0),
            expires_at: Moment(100),
            approvals: vec![],
        };
        let connection = |account: &str, port, at| Record::Connection {
            account: account.into(),
            address: "192.0.2.7".into(),
            port,
            at: Moment(at),
        };
        assert_eq!(fields_outside(&grant, task, &connection("u-1", None, 15)), 0);
        assert_eq!(
            fields_outside(&grant, task, &connection("u-1", Some(1), 15)),
            1,
            "a port was not granted"
        );
        assert_eq!(fields_outside(&grant, task, &connection("u-1", None, 20)), 2, "the time is over");
        assert_eq!(fields_outside(&grant, task, &connection("u-2", Some(1), 15)), 3, "of somebody else");
        let other = TaskId(Uuid::from_u128(2));
        assert_eq!(fields_outside(&grant, other, &connection("u-1", None, 15)), 2, "of no granted task");
    }
}
