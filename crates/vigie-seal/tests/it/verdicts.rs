//! Two verifiers, one verdict: what is right is accepted by both, and no forgery by either.

use crate::audit::proof;
use crate::independent::Verifier;
use crate::log::{Change, Log};

const UNCHANGED: &[Vec<Change>] = &[vec![]];

#[test]
fn the_independent_verifier_accepts_our_logs_their_growth_and_their_proofs() {
    let Some(verifier) = Verifier::build("the_independent_verifier_accepts_our_logs") else { return };
    for size in [1, 255, 256, 257, 65_536, 65_537] {
        assert_eq!(verifier.accepted(&Log::of(size), UNCHANGED, &[]), [0], "{size} entries");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (log, old) = (Log::of(700), Log::of(257));
    let earlier = file("earlier", old.checkpoint());
    let proven = file("proven", proof(&old, 200, 257).to_string());
    let questions = [("TLOG_OLD", earlier.as_str()), ("TLOG_PROOF", &proven)];
    assert_eq!(verifier.accepted(&log, UNCHANGED, &questions), [0]);
    let later = file("later", Log::of(701).checkpoint());
    assert_eq!(verifier.accepted(&log, UNCHANGED, &[("TLOG_OLD", &later)]), [0; 0]);
}

#[test]
fn ten_thousand_altered_bytes_are_all_refused() {
    let mut log = Log::of(600);
    let mutations = log.mutations(10_000, 1);
    let accepted = mutations.iter().filter(|mutation| log.accepts(mutation)).count();
    assert_eq!(accepted, 0);
    let Some(verifier) = Verifier::build("ten_thousand_altered_bytes_are_all_refused") else { return };
    assert_eq!(verifier.accepted(&log, &mutations, &[]), [0; 0]);
}

#[test]
fn altered_bytes_and_joint_forgeries_of_a_large_log_are_all_refused() {
    let mut log = Log::of(65_537);
    let cases = [log.forgeries(), log.mutations(300, 2)].concat();
    assert_eq!(cases.len(), 257 + 300);
    let accepted = cases.iter().filter(|case| log.accepts(case)).count();
    assert_eq!(accepted, 0);
    assert!(log.audit().is_ok(), "every change was undone");
    let test = "altered_bytes_and_joint_forgeries_of_a_large_log_are_all_refused";
    let Some(verifier) = Verifier::build(test) else { return };
    assert_eq!(verifier.accepted(&log, &cases, &[]), [0; 0]);
}
