use chrono::{DateTime, Utc};

use super::{Assignment, Change, Command, Event, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// The client or a manager cancels the order before work started (O3).
    pub fn cancel(self, by: Actor, reason: String, now: DateTime<Utc>) -> Result<Change, Refused> {
        if !self.is_visible_to(by) {
            return Err(Refused::NotVisible);
        }
        if !matches!(by, Actor::Client(_) | Actor::Manager(_)) {
            return Err(Refused::NotYours(Command::Cancel));
        }
        let assignment = match &self.state {
            State::Placed { .. } => None,
            State::Assigned(assignment) => Some(assignment.clone()),
            _ => return Err(self.refused(Command::Cancel)),
        };
        Ok(self.cancelled(assignment, reason, by, now))
    }

    pub(super) fn cancelled(
        self,
        assignment: Option<Assignment>,
        reason: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Change {
        let event = Event::Cancelled {
            assignment: assignment.clone(),
            reason: reason.clone(),
        };
        let state = State::Cancelled {
            assignment,
            reason,
            at,
        };
        self.change(state, event, by, at)
    }
}
