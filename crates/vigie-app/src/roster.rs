//! The roster: who is on duty, and where it has gaps.

use std::time::Duration;

use serde_json::json;
use vigie_model::alarm::Turn;
use vigie_model::id::{PersonId, TurnId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Read, roster};

use crate::{App, Code, Error, Resource, Result, authorise};

/// The longest turn.
const LONGEST: Duration = Duration::from_secs(14 * 24 * 60 * 60);

impl App {
    /// Puts a person on duty for a time.
    ///
    /// # Errors
    /// Not permitted, no such living person, or the times do not make a turn.
    pub async fn add_turn(
        &self,
        caller: &Caller,
        person: PersonId,
        from: Moment,
        until: Moment,
    ) -> Result<Turn> {
        authorise(caller, Operation::ManageRoster, Resource::Any)?;
        if until <= from || until.since(from) > LONGEST {
            return Err(Error::new(
                Code::InvalidValue,
                "a turn ends after it begins, and lasts at most 14 days",
            ));
        }
        let mut tx = self.store.begin().await?;
        let person = crate::people::living(&mut tx, person).await?;
        if !crate::authorise::permits_person(&person, Operation::ChildAtRisk) {
            return Err(Error::new(Code::InvalidValue, "who is on duty must be permitted to take alarms"));
        }
        let turn = Turn { id: TurnId::fresh(&*self.ids), person: person.id, from, until };
        roster::insert(&mut tx, &turn).await?;
        let entry = Details::new(caller, "roster.turn_added", format!("turn:{}", turn.id), self.now());
        tx.commit(&entry.with(json!({ "person": turn.person, "from": from, "until": until }))).await?;
        Ok(turn)
    }

    /// Takes a turn out of the roster.
    ///
    /// # Errors
    /// Not permitted, or no such turn.
    pub async fn remove_turn(&self, caller: &Caller, turn: TurnId) -> Result<()> {
        authorise(caller, Operation::ManageRoster, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        roster::remove(&mut tx, turn).await.map_err(|error| Error::not_found("turn").because(error))?;
        tx.commit(&Details::new(caller, "roster.turn_removed", format!("turn:{turn}"), self.now())).await?;
        Ok(())
    }

    /// Turns that touch a period, in their order.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn roster(&self, caller: &Caller, from: Moment, until: Moment) -> Result<Vec<Turn>> {
        authorise(caller, Operation::ReadRoster, Resource::Any)?;
        Ok(roster::list(&mut self.store.read().await?, from, until).await?)
    }
}

/// Who is on duty at this moment: the holder of the turn that began last.
pub(crate) async fn on_duty(read: &mut impl Read, now: Moment) -> Result<Option<PersonId>> {
    let turns = roster::list(read, now, now.after(Duration::from_micros(1))).await?;
    Ok(turns.last().map(|turn| turn.person))
}

/// The parts of a period in which nobody is on duty. Turns come in the order in which they begin.
#[must_use]
pub fn gaps(turns: &[Turn], from: Moment, until: Moment) -> Vec<(Moment, Moment)> {
    let mut gaps = Vec::new();
    let mut covered = from;
    for turn in turns {
        if turn.from > covered {
            gaps.push((covered, turn.from.min(until)));
        }
        covered = covered.max(turn.until);
    }
    if covered < until {
        gaps.push((covered, until));
    }
    gaps.retain(|(start, end)| start < end);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(from: i64, until: i64) -> Turn {
        let nobody = uuid::Uuid::nil();
        Turn { id: TurnId(nobody), person: PersonId(nobody), from: Moment(from), until: Moment(until) }
    }

    #[test]
    fn gaps_are_what_no_turn_covers() {
        let gaps_of = |turns: &[Turn]| {
            gaps(turns, Moment(10), Moment(50))
                .into_iter()
                .map(|(from, until)| (from.0, until.0))
                .collect::<Vec<_>>()
        };
        assert_eq!(gaps_of(&[]), [(10, 50)]);
        assert_eq!(gaps_of(&[turn(0, 60)]), []);
        assert_eq!(gaps_of(&[turn(0, 20), turn(15, 18), turn(30, 40)]), [(20, 30), (40, 50)]);
        assert_eq!(gaps_of(&[turn(60, 70)]), [(10, 50)]);
    }
}
