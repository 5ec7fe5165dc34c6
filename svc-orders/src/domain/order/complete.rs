use chrono::{DateTime, Utc};

use super::{Change, Command, Event, Evidence, Order, Refused, State};
use crate::domain::actor::Actor;
use crate::domain::ids::PhotoId;

impl Order {
    /// The worker is done, with a photo of the report that the client signed (O3).
    pub fn complete(self, by: Actor, photo: PhotoId, now: DateTime<Utc>) -> Result<Change, Refused> {
        self.check_worker(by, Command::Complete)?;
        let State::InProgress(assignment, start) = &self.state else {
            return Err(self.refused(Command::Complete));
        };
        let event = Event::Completed {
            worker: assignment.worker,
            price: assignment.price.total,
            photo,
        };
        let state = State::Completed {
            assignment: assignment.clone(),
            start: *start,
            report: Evidence { photo, at: now },
        };
        Ok(self.change(state, event, by, now))
    }
}
