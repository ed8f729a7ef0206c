//! The banks of the demo: proposed by one person, agreed to by another, filled with what the synthetic operation calls
//! known.

use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use vigie_app::App;
use vigie_app::bank_entries::{EntrySignals, NewEntry};
use vigie_app::banks::NewBank;
use vigie_match::{Digests, Signal};
use vigie_model::bank::{BankKind, CHILD_SAFETY, Label, Verdict};
use vigie_model::{Caller, Role};
use vigie_synth::Operation;
use vigie_synth::operation::KnownImage;

use super::people::{Introduced, signed_in};

const REASON: &str = "the list was verified, and its source is recorded";

/// Makes the banks and fills them.
pub(super) async fn fill(app: &App, people: &[Introduced], operation: &Arc<Operation>) -> anyhow::Result<()> {
    let one = signed_in(app, people, Role::SeniorReviewer).await?;
    let other = signed_in(app, people, Role::DataProtectionOfficer).await?;
    // Digests of the one block at once; what only resembles the other waits for a person.
    let (first, second) = operation.known.split_at(operation.known.len() / 2);
    let hotline = bank("HOTLINE_LANDSCAPES", "Synthetic hotline", Verdict::Block)?;
    make(app, &one, &other, hotline, first).await?;
    let police = bank("POLICE_LANDSCAPES", "Synthetic police unit", Verdict::Review)?;
    make(app, &one, &other, police, second).await?;
    app.sign_out(&one).await?;
    app.sign_out(&other).await?;
    Ok(())
}

fn bank(name: &str, source: &str, verdict: Verdict) -> anyhow::Result<NewBank> {
    Ok(NewBank {
        name: name.parse()?,
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: source.into(),
        legal_ground: "Regulation (EU) 2022/2065, Article 16; synthetic data".into(),
        kind: BankKind::Known,
        distance: 31,
        verdict,
        label_scheme: "inhope".into(),
    })
}

async fn make(
    app: &App,
    one: &Caller,
    other: &Caller,
    new: NewBank,
    images: &[KnownImage],
) -> anyhow::Result<()> {
    let name = new.name.clone();
    let question = app.propose_bank(one, new, REASON).await?;
    app.approve(other, question.id).await?;
    let bank = app.banks(one).await?.into_iter().find(|bank| bank.name == name);
    let bank = bank.with_context(|| format!("the bank {name} is not there"))?;
    let entries = images.iter().map(|image| entry(app, image));
    let entries = futures_util::future::try_join_all(entries).await?;
    app.add_entries(one, bank.id, entries).await?;
    Ok(())
}

/// The signals of a known image, computed as those of any upload are.
async fn entry(app: &App, image: &KnownImage) -> anyhow::Result<NewEntry> {
    let recipe = image.recipe;
    let (media, digests) = app
        .heavy
        .run(move || {
            let media = recipe.render().bytes;
            let digests = Digests::of(&media);
            (media, digests)
        })
        .await?;
    let decoder = app.media.as_ref().context("a service decodes")?;
    let examined = decoder.examine(Bytes::from(media)).await?;
    let signals: Vec<_> = examined.pdq.map(Signal::Pdq).into_iter().chain(digests.signals()).collect();
    Ok(NewEntry {
        signals: EntrySignals::from(signals),
        labels: vec![Label { scheme: "inhope".into(), code: "baseline".into() }],
        original_reference: Some(image.name.clone()),
        ..NewEntry::default()
    })
}
