//! When a mail is sent again, and when it is given up (N2).

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// Each pause is so many times as long as the one before.
const GROWTH: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Waits for its first or its next attempt.
    Pending,
    /// The mail server accepted it.
    Sent,
    /// Given up.
    Dead,
    /// Erased before it was sent.
    Erased,
}

#[derive(Clone, Copy, Debug)]
pub struct RetrySchedule {
    /// The pause after the first failure. Each further pause is four times as long, up to six
    /// hours.
    pub first_pause: Duration,
    /// Attempts before a mail is given up.
    pub attempts: u32,
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    RetryAt(DateTime<Utc>),
    /// A manager can send it again.
    GiveUp,
}

impl RetrySchedule {
    /// What follows the failure of this attempt, counted from 1. A permanent refusal is final.
    pub fn after_failure(&self, attempt: u32, permanent: bool, now: DateTime<Utc>) -> Next {
        if permanent || attempt >= self.attempts {
            return Next::GiveUp;
        }
        let factor = GROWTH.saturating_pow(attempt.saturating_sub(1));
        Next::RetryAt(now + self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Next, RetrySchedule};

    const NOW: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_000_000_000);

    const SCHEDULE: RetrySchedule = RetrySchedule {
        first_pause: Duration::from_secs(10),
        attempts: 8,
    };

    #[test]
    fn n2_pauses_grow_and_have_an_end() {
        let pauses: Vec<i64> = (1..=7)
            .map(|attempt| match SCHEDULE.after_failure(attempt, false, NOW) {
                Next::RetryAt(at) => (at - NOW).num_seconds(),
                Next::GiveUp => -1,
            })
            .collect();
        assert_eq!(pauses, [10, 40, 160, 640, 2560, 10_240, 21_600]);
        assert_eq!(SCHEDULE.after_failure(8, false, NOW), Next::GiveUp);
    }

    #[test]
    fn n2_a_permanent_refusal_is_given_up_at_once() {
        assert_eq!(SCHEDULE.after_failure(1, true, NOW), Next::GiveUp);
    }

    #[test]
    fn n2_absurd_settings_do_not_overflow() {
        let schedule = RetrySchedule {
            first_pause: Duration::MAX,
            attempts: u32::MAX,
        };
        assert_eq!(
            schedule.after_failure(u32::MAX - 1, false, NOW),
            Next::RetryAt(NOW + TimeDelta::hours(6))
        );
    }
}
