//! The overview: counts and small charts, drawn by the server, each with the table behind it.

use askama::Template;
use axum::response::Response;
use vigie_model::Moment;
use vigie_model::incident::Severity;

use super::{page, quality};
use crate::door::Door;
use crate::failure::Result;
use crate::frame::Frame;
use crate::language::Words;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/overview", overview)]
}

/// A chart of bars, one for each day, from zero.
pub(crate) struct Chart {
    /// The question that the chart answers.
    pub(crate) title: String,
    /// Over which time its total runs, in words.
    pub(crate) period: String,
    pub(crate) width: usize,
    pub(crate) total: String,
    pub(crate) most: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) bars: Vec<Bar>,
}

/// A day of a chart, in its own coordinates: 100 high, 20 a day.
pub(crate) struct Bar {
    pub(crate) x: usize,
    pub(crate) y: f64,
    pub(crate) height: f64,
    pub(crate) day: String,
    pub(crate) value: String,
}

/// How many incidents of a severity wait.
pub(crate) struct Waiting {
    pub(crate) severity: Severity,
    pub(crate) count: String,
}

#[derive(Template)]
#[template(path = "overview.html")]
pub(crate) struct Overview {
    pub(crate) frame: Frame,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) claimed: String,
    pub(crate) mean_wait: String,
    pub(crate) longest_wait: String,
    pub(crate) charts: Vec<Chart>,
    pub(crate) quality: quality::View,
}

async fn overview(desk: Desk) -> Result<Response> {
    let counts = desk.console.app.overview(&desk.caller).await?;
    let words = desk.words;
    let days = |value: &dyn Fn(&vigie_app::overview::Day) -> i64| -> Vec<(String, i64)> {
        counts.days.iter().map(|day| (day.day.clone(), value(day))).collect()
    };
    let charts = vec![
        chart(words, "overview-matched", "overview-total", &days(&|day| day.tally.matched)),
        chart(words, "overview-actions", "overview-total", &days(&|day| day.actions)),
        chart(words, "overview-submitted", "overview-total", &days(&|day| day.tally.submitted)),
        chart(words, "overview-not-examined", "overview-total", &days(&|day| day.tally.not_examined)),
    ];
    let frame = Frame::of(desk.visit(), Section::Overview, words.say("overview-title")).await;
    Ok(page(&Overview {
        frame,
        waiting: counts
            .waiting
            .iter()
            .map(|(severity, count)| Waiting { severity: *severity, count: words.number(*count) })
            .collect(),
        claimed: words.number(counts.claimed),
        mean_wait: words.length(counts.mean_wait),
        longest_wait: words.length(counts.longest_wait),
        charts,
        quality: quality::view(words, &counts.quality),
    }))
}

#[expect(clippy::cast_precision_loss, reason = "a bar is at most 100 units high")]
pub(super) fn chart(words: Words, title: &str, period: &str, days: &[(String, i64)]) -> Chart {
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let named = |day: &str| named_day(words, day);
    let bar = |(place, (day, count)): (usize, &(String, i64))| {
        // What is there at all is seen, however little of the whole it is.
        let height = if *count == 0 { 0.0 } else { (*count as f64 / most as f64 * 100.0).max(1.5) };
        Bar { x: place * 20, y: 100.0 - height, height, day: named(day), value: words.number(*count) }
    };
    Chart {
        title: words.say(title),
        period: words.say(period),
        width: days.len() * 20,
        total: words.number(days.iter().map(|(_, count)| count).sum::<i64>()),
        most: words.number(most),
        first: days.first().map(|(day, _)| named(day)).unwrap_or_default(),
        last: days.last().map(|(day, _)| named(day)).unwrap_or_default(),
        bars: days.iter().enumerate().map(bar).collect(),
    }
}

/// A day like `2026-11-22`, as people write it.
pub(super) fn named_day(words: Words, day: &str) -> String {
    match format!("{day}T00:00:00Z").parse::<Moment>() {
        Ok(moment) => words.day(moment),
        Err(_) => day.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn bars_stand_on_zero_and_none_is_lost() {
        let days =
            [("2026-11-21".to_owned(), 1000), ("2026-11-22".to_owned(), 1), ("2026-11-23".to_owned(), 0)];
        let chart = chart(Words(Language::English), "overview-matched", "overview-total", &days);
        let heights: Vec<_> = chart.bars.iter().map(|bar| (bar.y, bar.height)).collect();
        assert_eq!(heights, [(0.0, 100.0), (98.5, 1.5), (100.0, 0.0)]);
        assert_eq!(chart.total, "1,001");
    }
}
