//! Half-open intervals of time (G4).

use std::fmt;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// The longest slot that can be ordered.
pub const MAX_LENGTH: TimeDelta = TimeDelta::hours(24);
/// How far ahead an order can be placed.
pub const MAX_AHEAD: TimeDelta = TimeDelta::days(366);

/// `[start, end)`, never empty, to the microsecond, which is what PostgreSQL stores.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// Why two times are not a slot, or a slot cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the slot must end after it starts")]
    Empty,
    #[error("the slot may last 24 hours at most")]
    TooLong,
    #[error("the slot has already begun")]
    Begun,
    #[error("the slot may lie 366 days ahead at most")]
    TooFarAhead,
}

impl Slot {
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, Error> {
        let (start, end) = (start.trunc_subsecs(6), end.trunc_subsecs(6));
        if start >= end {
            return Err(Error::Empty);
        }
        Ok(Self { start, end })
    }

    /// Refuses a slot that has begun, is too long or lies too far ahead.
    pub fn check_orderable(self, now: DateTime<Utc>) -> Result<(), Error> {
        if self.end - self.start > MAX_LENGTH {
            return Err(Error::TooLong);
        }
        if self.has_begun(now) {
            return Err(Error::Begun);
        }
        if self.start - now > MAX_AHEAD {
            return Err(Error::TooFarAhead);
        }
        Ok(())
    }

    pub fn start(self) -> DateTime<Utc> {
        self.start
    }

    /// The first moment after the slot.
    pub fn end(self) -> DateTime<Utc> {
        self.end
    }

    /// Whether the slots share a moment. Slots that only touch do not overlap.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Also `true` once the slot is over.
    pub fn has_begun(self, now: DateTime<Utc>) -> bool {
        self.start <= now
    }

    pub fn is_over(self, now: DateTime<Utc>) -> bool {
        self.end <= now
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start.to_rfc3339(), self.end.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn slot(start: i64, end: i64) -> Slot {
        Slot::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn g4_slots_that_touch_do_not_overlap() {
        assert!(!slot(0, 10).overlaps(slot(10, 20)));
        assert!(!slot(10, 20).overlaps(slot(0, 10)));
        assert!(slot(0, 11).overlaps(slot(10, 20)));
        assert!(slot(0, 30).overlaps(slot(10, 20)));
        assert!(slot(10, 20).overlaps(slot(0, 30)));
    }

    #[test]
    fn g4_a_slot_is_never_empty() {
        assert_eq!(Slot::new(at(5), at(5)), Err(Error::Empty));
        assert_eq!(Slot::new(at(6), at(5)), Err(Error::Empty));
    }

    #[test]
    fn o2_only_a_future_slot_of_a_day_at_most_within_a_year_can_be_ordered() {
        let day = 24 * 60 * 60;
        assert_eq!(slot(1, 2).check_orderable(at(0)), Ok(()));
        assert_eq!(slot(0, 2).check_orderable(at(0)), Err(Error::Begun));
        assert_eq!(slot(1, 1 + day).check_orderable(at(0)), Ok(()));
        assert_eq!(slot(1, 2 + day).check_orderable(at(0)), Err(Error::TooLong));
        assert_eq!(slot(366 * day, 366 * day + 1).check_orderable(at(0)), Ok(()));
        assert_eq!(
            slot(366 * day + 1, 366 * day + 2).check_orderable(at(0)),
            Err(Error::TooFarAhead)
        );
    }
}
