//! Backups: that one is made stands in the ledger before it is. What it consists of is the command's.

use serde_json::json;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;

use crate::{App, Resource, Result, authorise};

impl App {
    /// Writes down that a copy of the house is about to be made, and whether keys go with it to another place. The picture is
    /// taken after this, so that every backup tells of itself.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn begin_backup(&self, caller: &Caller, with_keys: bool) -> Result<()> {
        authorise(caller, Operation::MakeBackups, Resource::Any)?;
        let entry = Details::new(caller, "backup.begun", "backup", self.now());
        self.store.begin().await?.commit(&entry.with(json!({ "with_keys": with_keys }))).await?;
        Ok(())
    }

    /// Writes down that the copy was not finished.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn give_up_backup(&self, caller: &Caller) -> Result<()> {
        authorise(caller, Operation::MakeBackups, Resource::Any)?;
        let entry = Details::new(caller, "backup.given_up", "backup", self.now());
        self.store.begin().await?.commit(&entry).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use vigie_model::Role;

    use super::*;
    use crate::Code;
    use crate::tests::house;

    #[tokio::test]
    async fn a_backup_is_written_down_and_made_by_the_operator_alone() {
        let house = house().await;
        house.app.begin_backup(&Caller::operator(), true).await.unwrap();
        let told = &house.rows().await["ledger_details"];
        assert!(told.iter().any(|row| row.contains("operator | backup.begun")), "{told:?}");
        for role in Role::ALL.iter().filter(|role| role.is_of_the_house()) {
            let person = house.person(role.name(), *role).await;
            let refused = house.app.begin_backup(&person, false).await.unwrap_err();
            assert_eq!(refused.code(), Code::Forbidden, "{role}");
        }
    }
}
