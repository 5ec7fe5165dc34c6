use chrono::{DateTime, Utc};

use super::{Change, Command, Event, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// The worker was suspended: the order is matched again, at a new price (O10).
    pub fn unassign(self, by: Actor, reason: String, now: DateTime<Utc>) -> Result<Change, Refused> {
        let State::Assigned(assignment) = &self.state else {
            return Err(self.refused(Command::Unassign));
        };
        let event = Event::Unassigned {
            worker: assignment.worker,
            reason,
        };
        Ok(self.change(State::Placed { waiting: false }, event, by, now))
    }
}
