//! A child at risk, seen by the review desk on an account about which the disclosure desk has a request open.
//!
//! The authority asked that nothing be done to that account. An alarm on it lets one person lift that at once, where two are
//! needed otherwise: this is the one place where the two desks meet.

use vigie_app::submissions::{AccountContext, Context};
use vigie_app::user_reports::NewReport;
use vigie_app::{Code, Error, Result};
use vigie_model::id::{RequestId, TokenId};
use vigie_model::{Caller, CallerKind, Scope, Surface};

use super::house::House;
use super::records::SERVICE;

/// A participant reports the account, a reviewer raises the alarm, and the data-protection officer lifts what was asked.
pub(super) async fn crosses(house: &House, id: RequestId, account: &str) -> Result<()> {
    let (app, people) = (&house.app, &house.people);
    if app.do_not_act_until(&people.guardian, id).await?.is_none() {
        return Err(Error::new(Code::WrongState, "nothing is kept from being done to that account"));
    }
    let report = NewReport {
        context: Context {
            surface: Surface::ReportedItem,
            service: SERVICE.into(),
            conversation: None,
            account: Some(AccountContext { id: account.into(), name: None }),
            message_id: None,
            media_id: None,
            sent_at: None,
            ip: None,
            port: None,
        },
        reason: "child_safety".into(),
        body: Some("somebody says that they are about to meet a child".into()),
        media: None,
        idempotency_key: None,
    };
    let incident = app.hand_in_report(&messenger(), report).await?.incident;
    let alarm = app.raise_alarm(&people.reviewer, incident, "a child is about to be met").await?;
    app.acknowledge_alarm(&people.reviewer, alarm.id).await?;
    let question = app.lift_do_not_act(&people.guardian, id, "a child is at risk").await?;
    let still = app.do_not_act_until(&people.guardian, id).await?;
    if question.is_some() || still.is_some() {
        return Err(Error::new(Code::WrongState, "the alarm did not let one person lift what was asked"));
    }
    Ok(())
}

fn messenger() -> Caller {
    let kind = CallerKind::Token(TokenId(uuid::Uuid::from_u128(1)));
    Caller { kind, name: "messenger of the drill".into(), roles: vec![], scopes: vec![Scope::Submit] }
}
