//! Wherein a corrected document says something else than the one before it, where that is more than a correction.
//!
//! What it is: a comparison of two documents, without store or clock. What it is not: a judgement. A correction says what was
//! left open, or less than before: a provision, an offence, a shorter time. Whatever asks for more is named, and a person decides.
//!
//! To add one: a variant of `Difference`, and where `differences` or `compare` notes it.

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{Difference, Instrument, Office, Wanted};

use super::compared;

/// A difference, and what it is about in the document's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differs {
    /// Which.
    pub how: Difference,
    /// The reference, the identifier, the provision.
    pub what: String,
}

/// What the later document says beyond the earlier one, in its order.
pub(super) fn differences(earlier: &Instrument, later: &Instrument) -> Vec<Differs> {
    let mut found = Vec::new();
    let mut note = |how, what: &str| {
        let differs = Differs { how, what: what.trim().to_owned() };
        if !found.contains(&differs) {
            found.push(differs);
        }
    };
    if earlier.regime.trim() != later.regime.trim() {
        note(Difference::OtherRegime, &later.regime);
    }
    if earlier.kind != later.kind {
        note(Difference::OtherKind, later.kind.name());
    }
    if earlier.emergency.is_some() != later.emergency.is_some() {
        note(Difference::OtherUrgency, later.emergency.as_ref().map_or("", |one| one.text.as_str()));
    }
    if earlier.reference.trim() != later.reference.trim() {
        note(Difference::OtherReference, &later.reference);
    }
    for wanted in &later.wanted {
        compare(&earlier.wanted, wanted, &mut note);
    }
    if let Some(known) = &earlier.notified
        && later.notified.as_ref().is_none_or(|named| !is_same_office(known, named))
    {
        note(Difference::NotifiedChanged, later.notified.as_ref().map_or("", |one| one.name.as_str()));
    }
    let silence = |one: &Instrument| one.silence.as_ref().map(|silence| silence.until);
    if lasts_longer(silence(earlier), silence(later)) {
        note(Difference::SilenceAdded, later.silence.as_ref().map_or("", |one| one.basis.as_str()));
    }
    let spared = |one: &Instrument| one.do_not_act.as_ref().map(|spared| Some(spared.until));
    if lasts_longer(spared(earlier), spared(later)) {
        note(Difference::DoNotActAdded, later.do_not_act.as_ref().map_or("", |one| one.text.as_str()));
    }
    found
}

/// What one entry asks that no entry about the same identifier asked before.
fn compare(earlier: &[Wanted], wanted: &Wanted, note: &mut impl FnMut(Difference, &str)) {
    let named = &wanted.identifier;
    let is_same = |one: &&Wanted| {
        let known = &one.identifier;
        known.kind == named.kind
            && known.service.trim() == named.service.trim()
            && known.value.trim() == named.value.trim()
    };
    let before: Vec<&Wanted> = earlier.iter().filter(is_same).collect();
    if before.is_empty() {
        return note(Difference::IdentifierAdded, &named.value);
    }
    for category in &wanted.categories {
        let of_category: Vec<_> = before.iter().filter(|one| one.categories.contains(category)).collect();
        if of_category.is_empty() {
            note(Difference::CategoryAdded, &format!("{}: {category}", named.value));
            continue;
        }
        if !of_category.iter().any(|one| covers(one, wanted)) {
            note(Difference::SpanWidened, &named.value);
        }
        if !of_category.iter().any(|one| holds_group(one, wanted)) {
            note(Difference::GroupWidened, &named.value);
        }
    }
}

/// Whether two documents name one office, however its name is written.
fn is_same_office(one: &Office, other: &Office) -> bool {
    compared(&one.name, &one.country) == compared(&other.name, &other.country)
}

/// A time that was left open is said by the later document; one that was said is not exceeded.
fn covers(earlier: &Wanted, later: &Wanted) -> bool {
    match (earlier.span, later.span) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(before), Some(after)) => before.from <= after.from && after.until <= before.until,
    }
}

