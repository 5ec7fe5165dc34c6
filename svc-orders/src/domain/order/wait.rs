use chrono::{DateTime, Utc};

use super::{Change, Command, Event, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// No worker is available: the order stays placed and the client is told. `None` if the client
    /// was told already (O4).
    pub fn wait(self, now: DateTime<Utc>) -> Result<Option<Change>, Refused> {
        match self.state {
            State::Placed { waiting: true } => Ok(None),
            State::Placed { waiting: false } => Ok(Some(self.change(
                State::Placed { waiting: true },
                Event::Waiting,
                Actor::System,
                now,
            ))),
            _ => Err(self.refused(Command::Wait)),
        }
    }
}
