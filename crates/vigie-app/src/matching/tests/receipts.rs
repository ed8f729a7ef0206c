//! A receipt and the state of the banks that it names give the same answer again, in every process and after any start.

use std::collections::BTreeMap;

use vigie_match::Signal;
use vigie_model::bank::{Bank, BankKind, Verdict};

use super::{bank, keep, pdq};
use crate::App;
use crate::matching::{Asked, BanksFrom, MatchReceipt, Signals, coin};
use crate::tests::house;

async fn receipts(app: &App, signals: &Signals, asked: &Asked) -> Vec<MatchReceipt> {
    let matches = app.find_matches(signals, asked);
    let mut reader = app.store.read().await.unwrap();
    app.match_receipts(&mut reader, signals, asked, &matches).await.unwrap()
}

/// The receipt that the lookup of this receipt gives for the same entry.
async fn repeated(app: &App, receipt: &MatchReceipt) -> Option<MatchReceipt> {
    let (signals, asked) = receipt.lookup()?;
    let again = receipts(app, &signals, &asked).await;
    let same =
        again.into_iter().find(|again| again.entry == receipt.entry && again.signal == receipt.signal)?;
    // One position is asked now, so which of the eight it was is only in the first receipt.
    Some(MatchReceipt { variant: receipt.variant, ..same })
}

#[tokio::test]
async fn a_receipt_gives_the_same_answer_again() {
    let house = house().await;
    let app = &house.app;
    let near: Vec<_> = [0, 7, 20, 31].map(|bits| Signal::Pdq(pdq(bits))).to_vec();
    let exact = [Signal::Md5([1; 16]), Signal::Sha1([2; 20]), Signal::Sha256([3; 32])];
    let known = bank(app, "KNOWN", Verdict::Review);
    keep(app, &known, &[near, exact.to_vec()].concat()).await;
    let narrow = Bank { distance: 8, ratio: 0.7, ..bank(app, "NARROW", Verdict::Block) };
    keep(app, &narrow, &[Signal::Pdq(pdq(3)), Signal::Md5([1; 16])]).await;
    let never = Bank { ratio: 0.0, ..bank(app, "NEVER", Verdict::Block) };
    keep(app, &never, &[Signal::Pdq(pdq(1))]).await;

    let mut positions = [pdq(128); 8];
    positions[0] = pdq(5);
    positions[6] = pdq(30);
    let signals = Signals {
        pdq: Some(positions[0]),
        dihedral: Some(positions),
        md5: Some([1; 16]),
        sha1: Some([2; 20]),
        sha256: Some([3; 32]),
        ..Signals::default()
    };
    let curator = Asked { every_ratio: true, ..Asked::with_coin(0.9) };
    let mut given = receipts(app, &signals, &Asked::with_coin(0.6)).await;
    given.extend(receipts(app, &signals, &curator).await);
    let by_bank = given.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<_, u32>, receipt| {
        *counts.entry(receipt.bank_name.as_str()).or_default() += 1;
        counts
    });
    assert_eq!(by_bank, BTreeMap::from([("KNOWN", 14), ("NARROW", 4), ("NEVER", 1)]));

    app.save_index().await.unwrap();
    let saved = house.second_process().await;
    assert!(matches!(saved.load_banks().await.unwrap(), BanksFrom::SavedIndex));
    std::fs::remove_file(app.store.index_file().path()).unwrap();
    let stored = house.second_process().await;
    assert!(matches!(stored.load_banks().await.unwrap(), BanksFrom::Store));
    for receipt in &given {
        // As it is kept: text in the store.
        let kept: MatchReceipt = serde_json::from_str(&serde_json::to_string(receipt).unwrap()).unwrap();
        for app in [app, &saved, &stored] {
            assert_eq!(repeated(app, &kept).await.as_ref(), Some(receipt));
        }
    }

    // Another state of the banks: the receipt says that it was not this one.
    let negative = Bank { kind: BankKind::Negative, ..bank(app, "NOT_ILLEGAL", Verdict::Allow) };
    keep(app, &negative, &[Signal::Pdq(pdq(5))]).await;
    let perceptual = given.iter().find(|receipt| receipt.signal == "pdq").unwrap();
    let now = repeated(app, perceptual).await.unwrap();
    assert_ne!(now.effect, perceptual.effect);
    assert!(now.index_version > perceptual.index_version);
}

/// A share that came back from text as its neighbour could let another bank take part.
#[test]
fn a_coin_comes_back_from_text_as_it_was() {
    for seed in 0..20_000_u32 {
        let coin = coin(&seed.to_be_bytes());
        let back: f64 = serde_json::from_str(&serde_json::to_string(&coin).unwrap()).unwrap();
        assert_eq!(back.to_bits(), coin.to_bits(), "{coin} came back as {back}");
    }
}
