use super::{Command, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// Refuses an evidence photo unless `by` is the order's worker and the order has not ended
    /// (O9).
    pub fn check_photo(&self, by: Actor) -> Result<(), Refused> {
        self.check_worker(by, Command::AddPhoto)?;
        match self.state {
            State::Assigned(_) | State::InProgress(..) => Ok(()),
            _ => Err(self.refused(Command::AddPhoto)),
        }
    }
}
