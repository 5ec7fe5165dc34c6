//! The settings of rules and jobs. Fixed while the process runs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use money::Currency;

use super::{Cycle, OwnerKind, Period, RetrySchedule, Rules};

#[derive(Debug, Clone)]
pub struct Settings {
    /// The only currency of the deployment.
    pub currency: Currency,
    pub rules: Rules,
    pub calendar: Calendar,
    pub charge_retries: RetrySchedule,
    /// The pause after the first request with an unknown outcome. Doubles with every further one.
    pub first_pause: Duration,
    /// The interval between requests for the status of an accepted payout.
    pub payout_poll: Duration,
}

/// When periods end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub client: Cycle,
    pub worker: Cycle,
    pub zone: Tz,
}

impl Calendar {
    /// The cycle of this kind of owner. Company accounts are never closed; they get the workers'
    /// cycle.
    pub fn cycle(&self, kind: OwnerKind) -> Cycle {
        match kind {
            OwnerKind::Client => self.client,
            OwnerKind::Worker | OwnerKind::Company => self.worker,
        }
    }

    /// The end of the period that contains `now`.
    pub fn next_closing(&self, kind: OwnerKind, now: DateTime<Utc>) -> DateTime<Utc> {
        self.cycle(kind).period_of(now, self.zone).ends_at
    }

    /// The last period that ended at `now` or before.
    pub fn last_ended(&self, kind: OwnerKind, now: DateTime<Utc>) -> Period {
        self.cycle(kind).last_ended(now, self.zone)
    }

    /// The period that ends at `ends_at` and begins as the calendar says.
    pub fn ending_at(&self, kind: OwnerKind, ends_at: DateTime<Utc>) -> Period {
        let last_moment = ends_at - chrono::TimeDelta::nanoseconds(1);
        let starts_at = self.cycle(kind).period_of(last_moment, self.zone).starts_at;
        Period { starts_at, ends_at }
    }
}
