use chrono::{DateTime, Utc};

use super::{Assignment, Change, Command, Event, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// Matching found a worker; the price is set now (O3, O6).
    pub fn assign(self, assignment: Assignment, now: DateTime<Utc>) -> Result<Change, Refused> {
        if !matches!(self.state, State::Placed { .. }) {
            return Err(self.refused(Command::Assign));
        }
        if self.slot.is_over(now) {
            return Err(Refused::SlotOver);
        }
        let event = Event::Assigned(assignment.clone());
        Ok(self.change(State::Assigned(assignment), event, Actor::System, now))
    }
}
