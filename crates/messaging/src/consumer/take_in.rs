//! Processing events: their effects, the inbox rows, and the rows of events that must be kept, in
//! one transaction.

use diesel_async::AsyncPgConnection;
use service_host::fail_point;

use super::arrival::{Arrival, Plan};
use super::failure::Failed;
use super::inbox;
use super::intake::Intake;
use crate::parking::{self, NewParked, State};

/// The result of processing an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its effect is done.
    Effected,
    /// It was processed before.
    Duplicate,
    /// The service does not listen to its type.
    Skipped,
    /// It is kept, in this state.
    Kept(State),
}

impl Outcome {
    /// The outcome's name in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Effected => "effected",
            Self::Duplicate => "duplicate",
            Self::Skipped => "skipped",
            Self::Kept(state) => state.name(),
        }
    }
}

impl Intake {
    /// Processes all arrivals in one transaction, or none.
    pub(super) async fn take_in(&self, arrivals: &[Arrival]) -> Result<Vec<Outcome>, Failed> {
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| self.take_in_within(conn, arrivals).await)
            .await
    }

    async fn take_in_within(
        &self,
        conn: &mut AsyncPgConnection,
        arrivals: &[Arrival],
    ) -> Result<Vec<Outcome>, Failed> {
        let heard = || {
            arrivals
                .iter()
                .filter(|arrival| !matches!(arrival.plan, Plan::Skip))
        };
        let ids: Vec<_> = heard().map(|arrival| arrival.record.event_id()).collect();
        let mut new = inbox::claim(conn, self.service, &ids)
            .await
            .map_err(Failed::Own)?;
        let keys = heard().map(|arrival| (arrival.record.topic.as_str(), arrival.record.key.as_str()));
        let mut blocked = parking::blocked(conn, self.service, keys)
            .await
            .map_err(Failed::Own)?;
        let mut kept = Vec::new();
        let mut outcomes = Vec::with_capacity(arrivals.len());
        for (index, Arrival { record, plan }) in arrivals.iter().enumerate() {
            let outcome = match plan {
                Plan::Skip => Outcome::Skipped,
                _ if !new.remove(&record.event_id()) => Outcome::Duplicate,
                _ if blocked.contains(&record.key) => {
                    kept.push(NewParked::new(self.service, record, State::Following, ""));
                    Outcome::Kept(State::Following)
                }
                Plan::Malformed(reason) => {
                    blocked.insert(record.key.clone());
                    kept.push(NewParked::new(self.service, record, State::Parked, reason));
                    Outcome::Kept(State::Parked)
                }
                Plan::Apply(effects) => {
                    self.apply(conn, record, effects)
                        .await
                        .map_err(|cause| Failed::Event { index, cause })?;
                    fail_point::reach("consumer::effected");
                    Outcome::Effected
                }
            };
            outcomes.push(outcome);
        }
        parking::keep(conn, &kept).await.map_err(Failed::Commit)?;
        Ok(outcomes)
    }

    /// Keeps an event that cannot be processed now, unless another replica has processed it.
    pub(super) async fn set_aside(
        &self,
        arrival: &Arrival,
        state: State,
        reason: &str,
    ) -> Result<Outcome, Failed> {
        let record = &arrival.record;
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| {
                let new = inbox::claim(conn, self.service, &[record.event_id()]).await?;
                if new.is_empty() {
                    return Ok(Outcome::Duplicate);
                }
                let key = (record.topic.as_str(), record.key.as_str());
                let blocked = parking::blocked(conn, self.service, std::iter::once(key)).await?;
                let (state, reason) = if blocked.is_empty() {
                    (state, reason)
                } else {
                    (State::Following, "")
                };
                let kept = NewParked::new(self.service, record, state, reason);
                parking::keep(conn, &[kept]).await?;
                Ok(Outcome::Kept(state))
            })
            .await
    }
}
