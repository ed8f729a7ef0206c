//! What the authority asks: a requisition that follows from its number alone.

use vigie_model::Moment;
use vigie_model::disclosure::{Instrument, Span, Wanted};
use vigie_synth::requests::{DAY, requisition, wanted};

use super::authority::{Number, reference};

/// A requisition about this account of a service: its phone numbers, and its connections of the last month.
pub(super) fn about((account, service): (&str, &str), number: Number, now: Moment) -> Instrument {
    let span = Some(Span { from: now.before(DAY * 30), until: now });
    Instrument {
        reference: reference(number),
        wanted: vec![Wanted { span, ..wanted(now, service, account) }],
        nonce: format!("nonce-of-request-{number:012}"),
        ..requisition(now, service, account)
    }
}
