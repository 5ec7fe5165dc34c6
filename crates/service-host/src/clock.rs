//! The clock that a service reads, passed in: tests set it instead of waiting.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, SubsecRound as _, Utc};

/// Tells the time, to the microsecond: PostgreSQL keeps no more, and a time that was stored,
/// published and answered must be the same in all three places.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::from_fn(Utc::now)
    }

    /// A clock that stands still.
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self::from_fn(move || now)
    }

    /// A clock that shows `start` now and runs at the machine's pace.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        let began = Instant::now();
        Self::from_fn(move || start + began.elapsed())
    }

    /// A clock that `now` drives.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The current time, cut to the microsecond.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(6)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
