//! Nothing is stuck: whatever happened to a request, people who do what its page offers bring it to its end.

use super::*;

impl Run {
    /// Brings it to its end, or says where it is stuck.
    pub(super) async fn end(&mut self) {
        let mut seen = Vec::new();
        for _ in 0..40 {
            self.take(&Step::Work).await;
            let state = self.desk.state(self.id).await;
            if state.is_over() {
                return;
            }
            seen.push(state);
            self.lead_on(state).await;
            self.check().await;
        }
        panic!("it is stuck: {seen:?}");
    }

    async fn lead_on(&mut self, state: RequestState) {
        use RequestState as S;
        match state {
            S::Quarantined => self.call_back().await,
            S::ForgerySuspected => self.take(&Step::Clear).await,
            S::Suspended => {
                self.take(&Step::Follow(FollowUpKind::Upheld)).await;
                self.take(&Step::Resume).await;
            }
            S::Clarification => self.take(&Step::Clarify).await,
            S::Validating if matches!(self.kind, Kind::Preservation) => {
                self.take(&Step::Follow(FollowUpKind::PreservationEnded)).await;
                self.take(&Step::Wait(1)).await;
            }
            S::Validating => {
                self.take(&Step::Follow(FollowUpKind::Upheld)).await;
                self.take(&Step::Accept).await;
                if self.desk.state(self.id).await == S::Validating {
                    self.take(&Step::RefuseAll).await;
                }
            }
            S::EnforcingHold => self.take(&Step::Object(0)).await,
            S::ReadyForApproval => {
                self.take(&Step::AskRelease).await;
                self.take(&Step::Approve).await;
                if self.desk.state(self.id).await == S::ReadyForApproval {
                    self.take(&Step::DecideAgain).await;
                }
            }
            // The work that waited is done by now: it was given up.
            S::Accepted | S::Executing => self.take(&Step::DecideAgain).await,
            S::Released => self.take(&Step::Fetch).await,
            // What is expected of somebody, or can still be fetched, has its time; what is being done is done by the work.
            _ => self.take(&Step::Wait(24 * 40)).await,
        }
    }

    async fn call_back(&self) {
        let app = &self.desk.house.app;
        let view = app.request(&self.desk.officer, self.id).await.unwrap();
        let open = view.calls.into_iter().find(|call| call.made.is_none());
        let read_back = match open {
            Some(call) => call.nonce,
            None => app.ask_call_back(&self.desk.officer, self.id).await.unwrap().nonce,
        };
        let report = CallReport {
            authority: self.desk.authority.id,
            spoke_with: "the duty officer".into(),
            read_back,
            outcome: CallOutcome::Confirmed,
        };
        app.report_call_back(&self.desk.releaser, self.id, &report).await.unwrap();
    }
}
