use chrono::{DateTime, Utc};

use super::{Change, Command, Event, Evidence, Order, Refused, State};
use crate::domain::actor::Actor;
use crate::domain::ids::PhotoId;

impl Order {
    /// The worker starts, with a photo (O3).
    pub fn start(self, by: Actor, photo: PhotoId, now: DateTime<Utc>) -> Result<Change, Refused> {
        self.check_worker(by, Command::Start)?;
        let State::Assigned(assignment) = &self.state else {
            return Err(self.refused(Command::Start));
        };
        let event = Event::Started {
            worker: assignment.worker,
            photo,
        };
        let state = State::InProgress(assignment.clone(), Evidence { photo, at: now });
        Ok(self.change(state, event, by, now))
    }

    /// Refuses every actor except the worker of this order.
    pub(super) fn check_worker(&self, by: Actor, command: Command) -> Result<(), Refused> {
        if !self.is_visible_to(by) {
            return Err(Refused::NotVisible);
        }
        match by {
            Actor::Worker(_) => Ok(()),
            _ => Err(Refused::NotYours(command)),
        }
    }
}
