//! Public figures: how many acts of each class a month had, for the classes that a checked-in list opens.
//!
//! What it is: counts. A public entry of the ledger is a salted hash, which tells neither what was done nor when; the class
//! and the month are opened here, as numbers, and only of what `public_actions.txt` names. What it is not: it opens no
//! entry, and it shows no number under [`FEW`]: one act in a month may be known to somebody.

use std::collections::BTreeMap;

use serde::Serialize;
use vigie_model::{Caller, Moment, Operation};
pub use vigie_seal::accounts::{FEW, Shown};
use vigie_store::acts;

use crate::{App, Resource, Result, authorise};

const PUBLIC_ACTIONS: &str = include_str!("public_actions.txt");

/// The classes of acts that may be counted in public, in alphabetical order.
pub fn public_actions() -> impl Iterator<Item = &'static str> {
    PUBLIC_ACTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How many acts of a class a month had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The month in UTC, as `2026-11`.
    pub month: String,
    /// The class, as the list of public actions names it.
    pub action: String,
    /// How many; a text, because small numbers are shown as a range.
    pub count: Shown,
}

impl App {
    /// The public figures, by month and class. What was erased from the ledger's details no longer counts.
    ///
    /// # Errors
    /// Not permitted, or the store failed.
    pub async fn ledger_figures(&self, caller: &Caller) -> Result<Vec<Figure>> {
        authorise(caller, Operation::ReadLedger, Resource::Any)?;
        let counted = acts::by_day(&mut self.store.read().await?).await?;
        let mut months = BTreeMap::<(String, String), u64>::new();
        for day in counted.into_iter().filter(|day| public_actions().any(|action| action == day.action)) {
            *months.entry((month(day.day), day.action)).or_default() += day.count;
        }
        let figure = |((month, action), count)| Figure { month, action, count: Shown::of(count) };
        Ok(months.into_iter().map(figure).collect())
    }
}

fn month(day: Moment) -> String {
    day.timestamp().strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use vigie_model::Role;
    use vigie_seal::ledger::Details;

    use super::*;
    use crate::Code;
    use crate::tests::house;

    #[test]
    fn the_list_is_in_order_and_names_classes() {
        let listed: Vec<_> = public_actions().collect();
        assert!(listed.windows(2).all(|pair| pair[0] < pair[1]), "{listed:?}");
        assert!(listed.iter().all(|action| action.split('.').count() == 2 && !action.contains(' ')));
        assert!(!listed.iter().any(|action| action.starts_with("session.") || action.starts_with("media.")));
    }

    #[tokio::test]
    async fn only_open_classes_are_counted_by_month_and_few_acts_stay_few() {
        let house = house().await;
        let auditor = house.person("Ada", Role::Auditor).await;
        let reviewer = house.person("Ben", Role::Reviewer).await;
        let november = Moment::from_unix_seconds(1_795_341_600);
        let december = Moment::from_unix_seconds(1_797_000_000);
        let acts = [("hunt.hit", november, 7), ("hunt.hit", december, 4), ("media.revealed", november, 9)];
        for (action, at, count) in acts {
            for _ in 0..count {
                let tx = house.app.store.begin().await.unwrap();
                tx.commit(&Details::new(&Caller::system(), action, "hunt:1", at)).await.unwrap();
            }
        }
        let figures = house.app.ledger_figures(&auditor).await.unwrap();
        let hits: Vec<_> = figures.iter().filter(|figure| figure.action == "hunt.hit").collect();
        let told: Vec<_> = hits.iter().map(|hit| format!("{} {}", hit.month, hit.count)).collect();
        assert_eq!(told, ["2026-11 7", "2026-12 1-4"]);
        assert!(figures.iter().all(|figure| figure.action != "media.revealed"), "{figures:?}");
        let refused = house.app.ledger_figures(&reviewer).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden);
    }
}
