//! What follows from matches, and how the banks are asked.

use std::sync::Arc;

use proptest::prelude::*;
use vigie_match::SignalKind;
use vigie_model::bank::{BankKind, BankOrigin, Verdict};
use vigie_model::id::BasisId;
use vigie_model::incident::Severity;
use vigie_model::surface::{DetectionBasis, Technique};
use vigie_model::{Moment, Surface};

use crate::App;
use crate::matching::tests::bank;
use crate::matching::{Match, Signals};
use crate::submissions::{Failure, asked};
use crate::tests::house;

fn any_match() -> impl Strategy<Value = (bool, bool, Verdict, bool)> {
    let verdict = prop_oneof![Just(Verdict::Allow), Just(Verdict::Review), Just(Verdict::Block)];
    (any::<bool>(), any::<bool>(), verdict, any::<bool>())
}

fn a_match(app: &App, (known, desk, verdict, exact): (bool, bool, Verdict, bool)) -> Match {
    let mut bank = bank(app, "BANK", if known { verdict } else { Verdict::Allow });
    bank.kind = if known { BankKind::Known } else { BankKind::Negative };
    bank.origin = if desk { BankOrigin::Desk } else { BankOrigin::Hma };
    let kind = if exact { SignalKind::Sha256 } else { SignalKind::Pdq };
    Match { bank: Arc::new(bank), entry: 1, kind, distance: 0, variant: None, video: None, index_version: 1 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever matched: a perceptual match alone never blocks, nothing without a trace is held back, and bytes are kept only
    /// where somebody has to look.
    #[test]
    fn what_follows_from_matches(
        found in proptest::collection::vec(any_match(), 0..5),
        undecodable in any::<bool>(),
        private in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let house = runtime.block_on(house());
        let matches: Vec<_> = found.iter().map(|found| a_match(&house.app, *found)).collect();
        let surface = if private { Surface::DirectMessage } else { Surface::PublicGroup };
        let failure = undecodable.then_some(Failure::Malformed);
        let conclusion = house.app.conclude(surface, &matches, failure);

        let exact = |verdict| found.contains(&(true, true, verdict, true));
        prop_assert_eq!(conclusion.verdict == Verdict::Block, exact(Verdict::Block));
        prop_assert!(!conclusion.hit || conclusion.trace && conclusion.review);
        prop_assert!(conclusion.trace || conclusion.verdict == Verdict::Allow);
        prop_assert!(conclusion.verdict == Verdict::Allow || conclusion.review);
        prop_assert_eq!(conclusion.severity == Severity::High, exact(Verdict::Block) || exact(Verdict::Review));
        if matches.is_empty() {
            let held = undecodable && !private;
            prop_assert_eq!(conclusion.verdict, if held { Verdict::Review } else { Verdict::Allow });
            prop_assert_eq!(conclusion.trace, undecodable);
        }
    }
}

#[test]
fn a_basis_says_how_the_banks_are_asked() {
    let basis = |techniques: &[Technique]| DetectionBasis {
        id: BasisId(uuid::Uuid::nil()),
        surface: Surface::PublicGroup,
        version: 1,
        legal_ground: String::new(),
        valid_from: Moment(0),
        valid_until: None,
        techniques: techniques.to_vec(),
        assessment_reference: String::new(),
        history: false,
    };
    let signals = Signals { sha256: Some([1; 32]), ..Signals::default() };
    let both = asked(&basis(Technique::ALL), &signals);
    assert!(both.exact && both.perceptual && both.dihedral);
    let exact = asked(&basis(&[Technique::ExactDigest]), &signals);
    assert!(exact.exact && !exact.perceptual);
    assert!(exact.coin == both.coin, "the same media, the same coin");
    let other = Signals { sha256: Some([2; 32]), ..signals };
    assert!(asked(&basis(Technique::ALL), &other).coin != both.coin);
}
