//! A segment made ready for a hunt: its compact form, read from disk or made from its rows.
//!
//! The form of an hour that is over is written once, by the regular chores, and read by every hunt after; it is told by
//! the number of its rows from one that is old, and by its checksum from one that is torn. The hour that goes on has
//! none: its rows are read each time.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use vigie_match::{Pass, PastRow, PastWriter, Pdq, Sweep, Swept};
use vigie_model::hunt;
use vigie_store::history::{self, Past, Segment, SegmentState};

use super::LIFE;
use crate::{App, Error, Result};

/// How long after its hour rows may still come into a segment: a commit that is under way, a clock that is behind.
const SETTLED: Duration = Duration::from_secs(10 * 60);

/// Rows handed on at once, while a form is made.
const BATCH: usize = 4096;

impl App {
    /// Makes the forms of hours that are over, so that no hunt has to wait for them. Returns how many.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn make_forms(&self) -> Result<usize> {
        let settled = self.now().before(SETTLED);
        let mut reader = self.store.read().await?;
        let states = history::segments(&mut reader, Segment(0), settled.before(LIFE), settled).await?;
        drop(reader);
        let segments = self.store.segments().clone();
        let over =
            states.into_iter().map(|state| state.segment).filter(|segment| segment.ends_at() <= settled);
        let over: Vec<_> = over.collect();
        let missing = self
            .heavy
            .run(move || over.into_iter().filter(|segment| !segments.has_form(*segment)).collect::<Vec<_>>());
        let missing = missing.await?;
        for segment in &missing {
            self.write_form(*segment).await?;
        }
        Ok(missing.len())
    }

    async fn write_form(&self, segment: Segment) -> Result<()> {
        let segments = self.store.segments().clone();
        let made =
            self.make_form(segment, move |batches| segments.write_form(segment, |file| write(batches, file)));
        Ok(made.await??)
    }

    /// Looks through a segment.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn sweep_segment(&self, sweep: &Arc<Sweep>, state: SegmentState) -> Result<Swept> {
        let segment = state.segment;
        if segment.ends_at().after(SETTLED) > self.now() {
            let form = self.make_form(segment, |batches| write(batches, Vec::new())).await?;
            let form = form.map_err(|source| Error::internal("read the hour that goes on", source))?;
            let sweep = sweep.clone();
            let swept = self.heavy.run(move || sweep.through(Cursor::new(form))).await?;
            return swept.map_err(|source| Error::internal("look through the hour that goes on", source));
        }
        if let Some(swept) = self.sweep_form(sweep, state).await? {
            return Ok(swept);
        }
        self.write_form(segment).await?;
        let swept = self.sweep_form(sweep, state).await?;
        swept.ok_or_else(|| {
            Error::internal("look through a segment of history", "its form is not as it was just written")
        })
    }

    /// Looks through the form of a segment; none when there is no form, or it is not whole, or old.
    async fn sweep_form(&self, sweep: &Arc<Sweep>, state: SegmentState) -> Result<Option<Swept>> {
        let (segments, sweep) = (self.store.segments().clone(), sweep.clone());
        let swept = self
            .heavy
            .run(move || Ok::<_, Error>(segments.form(state.segment)?.map(|form| sweep.through(form))));
        match swept.await?? {
            Some(Ok(swept)) if i64::try_from(swept.rows) == Ok(state.rows) => Ok(Some(swept)),
            Some(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a segment of history is made again"
                );
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Reads the rows of a segment and has a form made of them, away from async code.
    async fn make_form<T: Send + 'static>(
        &self,
        segment: Segment,
        make: impl FnOnce(Batches) -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, batches) = mpsc::channel(4);
        let made = self.heavy.run(move || make(Batches(batches)));
        let (made, sent) = tokio::join!(made, self.send_rows_of(segment, sender));
        sent?;
        made
    }

    async fn send_rows_of(&self, segment: Segment, batches: mpsc::Sender<Vec<PastRow>>) -> Result<()> {
        let mut reader = self.store.read().await?;
        let mut rows = std::pin::pin!(history::rows(&mut reader, segment).chunks(BATCH));
        while let Some(few) = rows.next().await {
            let batch = few.into_iter().map(|row| Ok(past_row(&row?))).collect::<Result<Vec<_>>>()?;
            // The receiver is gone only when the form failed, and then that is the error to tell.
            let _ = batches.send(batch).await;
        }
        Ok(())
    }
}

/// Rows that are read while others are written.
struct Batches(mpsc::Receiver<Vec<PastRow>>);

impl Iterator for Batches {
    type Item = Vec<PastRow>;

    fn next(&mut self) -> Option<Vec<PastRow>> {
        self.0.blocking_recv()
    }
}

fn write<W: std::io::Write>(batches: Batches, file: W) -> std::io::Result<W> {
    let mut writer = PastWriter::begin(file)?;
    for row in batches.flatten() {
        writer.push(row)?;
    }
    writer.end()
}

fn past_row(past: &Past) -> PastRow {
    let pass = match past.pass {
        hunt::Pass::Exact => Pass::Exact,
        hunt::Pass::First => Pass::First,
    };
    PastRow {
        id: past.id.into_bytes(),
        pdq: fixed(past.pdq.as_deref()).map(|hash| (Pdq(hash), pass)),
        md5: fixed(past.md5.as_deref()),
        sha1: fixed(past.sha1.as_deref()),
        sha256: fixed(past.sha256.as_deref()),
    }
}

fn fixed<const N: usize>(bytes: Option<&[u8]>) -> Option<[u8; N]> {
    bytes?.try_into().ok()
}
