//! What the records of a task amount to: counted when they are sealed, and again when they are opened.

use vigie_model::Moment;
use vigie_model::disclosure::{GrantedTask, NilReturn, Record};

use super::manifest::{Coverage, Ports};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    rows: u64,
    first: Option<Moment>,
    last: Option<Moment>,
    connections: u64,
    with_port: u64,
    pub(super) nil: Option<NilReturn>,
}

impl Tally {
    pub(super) fn of(nil: Option<NilReturn>) -> Self {
        Self { nil, ..Self::default() }
    }

    pub(super) fn add(&mut self, record: &Record) {
        self.rows += 1;
        if let Record::Connection { at, port, .. } = record {
            self.first = Some(self.first.map_or(*at, |first| first.min(*at)));
            self.last = Some(self.last.map_or(*at, |last| last.max(*at)));
            self.connections += 1;
            self.with_port += u64::from(port.is_some());
        }
    }

    fn ports(&self) -> Ports {
        match self.with_port {
            0 => Ports::None,
            some if some == self.connections => Ports::All,
            _ => Ports::Some,
        }
    }

    /// What a manifest says of it.
    pub(super) fn coverage(&self, granted: &GrantedTask) -> Coverage {
        Coverage {
            task: granted.task,
            category: granted.category,
            fields: granted.fields.clone(),
            span: granted.span,
            subjects: granted.subjects.len() as u64,
            rows: self.rows,
            first: self.first,
            last: self.last,
            port_present: self.ports(),
            nil: self.nil,
        }
    }
}
