use chrono::{DateTime, Utc};

use super::{Change, Command, Order, Refused, State};
use crate::domain::actor::Actor;

/// The reason that the client is told.
const NO_WORKER: &str = "no worker was available in this time slot";

impl Order {
    /// Cancels a placed order whose slot is over, so that it ends and the client is told. It has no
    /// price, as every order that was never assigned.
    pub fn expire(self, now: DateTime<Utc>) -> Result<Change, Refused> {
        if !matches!(self.state, State::Placed { .. }) {
            return Err(self.refused(Command::Expire));
        }
        if !self.slot.is_over(now) {
            return Err(Refused::SlotNotOver);
        }
        Ok(self.cancelled(None, NO_WORKER.to_owned(), Actor::System, now))
    }
}
