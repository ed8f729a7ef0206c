//! Who may do what: one table, one function, in front of every use case. Default deny.

use vigie_model::Role::{
    Administrator, Auditor, DataProtectionOfficer, LegalOfficer, Reviewer, SeniorReviewer,
};
use vigie_model::access::CallerKind;
use vigie_model::{Caller, Operation, Role, Scope};

use crate::{Code, Error, Result};

/// What the operation is asked of. Rules that depend on the thing itself stand here, not in the use cases.
#[derive(Debug, Clone, Copy)]
pub enum Resource {
    /// The whole kind: lists, and making new ones.
    Any,
}

/// Guards a use case: the caller's roles or scopes must permit the operation.
///
/// # Errors
/// [`Code::Forbidden`], without saying which role would be permitted.
pub fn authorise(caller: &Caller, operation: Operation, _resource: Resource) -> Result<()> {
    let permitted = match caller.kind {
        CallerKind::Person { .. } => permitted_roles(operation).iter().any(|role| caller.has(*role)),
        CallerKind::Token(_) => permitted_scopes(operation).iter().any(|scope| caller.scopes.contains(scope)),
        CallerKind::Operator => operator_may(operation),
        CallerKind::Loopback => matches!(operation, Operation::HmaMatch | Operation::HmaCurate),
        CallerKind::System => true,
    };
    if permitted {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, format!("{operation} is not permitted")))
}

/// The roles that permit an operation.
#[must_use]
pub fn permitted_roles(operation: Operation) -> &'static [Role] {
    use Operation as Op;
    match operation {
        Op::Submit
        | Op::ReadReceipts
        | Op::DescribeConversations
        | Op::HandInReports
        | Op::HmaMatch
        | Op::HmaCurate
        | Op::ReadMetrics => &[],
        Op::ReadBanks => &[Reviewer, SeniorReviewer, DataProtectionOfficer],
        Op::ManageBanks | Op::FillBanks | Op::ExportBanks | Op::ApproveBanks => {
            &[SeniorReviewer, DataProtectionOfficer]
        }
        Op::CheckFile => &[SeniorReviewer],
        Op::ReadHunts => &[SeniorReviewer, DataProtectionOfficer, Auditor],
        Op::AskHunts | Op::ApproveHunts => &[SeniorReviewer, DataProtectionOfficer],
        Op::ReadIncidents
        | Op::ReviewIncidents
        | Op::RevealMedia
        | Op::ReadActions
        | Op::ReadConversations => &[Reviewer, SeniorReviewer],
        Op::ReviewEscalated | Op::ApproveActions | Op::ReverseDecisions => &[SeniorReviewer],
        Op::ChildAtRisk => &[Reviewer, SeniorReviewer, LegalOfficer],
        Op::ReadRoster => &[Reviewer, SeniorReviewer, LegalOfficer, Administrator],
        Op::ManageRoster => &[SeniorReviewer, Administrator],
        Op::ManagePeople | Op::ManageTokens => &[Administrator],
        Op::ReadBases => {
            &[Reviewer, SeniorReviewer, LegalOfficer, DataProtectionOfficer, Auditor, Administrator]
        }
        Op::ManageBases => &[DataProtectionOfficer],
        Op::ReadOverview => {
            &[Reviewer, SeniorReviewer, LegalOfficer, DataProtectionOfficer, Auditor, Administrator]
        }
        Op::ReadLedger => &[Auditor, DataProtectionOfficer],
        Op::ManageLedger | Op::MakeBackups => &[],
        Op::ReadEvidence => &[LegalOfficer, DataProtectionOfficer, Auditor],
        Op::ManageEvidence => &[LegalOfficer, DataProtectionOfficer],
    }
}

/// The scopes of a token that permit an operation.
#[must_use]
pub fn permitted_scopes(operation: Operation) -> &'static [Scope] {
    use Operation as Op;
    match operation {
        Op::Submit | Op::DescribeConversations | Op::HandInReports => &[Scope::Submit],
        Op::ReadReceipts => &[Scope::Receipts],
        Op::HmaMatch => &[Scope::HmaMatch],
        Op::HmaCurate => &[Scope::HmaCurate],
        Op::ReadBanks | Op::FillBanks | Op::ReadHunts => &[Scope::Banks],
        Op::ReadMetrics => &[Scope::Metrics],
        _ => &[],
    }
}

/// What the local operator may do: look after people and tokens, banks and bases; never see material.
fn operator_may(operation: Operation) -> bool {
    use Operation as Op;
    matches!(
        operation,
        Op::ManagePeople
            | Op::ManageTokens
            | Op::ReadBanks
            | Op::ReadHunts
            | Op::FillBanks
            | Op::ReadBases
            | Op::ReadOverview
            | Op::ReadLedger
            | Op::ManageLedger
            | Op::MakeBackups
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(roles: &[Role]) -> Caller {
        let uuid = uuid::Uuid::nil();
        Caller {
            kind: CallerKind::Person {
                id: vigie_model::id::PersonId(uuid),
                session: vigie_model::id::SessionId(uuid),
            },
            name: "Ada".into(),
            roles: roles.to_vec(),
            scopes: vec![],
        }
    }

    #[test]
    fn material_is_out_of_reach_of_who_looks_after_people_or_the_ledger() {
        for role in [Administrator, Auditor, DataProtectionOfficer] {
            for operation in [Operation::RevealMedia, Operation::ReadIncidents, Operation::CheckFile] {
                assert!(authorise(&person(&[role]), operation, Resource::Any).is_err(), "{role} {operation}");
            }
        }
        assert!(authorise(&Caller::operator(), Operation::RevealMedia, Resource::Any).is_err());
    }

    #[test]
    fn without_a_role_nothing_is_permitted() {
        for operation in Operation::ALL {
            assert!(authorise(&person(&[]), *operation, Resource::Any).is_err(), "{operation}");
        }
    }
}
