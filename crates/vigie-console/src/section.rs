//! The desks of the rail: where each begins, who may enter, by which letter it is reached.
//!
//! To add one: a variant, its place, its name in `locales/*/frame.ftl` (`section-NAME`), and a group it stands in.

use vigie_app::{Resource, permits};
use vigie_model::{Caller, Operation};

/// A part of the house that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// None of them: errors, help, public pages.
    None,
    /// What waits for the person.
    Home,
    /// What waits for a reviewer.
    Queue,
    /// Incidents that share one item.
    Waves,
    /// One file compared with the banks.
    Check,
    /// Alarms for a child at risk, and their deadlines.
    Alarms,
    /// What is done on the messenger.
    Actions,
    /// Groups and channels as subjects.
    Conversations,
    /// Counts and charts.
    Overview,
    /// The ledger and its public log.
    Ledger,
    /// Who is on duty.
    Roster,
    /// Why surfaces may be examined.
    Bases,
    /// How long evidence is kept, and what keeps it longer.
    Evidence,
    /// Questions to a second person.
    Questions,
    /// Banks of known signals.
    Banks,
    /// Looking through history by the entries of a bank.
    Hunts,
    /// People and their roles.
    People,
    /// API tokens.
    Tokens,
    /// What people saw, and pauses.
    Wellbeing,
    /// Decisions that a second reviewer reads again.
    Rereadings,
    /// Who may ask for data.
    Authorities,
    /// Requests of authorities, by the time that is left.
    Requests,
    /// Requests about which nobody may be told.
    Gags,
    /// What users are told, once they may be.
    UserNotices,
    /// By which rules requests are judged.
    Regimes,
}

/// Where a section begins and who enters it.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) icon: &'static str,
    /// Reached by `g` and this letter.
    pub(crate) letter: char,
    /// What a person must be permitted; nothing but being signed in if none.
    operation: Option<Operation>,
}

/// The groups of the rail, each with its name and its sections.
pub(crate) const GROUPS: &[(&str, &[Section])] = &[
    ("group-desk", &[Section::Home, Section::Questions, Section::Wellbeing]),
    (
        "group-review",
        &[
            Section::Queue,
            Section::Waves,
            Section::Alarms,
            Section::Actions,
            Section::Conversations,
            Section::Rereadings,
        ],
    ),
    (
        "group-disclosure",
        &[Section::Requests, Section::Gags, Section::UserNotices, Section::Authorities, Section::Regimes],
    ),
    ("group-matching", &[Section::Banks, Section::Hunts, Section::Check, Section::Bases]),
    (
        "group-house",
        &[
            Section::Overview,
            Section::Ledger,
            Section::Evidence,
            Section::Roster,
            Section::People,
            Section::Tokens,
        ],
    ),
];

impl Section {
    /// Where it begins; nowhere for pages outside the rail.
    pub(crate) fn place(self) -> Option<Place> {
        use Operation as Op;
        let (name, path, icon, letter, operation) = match self {
            Self::None => return None,
            Self::Home => ("section-home", "/", "home", 'h', None),
            Self::Questions => ("section-questions", "/questions", "two", 's', None),
            Self::Queue => ("section-queue", "/queue", "queue", 'q', Some(Op::ReadIncidents)),
            Self::Waves => ("section-waves", "/waves", "wave", 'w', Some(Op::ReadIncidents)),
            Self::Check => ("section-check", "/check", "check", 'f', Some(Op::CheckFile)),
            Self::Alarms => ("section-alarms", "/alarms", "alarm", 'r', Some(Op::ChildAtRisk)),
            Self::Actions => ("section-actions", "/actions", "action", 'a', Some(Op::ReadActions)),
            Self::Conversations => {
                ("section-conversations", "/conversations", "conversation", 'c', Some(Op::ReadConversations))
            }
            Self::Overview => ("section-overview", "/overview", "chart", 'o', Some(Op::ReadOverview)),
            Self::Ledger => ("section-ledger", "/ledger", "ledger", 'v', Some(Op::ReadLedger)),
            Self::Roster => ("section-roster", "/roster", "calendar", 'd', Some(Op::ReadRoster)),
            Self::Bases => ("section-bases", "/bases", "basis", 'l', Some(Op::ReadBases)),
            Self::Evidence => ("section-evidence", "/evidence", "key", 'e', Some(Op::ReadEvidence)),
            Self::Hunts => ("section-hunts", "/hunts", "hunt", 'u', Some(Op::ReadHunts)),
            Self::Banks => ("section-banks", "/banks", "bank", 'b', Some(Op::ReadBanks)),
            Self::People => ("section-people", "/people", "people", 'p', Some(Op::ManagePeople)),
            Self::Rereadings => {
                ("section-rereadings", "/rereadings", "again", 'n', Some(Op::ReviewIncidents))
            }
            Self::Authorities => {
                ("section-authorities", "/authorities", "authority", 'i', Some(Op::ReadAuthorities))
            }
            Self::Wellbeing => ("section-wellbeing", "/wellbeing", "rest", 'm', Some(Op::ReviewIncidents)),
            Self::Requests => ("section-requests", "/requests", "letter", 'z', Some(Op::ReadRequests)),
            Self::Gags => ("section-gags", "/gags", "silence", 'k', Some(Op::ReadRequests)),
            Self::UserNotices => {
                ("section-user-notices", "/user-notices", "person", 'y', Some(Op::ReadRequests))
            }
            Self::Regimes => ("section-regimes", "/regimes", "basis", 'j', Some(Op::ReadRequests)),
            Self::Tokens => ("section-tokens", "/tokens", "key", 't', Some(Op::ManageTokens)),
        };
        Some(Place { name, path, icon, letter, operation })
    }
}

impl Place {
    /// Whether this person may enter.
    pub(crate) fn admits(&self, caller: &Caller) -> bool {
        self.operation.is_none_or(|operation| permits(caller, operation, Resource::Any))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_letter_leads_to_one_desk_only() {
        let places: Vec<_> =
            GROUPS.iter().flat_map(|(_, sections)| *sections).filter_map(|section| section.place()).collect();
        let letters: BTreeSet<char> = places.iter().map(|place| place.letter).collect();
        assert_eq!(letters.len(), places.len());
    }
}
