//! What people are spared: labels that they would rather not be handed while somebody else on the desk takes them.
//!
//! It is theirs alone. Nothing asks why, nothing is counted, no entry is written and nobody else reads it. It changes what
//! "take the next" hands out, and nothing else: the queue shows everything, and whoever wants to may take it.

use std::time::Duration;

use vigie_model::bank::Label;
use vigie_model::id::{IncidentId, PersonId};
use vigie_model::{Caller, Operation};
use vigie_store::{Read, people, spared};

use crate::authorise::permits_person;
use crate::{App, Code, Error, Result};

/// Who was seen within this time is on the desk.
const AT_WORK: Duration = Duration::from_secs(30 * 60);
/// How many labels somebody can be spared.
const MOST: usize = 100;
/// The longest of them.
const LONGEST: usize = 200;

/// What somebody is spared, and what else there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spared {
    /// The labels they would rather not get.
    pub labels: Vec<Label>,
    /// Labels that incidents carry.
    pub in_use: Vec<Label>,
}

impl App {
    /// What the caller is spared.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn spared(&self, caller: &Caller) -> Result<Spared> {
        let person = self.may_review(caller)?;
        let mut reader = self.store.read().await?;
        Ok(Spared {
            labels: spared::of_person(&mut reader, person).await?,
            in_use: spared::labels_in_use(&mut reader).await?,
        })
    }

    /// Says which labels the caller would rather not get, in place of what they said before.
    ///
    /// # Errors
    /// Not permitted, or too many of them, or one is too long.
    pub async fn spare(&self, caller: &Caller, labels: &[Label]) -> Result<()> {
        let person = self.may_review(caller)?;
        if labels.len() > MOST || labels.iter().any(|label| label.to_string().len() > LONGEST) {
            return Err(Error::new(Code::InvalidValue, format!("at most {MOST} labels of {LONGEST} bytes")));
        }
        let mut house = self.store.housekeeping().await?;
        spared::replace(&mut house, person, labels).await?;
        Ok(house.commit().await?)
    }

    /// Whether somebody else on the desk would be handed this incident.
    pub(crate) async fn somebody_else_takes(
        &self,
        read: &mut impl Read,
        incident: IncidentId,
        person: PersonId,
        needed: Operation,
    ) -> Result<bool> {
        let now = self.now();
        let takers = spared::takers(read, incident, now.before(AT_WORK), now).await?;
        for taker in takers.into_iter().filter(|taker| *taker != person) {
            if people::find(read, taker).await?.is_some_and(|one| permits_person(&one, needed)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
