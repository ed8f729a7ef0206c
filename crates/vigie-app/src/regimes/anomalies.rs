//! Hints that a document may be forged, or that whoever sends it is not who they say.
//!
//! What it is: pure judgement of the document beside what the house has seen before, which the caller counts. What it is
//! not: a verdict. People look at each hint, and a suspicion is theirs.
//!
//! To add a hint: a kind with its words here, and its line in `anomalies`.

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::{Instrument, IssuerRole};

use super::predicate::{Asked, Truth, same};
use super::provisions::names_any;
use super::rules::{RuleSet, Text};

vigie_model::names! {
    /// What is odd.
    pub enum AnomalyKind {
        /// Nothing of this sender has ever come in.
        NewSender => "new_sender",
        /// More came from them in a day than is usual.
        Velocity => "velocity",
        /// They ask about more people than is usual.
        ManyTargets => "many_targets",
        /// The very document came in before.
        ReusedDocument => "reused_document",
        /// Its number came in before.
        ReusedReference => "reused_reference",
        /// What was drawn for one document alone came in before.
        ReusedNonce => "reused_nonce",
        /// It relies on no provision that the regime knows.
        UnknownStatute => "unknown_statute",
        /// The offence that it names does not reach the threshold.
        Threshold => "threshold",
        /// It came from, or names, a domain that is not the authority's.
        ForeignDomain => "foreign_domain",
        /// It names another country than the authority's.
        UnusualCountry => "unusual_country",
        /// Its issuer is what the authority's officials are not.
        ForeignRole => "foreign_role",
        /// An emergency is the first that is heard of them, or nearly.
        EmergencyFirst => "emergency_first",
        /// It names an identifier that nobody outside can know.
        Decoy => "decoy",
    }
}

vigie_model::names! {
    /// How much it says. Ordered.
    pub enum Weight {
        /// It may be nothing.
        Slight => "slight",
        /// It suggests that the document is forged.
        Strong => "strong",
        /// There is no innocent reason for it.
        Certain => "certain",
    }
}

/// Something odd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anomaly {
    /// What.
    pub kind: AnomalyKind,
    /// How much it says.
    pub weight: Weight,
    /// What a person reads.
    pub text: Text,
}

impl Anomaly {
    /// Whether it suggests by itself that the document is forged.
    #[must_use]
    pub fn suggests_forgery(&self) -> bool {
        self.weight >= Weight::Strong
    }
}

/// Whether all together call for the suspicion to be looked into before anything else: a certain one, or two strong ones.
#[must_use]
pub fn call_for_suspicion(anomalies: &[Anomaly]) -> bool {
    let strong = anomalies.iter().filter(|anomaly| anomaly.suggests_forgery()).count();
    strong >= 2 || anomalies.iter().any(|anomaly| anomaly.weight == Weight::Certain)
}

/// What the house has seen, counted by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Requests of this sender before this one.
    pub earlier: u32,
    /// Days since the sender was entered or enrolled; none for one that is not known.
    pub known_for_days: Option<u32>,
    /// Requests of this sender in the last day, this one among them.
    pub last_day: u32,
    /// Different people about whom this sender asked in the last thirty days, those of this one among them.
    pub distinct_targets: u32,
    /// Whether these very bytes came in before.
    pub same_document: bool,
    /// Whether this authority's number came in before, in another document.
    pub same_reference: bool,
    /// Whether its nonce came in before.
    pub same_nonce: bool,
    /// How many of its identifiers are decoys.
    pub decoys: u32,
    /// The domain from which it came; none where it did not come by mail.
    pub sender_domain: Option<String>,
    /// The authority's domains; empty where the authority is not known.
    pub authority_domains: Vec<String>,
    /// What the authority's officials may be; empty where the authority is not known.
    pub authority_roles: Vec<IssuerRole>,
    /// The authority's country; none where the authority is not known.
    pub authority_country: Option<String>,
}

/// What is usual. A house sets its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Requests of one sender in a day.
    pub per_day: u32,
    /// People about whom one sender asks in thirty days.
    pub targets: u32,
    /// Days before the first emergency of somebody new.
    pub cooling_days: u32,
}

impl Default for Usual {
    fn default() -> Self {
        Self { per_day: 10, targets: 25, cooling_days: 30 }
    }
}

/// What is odd about a document, in the order of the kinds.
#[must_use]
pub fn anomalies(rules: &RuleSet, instrument: &Instrument, seen: &Seen, usual: Usual) -> Vec<Anomaly> {
    use AnomalyKind as K;
    let cooled = seen.known_for_days.is_some_and(|days| days >= usual.cooling_days);
    let emergency_first = instrument.emergency.is_some() && (seen.earlier == 0 || !cooled);
    let rows = [
        (K::NewSender, Weight::Slight, seen.earlier == 0),
        (K::Velocity, Weight::Strong, seen.last_day > usual.per_day),
        (K::ManyTargets, Weight::Strong, seen.distinct_targets > usual.targets),
        (K::ReusedDocument, Weight::Strong, seen.same_document),
        (K::ReusedReference, Weight::Slight, seen.same_reference && !seen.same_document),
        (K::ReusedNonce, Weight::Strong, seen.same_nonce && !seen.same_document),
        (K::UnknownStatute, Weight::Strong, relies_on_nothing_known(rules, instrument)),
        (K::Threshold, Weight::Slight, misses_a_threshold(rules, instrument)),
        (K::ForeignDomain, Weight::Strong, has_foreign_domain(instrument, seen)),
        (K::UnusualCountry, Weight::Strong, is_of_another_country(instrument, seen)),
        (K::ForeignRole, Weight::Strong, is_of_another_role(instrument, seen)),
        (K::EmergencyFirst, Weight::Strong, emergency_first),
        (K::Decoy, Weight::Certain, seen.decoys > 0),
    ];
    let met = rows.into_iter().filter(|(_, _, met)| *met);
    met.map(|(kind, weight, _)| Anomaly { kind, weight, text: words(kind) }).collect()
}

