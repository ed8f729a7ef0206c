//! How far a search looks in each bank.

/// The distance asked of each bank; a bank may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Radii {
    others: Option<u32>,
    banks: Vec<Option<u32>>,
}

impl Radii {
    /// Asks every bank for what lies within `distance` bits.
    #[must_use]
    pub fn everywhere(distance: u32) -> Self {
        Self { others: Some(distance), banks: Vec::new() }
    }

    /// Asks no bank: those to be asked are then named by [`Radii::with`].
    #[must_use]
    pub fn nowhere() -> Self {
        Self { others: None, banks: Vec::new() }
    }

    /// Sets the distance of one bank; `None` leaves the bank out.
    #[must_use]
    pub fn with(mut self, bank: u32, distance: Option<u32>) -> Self {
        let slot = bank as usize;
        if slot >= self.banks.len() {
            self.banks.resize(slot + 1, self.others);
        }
        self.banks[slot] = distance;
        self
    }

    /// The distance asked of this bank, or `None` when it is left out.
    #[must_use]
    pub fn of(&self, bank: u32) -> Option<u32> {
        self.banks.get(bank as usize).copied().unwrap_or(self.others)
    }

    /// The widest distance asked of any bank, or `None` when all are left out.
    #[must_use]
    pub fn widest(&self) -> Option<u32> {
        self.banks.iter().copied().chain([self.others]).flatten().max()
    }
}