fn holds_group(earlier: &Wanted, later: &Wanted) -> bool {
    let criterion = earlier.criterion.is_none() || earlier.criterion == later.criterion;
    let cap = match (earlier.cap, later.cap) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(before), Some(after)) => after <= before,
    };
    criterion && cap
}

/// Whether the later one begins something, or has it last longer. No end is the longest.
fn lasts_longer(earlier: Option<Option<Moment>>, later: Option<Option<Moment>>) -> bool {
    match (earlier, later) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(None), Some(_)) => false,
        (Some(Some(_)), Some(None)) => true,
        (Some(Some(before)), Some(Some(after))) => before < after,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        json!({
            "regime": "fr-77-1-1", "kind": "production", "reference": "PV 1", "issued_at": null,
            "issuer": { "name": "Parquet", "country": "FR" }, "subject_role": "unstated",
            "silence": { "basis": "Art. 11", "until": "2026-12-01T00:00:00Z" },
            "wanted": [{
                "identifier": { "kind": "group_id", "value": "g-1", "service": "m" },
                "categories": ["subscriber"], "criterion": "posted", "cap": 3,
                "span": { "from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z" },
            }],
        })
    }

    fn found(change: impl FnOnce(&mut Value)) -> Vec<Difference> {
        let mut later = document();
        change(&mut later);
        let read = |value| serde_json::from_value::<Instrument>(value).unwrap();
        differences(&read(document()), &read(later)).into_iter().map(|one| one.how).collect()
    }

    #[test]
    fn what_asks_for_more_is_named_and_what_asks_for_less_or_explains_is_not() {
        use Difference as D;
        type Case = (fn(&mut Value), &'static [Difference]);
        let cases: [Case; 18] = [
            (|_| {}, &[]),
            (|one| one["offence"] = json!({ "text": "Images", "maximum_years": 5 }), &[]),
            (|one| one["legal_bases"] = json!(["77-1-1"]), &[]),
            (|one| one["wanted"][0]["span"]["until"] = "2026-01-15T00:00:00Z".into(), &[]),
            (|one| one["wanted"][0]["cap"] = 2.into(), &[]),
            (|one| one["silence"]["until"] = "2026-11-01T00:00:00Z".into(), &[]),
            (|one| one["regime"] = "fr-60-1".into(), &[D::OtherRegime]),
            (|one| one["kind"] = "preservation".into(), &[D::OtherKind]),
            (|one| one["emergency"] = json!({ "ground": "life", "text": "now" }), &[D::OtherUrgency]),
            (|one| one["reference"] = "PV 2".into(), &[D::OtherReference]),
            (|one| one["wanted"][0]["identifier"]["value"] = "g-2".into(), &[D::IdentifierAdded]),
            (|one| one["wanted"][0]["categories"] = json!(["subscriber", "traffic"]), &[D::CategoryAdded]),
            (|one| one["wanted"][0]["span"]["until"] = "2026-03-01T00:00:00Z".into(), &[D::SpanWidened]),
            (|one| one["wanted"][0]["span"] = Value::Null, &[D::SpanWidened]),
            (|one| one["wanted"][0]["cap"] = 4.into(), &[D::GroupWidened]),
            (|one| one["wanted"][0]["criterion"] = "read".into(), &[D::GroupWidened]),
            (|one| one["silence"]["until"] = Value::Null, &[D::SilenceAdded]),
            (|one| one["do_not_act"] = json!({ "until": "2026-12-01T00:00:00Z" }), &[D::DoNotActAdded]),
        ];
        for (number, (change, expected)) in cases.into_iter().enumerate() {
            assert_eq!(found(change), expected, "case {number}");
        }
    }

    #[test]
    fn what_was_left_open_may_be_said_and_silence_without_end_is_never_made_longer() {
        let read = |value| serde_json::from_value::<Instrument>(value).unwrap();
        let mut open = document();
        for member in ["span", "criterion", "cap"] {
            open["wanted"][0][member] = Value::Null;
        }
        open["silence"]["until"] = Value::Null;
        assert_eq!(differences(&read(open), &read(document())), []);
    }
}
