//! Accounts to the public: what came of requests of authorities in the newest half-year that has ended, for anybody.
//!
//! What it is: the numbers as the use case lets them be shown, and totals added up from these alone, so that no sum tells more
//! than its parts. What it is not: it counts nothing.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header;
use vigie_app::transparency::{CLASSES, HalfYear, Key, Shown};

use super::page;
use crate::door::Door;
use crate::failure::Result;
use crate::frame::Frame;
use crate::language::Words;
use crate::visit::Visit;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/transparency", look).public(),
        Door::get("/transparency/orders-to-act.csv", to_act).public(),
        Door::get("/transparency/orders-to-inform.csv", to_inform).public(),
    ]
}

/// What became of so many.
pub(crate) struct Total {
    pub(crate) class: String,
    pub(crate) count: String,
}

/// A number, with what it counts.
pub(crate) struct Row {
    pub(crate) class: String,
    pub(crate) country: String,
    pub(crate) regime: String,
    /// Whether it bound; none where that is no question.
    pub(crate) binding: Option<bool>,
    pub(crate) is_emergency: bool,
    /// The ground, by its name.
    pub(crate) ground: Option<String>,
    pub(crate) count: String,
}

/// How long answers took under a regime.
pub(crate) struct Time {
    pub(crate) regime: String,
    pub(crate) median: &'static str,
}

#[derive(Template)]
#[template(path = "transparency.html")]
pub(crate) struct Transparency {
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) from: String,
    pub(crate) last: String,
    pub(crate) totals: Vec<Total>,
    /// Everything but refusals.
    pub(crate) rows: Vec<Row>,
    /// Refusals on grounds of law.
    pub(crate) refusals: Vec<Row>,
    /// What the house did not give of its own will, where nothing bound it.
    pub(crate) narrowed: Vec<Row>,
    pub(crate) times: Vec<Time>,
    pub(crate) oldest_silence: Option<&'static str>,
    pub(crate) address: String,
}

async fn look(visit: Visit) -> Result<Response> {
    let app = &visit.console.app;
    let half = app.newest_half_year().await?;
    let words = visit.words;
    let (mut rows, mut refusals, mut narrowed) = (vec![], vec![], vec![]);
    for (key, count) in &half.cells {
        let row = row(key, *count);
        match key.ground.as_deref() {
            None => rows.push(row),
            Some("house_policy") => narrowed.push(row),
            Some(_) => refusals.push(row),
        }
    }
    Ok(page(&Transparency {
        frame: Frame::bare(&visit, words.say("transparency-title")),
        name: half.name.clone(),
        from: words.day(half.period.0),
        last: words.day(half.period.1.before(std::time::Duration::from_secs(1))),
        totals: totals(words, &half),
        rows,
        refusals,
        narrowed,
        times: half
            .times
            .iter()
            .map(|time| Time { regime: time.regime.clone(), median: time.median.name() })
            .collect(),
        oldest_silence: half.oldest_silence.map(vigie_app::transparency::SilenceAge::name),
        address: app.settings.public_url.clone(),
    }))
}

fn row(key: &Key, count: Shown) -> Row {
    Row {
        class: word(&key.action),
        country: key.country.clone().unwrap_or_default(),
        regime: key.regime.clone().unwrap_or_default(),
        binding: key.binding,
        is_emergency: key.emergency == Some(true),
        ground: key.ground.clone(),
        count: shown(count.bounds()),
    }
}

/// The name of a class as the texts have it.
fn word(class: &str) -> String {
    class.replace('.', "-")
}

/// A number between two bounds.
fn shown((least, most): (u64, u64)) -> String {
    if least == most { least.to_string() } else { format!("{least}–{most}") }
}

/// For each class, the least and the most that its shown numbers may add up to.
fn totals(words: Words, half: &HalfYear) -> Vec<Total> {
    let mut sums = BTreeMap::<&str, (u64, u64)>::new();
    for (key, count) in &half.cells {
        let (least, most) = count.bounds();
        let sum = sums.entry(&key.action).or_default();
        *sum = (sum.0.saturating_add(least), sum.1.saturating_add(most));
    }
    let total = |class: &&str| {
        let sum = sums.get(class)?;
        Some(Total { class: words.name("counted", &word(class)), count: shown(*sum) })
    };
    CLASSES.iter().filter_map(total).collect()
}

async fn to_act(visit: Visit) -> Result<Response> {
    let half = visit.console.app.newest_half_year().await?;
    Ok(table(&format!("orders-to-act-{}.csv", half.name), half.orders.to_act_csv()))
}

async fn to_inform(visit: Visit) -> Result<Response> {
    let half = visit.console.app.newest_half_year().await?;
    Ok(table(&format!("orders-to-inform-{}.csv", half.name), half.orders.to_inform_csv()))
}

fn table(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_tells_no_more_than_the_numbers_that_are_shown() {
        let key = |country: &str| Key {
            action: "request.received".into(),
            country: Some(country.into()),
            regime: None,
            binding: None,
            emergency: None,
            ground: None,
        };
        let half = HalfYear {
            name: "2026-H1".into(),
            period: (vigie_model::Moment(0), vigie_model::Moment(1)),
            cells: vec![(key("FR"), Shown::Exactly(12)), (key("DE"), Shown::Few), (key("BE"), Shown::Few)],
            times: vec![],
            orders: Default::default(),
            oldest_silence: None,
        };
        let totals = totals(Words(crate::language::Language::English), &half);
        assert_eq!(totals.iter().map(|total| total.count.as_str()).collect::<Vec<_>>(), ["14–20"]);
        assert_eq!(shown(Shown::Exactly(5).bounds()), "5");
    }
}
