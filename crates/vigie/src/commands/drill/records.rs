//! What the messenger of the drill holds about accounts: made up, and the same at every run.
//!
//! To give it more: another kind of record here, within what was granted; the desk refuses the rest, as it does with any messenger.

use std::time::Duration;

use vigie_app::records::Holdings;
use vigie_model::Moment;
use vigie_model::disclosure::{Category, GrantedTask, Identifier, Record, Span};

/// The service whose records these are.
pub(super) const SERVICE: &str = "drill.example";
/// The account that nobody has.
pub(super) const NOBODY: &str = "u-nobody";

/// Between two connections of an account.
const PACE: Duration = Duration::from_secs(5 * 60 * 60);
/// How many connections an account has, the last at the beginning of the fortnight.
const CONNECTIONS: u32 = 150;

/// The records, the last of them of this moment.
pub(super) struct MadeUp {
    pub(super) until: Moment,
}

impl MadeUp {
    fn connections(&self, account: &str, span: &Span) -> Vec<Record> {
        let at = (0..CONNECTIONS).rev().map(|count| self.until.before(PACE * (count + 1)));
        let connection = |at: Moment| Record::Connection {
            account: account.to_owned(),
            address: "192.0.2.7".into(),
            port: Some(4_000),
            at,
        };
        at.filter(|at| span.contains(*at)).map(connection).collect()
    }
}

/// A number of a range that is nobody's.
fn phone(account: &str) -> Record {
    let digits = account.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 10_000);
    let phone_number = format!("+3319900{digits:04}");
    Record::Phone { account: account.to_owned(), phone_number, since: None, until: None }
}

impl Holdings for MadeUp {
    fn holders(&self, identifier: &Identifier) -> Vec<String> {
        if identifier.value == NOBODY { vec![] } else { vec![identifier.value.clone()] }
    }

    fn records(&self, granted: &GrantedTask, _now: Moment) -> Vec<Record> {
        let of_one = granted.subjects.iter().flat_map(|account| match granted.category {
            Category::Subscriber => vec![phone(account)],
            _ => self.connections(account, &granted.span),
        });
        of_one.collect()
    }
}
