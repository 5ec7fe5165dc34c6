//! What the company has settled on: all of it can be changed by a flag, none of it at run time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use money::Currency;

use super::{Cycle, OwnerKind, Period, RetrySchedule, Rules};

/// The settings that rules and jobs go by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The one currency of this deployment.
    pub currency: Currency,
    /// Who pays what.
    pub rules: Rules,
    /// When periods end.
    pub calendar: Calendar,
    /// When a declined charge is tried again.
    pub charge_retries: RetrySchedule,
    /// The first pause after an outcome that is not known; doubles.
    pub first_pause: Duration,
    /// How often an accepted payout is asked about.
    pub payout_poll: Duration,
}

/// When periods end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// The clients' cycle.
    pub client: Cycle,
    /// The workers' cycle.
    pub worker: Cycle,
    /// The company's time zone.
    pub zone: Tz,
}

impl Calendar {
    /// The cycle of an owner. The company's own accounts are never closed; they answer as workers' do.
    pub fn cycle(&self, kind: OwnerKind) -> Cycle {
        match kind {
            OwnerKind::Client => self.client,
            OwnerKind::Worker | OwnerKind::Company => self.worker,
        }
    }

    /// When the period that runs at `now` ends.
    pub fn next_closing(&self, kind: OwnerKind, now: DateTime<Utc>) -> DateTime<Utc> {
        self.cycle(kind).period_of(now, self.zone).ends_at
    }

    /// The latest period that is over at `now`.
    pub fn last_ended(&self, kind: OwnerKind, now: DateTime<Utc>) -> Period {
        self.cycle(kind).last_ended(now, self.zone)
    }

    /// A period that ends at `ends_at` and begins where the calendar says.
    pub fn ending_at(&self, kind: OwnerKind, ends_at: DateTime<Utc>) -> Period {
        let last_moment = ends_at - chrono::TimeDelta::nanoseconds(1);
        let starts_at = self.cycle(kind).period_of(last_moment, self.zone).starts_at;
        Period { starts_at, ends_at }
    }
}
