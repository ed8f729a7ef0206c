//! `vigie ledger report` makes the accounts to the public, and `vigie ledger verify … --report` judges them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use vigie_app::App;
use vigie_model::{Caller, Moment};
use vigie_seal::accounts::{Fault, Judgement, Key, Report, judge};
use vigie_seal::audit;

use crate::commands::operator::{Common, Format, Told};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The first day of the span, in UTC: 2026-01-01.
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Moment,
    /// The first day after the span. It must have come.
    #[arg(long, value_name = "DAY", value_parser = day)]
    until: Moment,
    /// Where to write the report.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// With the part that opens every counted entry. It shows who asked what: hand it to auditors alone.
    #[arg(long)]
    for_auditors: bool,
    /// Also write the tables of orders of Member States into this folder, with every row.
    #[arg(long, value_name = "FOLDER")]
    orders: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// The first moment of a day, or a moment.
fn day(text: &str) -> Result<Moment, String> {
    let moment = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    moment.parse().map_err(|_| "give a day as 2026-01-01".to_owned())
}

/// Makes the report, and what else was asked for.
pub(super) async fn make(app: &App, arguments: &Arguments) -> anyhow::Result<Vec<Told>> {
    super::publish(app).await;
    let (operator, period) = (Caller::operator(), (arguments.from, arguments.until));
    let report = app.transparency_report(&operator, period, arguments.for_auditors).await?;
    let text = serde_json::to_string_pretty(&report).context("cannot write down the report")?;
    write(&arguments.out, format!("{text}\n").as_bytes())?;
    let mut told =
        format!("The report with {} numbers is in {}.", report.cells.len(), arguments.out.display());
    if arguments.for_auditors {
        told.push_str("\nIt opens every entry that it counts: hand it to auditors alone.");
    }
    if let Some(folder) = &arguments.orders {
        let tables = app.order_tables(&operator, period).await?;
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        write(&folder.join("orders-to-act.csv"), &tables.to_act_csv())?;
        write(&folder.join("orders-to-inform.csv"), &tables.to_inform_csv())?;
        told.push_str(&format!("\nThe tables of orders are in {}, small rows too.", folder.display()));
    }
    let json = json!({
        "numbers": report.cells.len(), "out": arguments.out, "for_auditors": arguments.for_auditors,
        "orders": arguments.orders,
    });
    Ok(vec![Told { text: told, json }])
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a report.
pub(super) fn read(path: &Path) -> anyhow::Result<Report> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Report::read(&bytes).with_context(|| format!("cannot read the report {}", path.display()))
}

/// The entries that a report opens.
pub(super) fn opened(report: &Report) -> BTreeSet<u64> {
    let opened = report.for_auditors.iter().flat_map(|opened| &opened.openings);
    opened.map(|one| one.index).collect()
}

/// Judges a report by the log that was verified, and tells of it. Whether nothing speaks against it comes back.
pub(super) fn tell(format: Format, report: &Report, log: &audit::Report) -> bool {
    let judgement = report.for_auditors.as_ref().map(|opened| judge(report, opened, &log.leaves));
    match format {
        Format::Json => println!("{}", as_json(report, judgement.as_ref())),
        Format::Text => as_text(report, judgement.as_ref()),
    }
    judgement.is_none_or(|judgement| judgement.holds())
}

fn as_json(report: &Report, judgement: Option<&Judgement>) -> Value {
    let texts = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>();
    let number = |(place, cell): (usize, &vigie_seal::accounts::Cell)| {
        let faults =
            judgement.map(|judgement| judgement.cells.get(place).map_or(&[][..], |(_, faults)| faults));
        let holds = match faults {
            None => "not_openable_here",
            Some([]) => "yes",
            Some(_) => "no",
        };
        json!({ "of": cell.of, "count": cell.count, "holds": holds, "faults": texts(faults.unwrap_or_default()) })
    };
    json!({
        "report": {
            "from": report.from,
            "until": report.until,
            "holds": judgement.map_or("not_openable_here", |one| if one.holds() { "yes" } else { "no" }),
            "numbers": report.cells.iter().enumerate().map(number).collect::<Vec<_>>(),
            "faults": texts(judgement.map_or(&[][..], |judgement| &judgement.faults)),
        }
    })
}

fn as_text(report: &Report, judgement: Option<&Judgement>) {
    println!("report from {} until {}, of this log", report.from, report.until);
    let Some(judgement) = judgement else {
        println!(
            "{} numbers, not openable here: the part for auditors is not in the file",
            report.cells.len()
        );
        return;
    };
    for ((of, faults), cell) in judgement.cells.iter().zip(&report.cells) {
        let holds = if faults.is_empty() { "yes" } else { "NO " };
        println!("{holds}  {:>6}  {}", cell.count.to_string(), words(of));
        for fault in faults {
            println!("     {fault}");
        }
    }
    for fault in &judgement.faults {
        println!("FAIL: {fault}");
    }
    if judgement.holds() {
        println!("every number follows from entries of this log, each counted once");
    } else if judgement.faults.is_empty() {
        println!("FAIL: not every number of the report holds");
    }
}

fn words(of: &Key) -> String {
    let binding = of.binding.map(|binding| if binding { "binding" } else { "not binding" });
    let emergency = of.emergency.filter(|emergency| *emergency).map(|_| "emergency");
    let parts = [of.country.as_deref(), of.regime.as_deref(), binding, emergency, of.ground.as_deref()];
    parts.into_iter().flatten().fold(of.action.clone(), |words, part| format!("{words}, {part}"))
}
