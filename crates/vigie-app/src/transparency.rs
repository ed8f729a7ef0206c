//! Accounts to the public: what came of requests of authorities in a span, counted from the ledger's own entries.
//!
//! What it is: the newest half-year that has ended, for anybody; a report of any span that has ended, whose numbers the ledger
//! proves ([`vigie_seal::accounts`]); and the tables of orders (`orders.rs`). What it is not: it counts no row of requests. What
//! is not in an entry is not published, but how long the oldest silence has stood, which is marked as the word of the house.
//!
//! Nothing is published of a span that goes on: a number that changes while one looks tells when something came.
//!
//! To add a count: a class of `CLASSES` with the entry that it counts, in `vigie_seal::accounts`.

mod orders;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::json;
use sha2::Sha256;
use tokio::sync::Mutex;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::accounts::{self, Cell, Counted, FEW, FORM, ForAuditors, Opened, RECEIVED};
use vigie_seal::ledger::{Details, Unsealed};
use vigie_seal::{canonical, merkle::Hash};
use vigie_store::acts::Kept;
use vigie_store::log::Epoch;
use vigie_store::{gags, transparency};

use self::orders::OrderEntries;
use crate::{App, Code, Error, Resource, Result, authorise};

pub use orders::OrderTables;
pub(crate) use orders::category_of;
pub use vigie_seal::accounts::{CLASSES, Key, Report, Shown, Time};

/// From this moment until before that one.
pub type Period = (Moment, Moment);

vigie_model::names! {
    /// How long the oldest silence has stood, in the steps in which it is published.
    pub enum SilenceAge {
        /// Under thirty days.
        Month => "under_30_days",
        /// Under ninety days.
        Quarter => "under_90_days",
        /// Under a year.
        Year => "under_365_days",
        /// A year or more.
        Longer => "365_days_or_more",
    }
}

/// What anybody may read of a half-year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfYear {
    /// As `2026-H1`.
    pub name: String,
    /// Its span.
    pub period: Period,
    /// The numbers.
    pub cells: Vec<(Key, Shown)>,
    /// How long answers took, where there are enough of them.
    pub times: Vec<Time>,
    /// The tables of orders, small rows left out.
    pub orders: OrderTables,
    /// How long the oldest silence had stood at its end; none where fewer stood than may be told of.
    pub oldest_silence: Option<SilenceAge>,
}

/// The half-year that was counted last: it has ended, so it does not change.
#[derive(Default)]
pub(crate) struct Newest(Mutex<Option<Arc<HalfYear>>>);

impl App {
    /// The newest half-year that has ended, for anybody.
    ///
    /// # Errors
    /// The store failed.
    pub async fn newest_half_year(&self) -> Result<Arc<HalfYear>> {
        let (name, period) = ended_half_year(self.now())?;
        let mut newest = self.newest().0.lock().await;
        if let Some(known) = newest.as_ref().filter(|known| known.period == period) {
            return Ok(known.clone());
        }
        let entries: Vec<_> =
            self.counted_entries(period).await?.iter().map(opened).collect::<Result<_>>()?;
        let orders = orders::entries(self, period).await?;
        let oldest_silence = self.oldest_silence(period.1).await?;
        let counted = HalfYear { oldest_silence, ..half_year((name, period), &entries, &orders) };
        Ok(newest.insert(Arc::new(counted)).clone())
    }

    /// How long the oldest silence had stood at a moment; none where fewer stood than may be told of. A moment that has passed: an age
    /// that goes on tells, by its change, when a silence ended.
    async fn oldest_silence(&self, at: Moment) -> Result<Option<SilenceAge>> {
        let (standing, oldest) = gags::standing_at(&mut self.store.read().await?, at).await?;
        let few = u64::try_from(standing).unwrap_or(0) < FEW;
        Ok(oldest.filter(|_| !few).map(|oldest| age(at.since(oldest))))
    }

    /// The report of a span that has ended, whose numbers the published log proves. The part for auditors opens entries of the
    /// ledger, so it is for who may read the ledger.
    ///
    /// # Errors
    /// Not permitted, the span has not ended or reaches into an earlier epoch of the log, or is not published yet.
    pub async fn transparency_report(
        &self,
        caller: &Caller,
        period: Period,
        for_auditors: bool,
    ) -> Result<Report> {
        authorise(caller, Operation::MakeReports, Resource::Any)?;
        if for_auditors {
            authorise(caller, Operation::ReadLedger, Resource::Any)?;
        }
        self.check_ended(period)?;
        let (epoch, published) = self.published_log().await?;
        let kept = self.counted_entries(period).await?;
        let entries: Vec<_> = kept
            .iter()
            .map(|kept| Ok((index(&epoch, published.size, kept.seq)?, opened(kept)?.1)))
            .collect::<Result<_>>()?;
        let tally = accounts::tally(&entries, period);
        let mut report = Report {
            form: FORM.to_owned(),
            from: period.0,
            until: period.1,
            checkpoint: published.note,
            cells: vec![],
            times: tally.times,
            oldest_silence: self.oldest_silence(period.1).await?.map(|age| age.to_string()),
            for_auditors: None,
        };
        let mut lists = vec![];
        for (of, entries) in tally.cells {
            let counted = Counted { salt: self.cell_salt(period, &of)?, entries };
            let (count, commitment) = (Shown::of(counted.entries.len() as u64), counted.commitment(&of));
            report.cells.push(Cell { of, count, commitment });
            lists.push(counted);
        }
        if for_auditors {
            let openings = kept.iter().zip(&entries).map(|(kept, (index, _))| Opened {
                index: *index,
                entry: Unsealed::new(&*kept.details, &kept.salt),
            });
            report.for_auditors = Some(ForAuditors { cells: lists, openings: openings.collect() });
        }
        self.note_report(caller, period, for_auditors).await?;
        Ok(report)
    }