fn relies_on_nothing_known(rules: &RuleSet, instrument: &Instrument) -> bool {
    let mut stated = instrument.legal_bases.iter().filter(|basis| !basis.trim().is_empty()).peekable();
    stated.peek().is_some() && !stated.any(|basis| names_any(basis, &rules.provisions))
}

fn misses_a_threshold(rules: &RuleSet, instrument: &Instrument) -> bool {
    let misses = |wanted, category| {
        let asked =
            Asked { provisions: &rules.provisions, instrument, wanted: Some(wanted), circumstances: None };
        let threshold = rules.category.get(category).and_then(|its| its.threshold.as_ref());
        threshold.is_some_and(|threshold| threshold.holds.holds(asked) == Truth::No)
    };
    instrument.wanted.iter().any(|wanted| wanted.categories.iter().any(|category| misses(wanted, category)))
}

fn has_foreign_domain(instrument: &Instrument, seen: &Seen) -> bool {
    let named = instrument.issuer.mail.rsplit_once('@').map(|(_, domain)| domain);
    let mut domains = seen.sender_domain.as_deref().into_iter().chain(named);
    !seen.authority_domains.is_empty()
        && domains.any(|domain| !seen.authority_domains.iter().any(|own| is_within(domain, own)))
}

/// Whether a domain is another or one below it.
fn is_within(domain: &str, own: &str) -> bool {
    let clean = |text: &str| text.trim().trim_end_matches('.').to_lowercase();
    let (domain, own) = (clean(domain), clean(own));
    domain == own || domain.strip_suffix(&own).is_some_and(|rest| rest.ends_with('.'))
}

fn is_of_another_country(instrument: &Instrument, seen: &Seen) -> bool {
    let named = instrument.issuer.country.trim();
    seen.authority_country.as_deref().is_some_and(|country| !named.is_empty() && !same(country, named))
}

fn is_of_another_role(instrument: &Instrument, seen: &Seen) -> bool {
    let role = instrument.issuer.role.filter(|_| !seen.authority_roles.is_empty());
    role.is_some_and(|role| !seen.authority_roles.contains(&role))
}

fn words(kind: AnomalyKind) -> Text {
    use AnomalyKind as K;
    match kind {
        K::NewSender => Text::new(
            "Nothing of this sender has come in before.",
            "Rien de cet expéditeur n'est parvenu auparavant.",
        ),
        K::Velocity => Text::new(
            "More came from this sender in a day than is usual.",
            "Cet expéditeur a envoyé en un jour plus que d'habitude.",
        ),
        K::ManyTargets => Text::new(
            "This sender asks about more people than is usual.",
            "Cet expéditeur interroge sur plus de personnes que d'habitude.",
        ),
        K::ReusedDocument => {
            Text::new("This very document came in before.", "Ce document même est déjà parvenu.")
        }
        K::ReusedReference => Text::new(
            "Its number came in before, in another document.",
            "Son numéro est déjà parvenu, dans un autre document.",
        ),
        K::ReusedNonce => Text::new(
            "What was drawn for one document alone came in before.",
            "Ce qui fut tiré pour un seul document est déjà parvenu.",
        ),
        K::UnknownStatute => Text::new(
            "It relies on a provision that its regime does not know.",
            "Il se fonde sur une disposition que son régime ne connaît pas.",
        ),
        K::Threshold => Text::new(
            "The offence that it names does not reach what the law asks.",
            "L'infraction qu'il nomme n'atteint pas le seuil légal.",
        ),
        K::ForeignDomain => Text::new(
            "It came from a domain that is not the authority's, or names one.",
            "Il vient d'un domaine qui n'est pas celui de l'autorité, ou en nomme un.",
        ),
        K::UnusualCountry => Text::new(
            "It names another country than that of the authority.",
            "Il nomme un autre pays que celui de l'autorité.",
        ),
        K::ForeignRole => Text::new(
            "Its issuer is said to be what no official of the authority is.",
            "L'autorité d'émission se dit ce qu'aucun agent de l'autorité n'est.",
        ),
        K::EmergencyFirst => Text::new(
            "An emergency is among the first that is heard of this sender.",
            "Une urgence est parmi les premières nouvelles de cet expéditeur.",
        ),
        K::Decoy => Text::new(
            "It names an identifier that nobody outside can know.",
            "Il nomme un identifiant que nul à l'extérieur ne peut connaître.",
        ),
    }
}
