use chrono::{DateTime, TimeDelta, Utc};

use super::{Assignment, Change, Command, Event, Evidence, Failure, FailureKind, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// The client, the worker or a manager reports a failure, once the slot has begun or work has
    /// started (O3).
    pub fn report_failure(self, by: Actor, reason: String, now: DateTime<Utc>) -> Result<Change, Refused> {
        if !self.is_visible_to(by) {
            return Err(Refused::NotVisible);
        }
        if !matches!(by, Actor::Client(_) | Actor::Worker(_) | Actor::Manager(_)) {
            return Err(Refused::NotYours(Command::ReportFailure));
        }
        let (assignment, start) = match &self.state {
            State::Assigned(_) if !self.slot.has_begun(now) => return Err(Refused::SlotNotBegun),
            State::Assigned(assignment) => (assignment.clone(), None),
            State::InProgress(assignment, start) => (assignment.clone(), Some(*start)),
            _ => return Err(self.refused(Command::ReportFailure)),
        };
        let failure = Failure {
            kind: FailureKind::Reported,
            reason,
            at: now,
        };
        Ok(self.fail(assignment, start, failure, by))
    }

    /// The worker did not start within the grace period (O3).
    pub fn mark_no_show(self, grace: TimeDelta, now: DateTime<Utc>) -> Result<Change, Refused> {
        let State::Assigned(assignment) = &self.state else {
            return Err(self.refused(Command::MarkNoShow));
        };
        // An assignment after the slot's start begins the period: the worker had no chance before
        // it.
        if now < self.slot.start().max(assignment.at) + grace {
            return Err(Refused::GraceNotOver);
        }
        let failure = Failure {
            kind: FailureKind::NoShow,
            reason: String::new(),
            at: now,
        };
        let assignment = assignment.clone();
        Ok(self.fail(assignment, None, failure, Actor::System))
    }

    fn fail(self, assignment: Assignment, start: Option<Evidence>, failure: Failure, by: Actor) -> Change {
        let at = failure.at;
        let event = Event::Failed {
            worker: assignment.worker,
            price: assignment.price.total,
            failure: failure.clone(),
        };
        let state = State::Failed {
            assignment,
            start,
            failure,
        };
        self.change(state, event, by, at)
    }
}
