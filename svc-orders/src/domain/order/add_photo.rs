use super::{Command, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// Whether `by` may add an evidence photo now: its worker, before it has ended (O9).
    pub fn check_photo(&self, by: Actor) -> Result<(), Refused> {
        self.check_worker(by, Command::AddPhoto)?;
        match self.state {
            State::Assigned(_) | State::InProgress(..) => Ok(()),
            _ => Err(self.refused(Command::AddPhoto)),
        }
    }
}