    /// The tables of orders of a span that has ended, with every row.
    ///
    /// # Errors
    /// Not permitted, or the span has not ended.
    pub async fn order_tables(&self, caller: &Caller, period: Period) -> Result<OrderTables> {
        authorise(caller, Operation::MakeReports, Resource::Any)?;
        self.check_ended(period)?;
        Ok(orders::whole(&orders::entries(self, period).await?))
    }

    fn check_ended(&self, (from, until): Period) -> Result<()> {
        let invalid = |why: &str| Err(Error::new(Code::InvalidValue, why));
        if from >= until {
            return invalid("the span ends before it begins");
        }
        if until > self.now() {
            return invalid("the span has not ended: a number that still changes tells when something came");
        }
        Ok(())
    }

    /// Every entry that counts in a span, and the receipts of what was answered in it, by number.
    async fn counted_entries(&self, period: Period) -> Result<Vec<Kept>> {
        let mut read = self.store.read().await?;
        let mut found = BTreeMap::new();
        for class in CLASSES {
            let kept = transparency::of_class(&mut read, class, period).await?;
            found.extend(kept.into_iter().map(|kept| (kept.seq, kept)));
            if accounts::is_answer(class) {
                let kept = transparency::about_the_same(&mut read, (RECEIVED, class), period).await?;
                found.extend(kept.into_iter().map(|kept| (kept.seq, kept)));
            }
        }
        Ok(found.into_values().collect())
    }

    /// The salt of a cell: the same whenever a report of the same span is made, so that the part for auditors fits what was
    /// published before it.
    fn cell_salt(&self, (from, until): Period, of: &Key) -> Result<String> {
        let failed = |why: String| Error::internal("make the salt of a number", why);
        let text =
            canonical::to_string(&(FORM, from, until, of)).map_err(|error| failed(error.to_string()))?;
        let mac = Hmac::<Sha256>::new_from_slice(self.store.log_seed());
        let mut mac = mac.map_err(|error| failed(error.to_string()))?;
        mac.update(text.as_bytes());
        let salt: Hash = mac.finalize().into_bytes().into();
        Ok(hex::encode(salt))
    }

    async fn note_report(&self, caller: &Caller, (from, until): Period, for_auditors: bool) -> Result<()> {
        let tx = self.store.begin().await?;
        let entry = Details::new(caller, "report.made", "transparency", self.now());
        let parameters = json!({ "from": from, "until": until, "for_auditors": for_auditors });
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }
}

/// What anybody may read of these entries.
fn half_year(
    (name, period): (String, Period),
    entries: &[(u64, Details)],
    orders: &OrderEntries,
) -> HalfYear {
    let tally = accounts::tally(entries, period);
    let orders = orders::public(orders, &tally.cells);
    let cells = tally.cells.into_iter().map(|(key, entries)| (key, Shown::of(entries.len() as u64)));
    HalfYear { name, period, cells: cells.collect(), times: tally.times, orders, oldest_silence: None }
}

fn opened(kept: &Kept) -> Result<(u64, Details)> {
    let details = serde_json::from_str(&kept.details).map_err(|why| Error::internal("read an entry", why))?;
    Ok((u64::try_from(kept.seq).unwrap_or(0), details))
}

/// The number of an entry in the published log.
fn index(epoch: &Epoch, size: u64, seq: i64) -> Result<u64> {
    let Ok(index) = u64::try_from(seq - epoch.first_seq) else {
        let detail = format!(
            "the log began anew at {}: what was before stands in another log, so begin the span there",
            epoch.opened_at
        );
        return Err(Error::new(Code::InvalidValue, detail));
    };
    if index >= size {
        let detail = "not every entry is in a published checkpoint yet: try again in a moment";
        return Err(Error::new(Code::ProofPending, detail));
    }
    Ok(index)
}

fn age(stood: Duration) -> SilenceAge {
    match stood.as_secs() / (24 * 60 * 60) {
        0..30 => SilenceAge::Month,
        30..90 => SilenceAge::Quarter,
        90..365 => SilenceAge::Year,
        _ => SilenceAge::Longer,
    }
}

/// The newest half-year that has ended: its name and its span, in UTC.
fn ended_half_year(now: Moment) -> Result<(String, Period)> {
    let today = now.timestamp().to_zoned(TimeZone::UTC).date();
    let (year, is_first) = if today.month() <= 6 { (today.year() - 1, false) } else { (today.year(), true) };
    let (from, until) = if is_first {
        (date(year, 1, 1), date(year, 7, 1))
    } else {
        (date(year, 7, 1), date(year + 1, 1, 1))
    };
    let moment = |day: jiff::civil::Date| {
        let began = day.to_zoned(TimeZone::UTC).map_err(|why| Error::internal("find a half-year", why))?;
        Ok::<_, Error>(Moment(began.timestamp().as_microsecond()))
    };
    Ok((format!("{year}-H{}", if is_first { 1 } else { 2 }), (moment(from)?, moment(until)?)))
}

#[cfg(test)]
mod tests;
