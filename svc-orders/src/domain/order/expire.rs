use chrono::{DateTime, Utc};

use super::{Change, Command, Event, Order, Refused, State};
use crate::domain::actor::Actor;

/// Why an order that found nobody is called off.
const NOBODY: &str = "nobody was free in the slot";

impl Order {
    /// The slot is over and nobody was free in it: the system calls the order off, so that it ends and the client is told.
    /// There is no price, as for every order that was never assigned.
    pub fn expire(self, now: DateTime<Utc>) -> Result<Change, Refused> {
        if !matches!(self.state, State::Placed { .. }) {
            return Err(self.refused(Command::Expire));
        }
        if !self.slot.is_over(now) {
            return Err(Refused::SlotNotOver);
        }
        let state = State::Cancelled {
            assignment: None,
            reason: NOBODY.to_owned(),
            at: now,
        };
        Ok(self.change(state, Event::Cancelled, Actor::System, now))
    }
}
