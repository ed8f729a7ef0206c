//! `vigie drill`: a synthetic fortnight of the disclosure desk, and a report on it for auditors.
//!
//! What it is: the real use cases, in a store that goes, on a clock that is set, with authorities that sign and open by keys
//! of their own. Forged and pretextual documents are among those that come, and the people of the drill try to give out
//! every one: what stops them has to be the house. What it is not: a measure of this machine, or of your people.
//!
//! To add a document: a line in `cases/`. To add something that somebody does: a step there and its line in `play.rs`.

mod alarm;
mod cases;
mod checked;
mod house;
mod play;
mod records;
mod report;

use anyhow::Context as _;
use clap::Args;

use super::operator::Format;
use crate::output::Ending;
use crate::telemetry;
use house::House;
use play::Sabotage;
use report::Report;

const EXAMPLES: &str = "\
Examples:
  vigie drill                                    a table for people: each document, what had to happen, what did, and why
  vigie drill --format json > drill.json         the same with every deadline and step, one line
  vigie drill --format json | jq .clocks_met

Nothing of it touches your data: the store is in a temporary folder, and no network is used. Exit code 1: something forged
or pretextual passed, a legal deadline of the house was missed, a field left outside its grant, or anything else went
otherwise than it has to.";

/// Play a synthetic fortnight of the disclosure desk, and report on it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The form of the report; json is one line.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    telemetry::start("error", telemetry::LogFormat::Text)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let report = runtime.block_on(drill(Sabotage::None))?;
    match arguments.format {
        Format::Text => print!("{}", report.text()),
        Format::Json => println!("{}", report.json()),
    }
    Ok(if report.is_green() { Ending::Fine } else { Ending::Negative })
}

/// Plays the fortnight. With a sabotage, a guard is left out: a report that stays green then is worth nothing.
async fn drill(sabotage: Sabotage) -> anyhow::Result<Report> {
    let mut house = House::open().await?;
    let cases = cases::fortnight(house.begins);
    let played = play::play(&mut house, &cases, sabotage).await;
    let rules = std::sync::Arc::clone(&house.app.settings.disclosure.rules);
    house.app.store.close().await;
    Ok(Report::of(&cases, &played?, &rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_report_of_a_drill_in_which_a_forgery_is_let_through_is_red() {
        let report = drill(Sabotage::CallsBelieved).await.unwrap();
        assert!(!report.is_green());
        let told = report.json();
        assert_eq!(told["forged"].as_u64().unwrap(), told["forged_stopped"].as_u64().unwrap() + 1, "{told}");
        let forged = told["requests"].as_array().unwrap().iter().find(|one| one["number"] == "F 3").unwrap();
        assert_eq!((&forged["stopped"], &forged["happened"]), (&false.into(), &"delivered".into()));
        assert!(report.text().contains("The report is RED."));
    }
}
