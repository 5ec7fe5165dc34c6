use chrono::{DateTime, TimeDelta, Utc};

use super::{Assignment, Change, Command, Event, Evidence, Failure, FailureKind, Order, Refused, State};
use crate::domain::actor::Actor;

impl Order {
    /// Client, worker or manager says that it went wrong, and why: once the slot has begun, or work has (O3).
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

    /// The scheduler finds that the worker didn't start within the grace period (O3).
    pub fn mark_no_show(self, grace: TimeDelta, now: DateTime<Utc>) -> Result<Change, Refused> {
        let State::Assigned(assignment) = &self.state else {
            return Err(self.refused(Command::MarkNoShow));
        };
        if now < self.no_show_at(assignment, grace) {
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

    /// Grace runs from the slot's start, or from a later assignment: nobody is fined for an order that came too late.
    fn no_show_at(&self, assignment: &Assignment, grace: TimeDelta) -> DateTime<Utc> {
        self.slot.start().max(assignment.at) + grace
    }

    fn fail(self, assignment: Assignment, start: Option<Evidence>, failure: Failure, by: Actor) -> Change {
        let at = failure.at;
        self.change(
            State::Failed {
                assignment,
                start,
                failure,
            },
            Event::Failed,
            by,
            at,
        )
    }
}
