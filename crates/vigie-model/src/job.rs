//! Background work, as far as screens speak of it.

crate::names! {
    /// Where a piece of background work stands.
    pub enum JobState {
        /// It waits for its turn, or for another attempt.
        Queued => "queued",
        /// A worker has it.
        Running => "running",
        /// Its effect is there.
        Done => "done",
        /// It was given up.
        Failed => "failed",
    }
}
