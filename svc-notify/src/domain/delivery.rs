//! When a mail is tried again, and when it is given up (N2).

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// No pause between two attempts is longer.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// Each pause is so many times the one before.
const GROWTH: u32 = 4;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits for its first or its next attempt.
    Pending,
    /// The mail server took it.
    Sent,
    /// Given up.
    Dead,
    /// Emptied before it was sent.
    Erased,
}

/// No state of a delivery.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no state of a delivery")]
pub struct UnknownStatus(String);

impl Status {
    const ALL: [Self; 4] = [Self::Pending, Self::Sent, Self::Dead, Self::Erased];

    /// The word that the database keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Erased => "erased",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.word() == word)
            .ok_or_else(|| UnknownStatus(word.to_owned()))
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// How patiently mails are tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The pause after the first failure; each further one is four times as long, up to six hours.
    pub first_pause: Duration,
    /// Attempts before a mail is given up.
    pub attempts: u32,
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again then.
    Again(DateTime<Utc>),
    /// Give up; a manager may send it again.
    GiveUp,
}

impl Patience {
    /// What follows the failure of the attempt with this number, from 1. A permanent refusal is final at once.
    pub fn after_failure(&self, attempt: u32, permanent: bool, now: DateTime<Utc>) -> Next {
        if permanent || attempt >= self.attempts {
            return Next::GiveUp;
        }
        let factor = GROWTH.saturating_pow(attempt.saturating_sub(1));
        let pause = self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE);
        Next::Again(now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::hours(6)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{TimeDelta, Utc};

    use super::{Next, Patience};

    const PATIENCE: Patience = Patience {
        first_pause: Duration::from_secs(10),
        attempts: 8,
    };

    #[test]
    fn n2_pauses_grow_and_have_an_end() {
        let now = Utc::now();
        let pauses: Vec<i64> = (1..=7)
            .map(|attempt| match PATIENCE.after_failure(attempt, false, now) {
                Next::Again(at) => (at - now).num_seconds(),
                Next::GiveUp => -1,
            })
            .collect();
        assert_eq!(pauses, [10, 40, 160, 640, 2560, 10_240, 21_600]);
        assert_eq!(PATIENCE.after_failure(8, false, now), Next::GiveUp);
    }

    #[test]
    fn n2_a_permanent_refusal_is_given_up_at_once() {
        assert_eq!(PATIENCE.after_failure(1, true, Utc::now()), Next::GiveUp);
    }

    #[test]
    fn n2_absurd_settings_do_not_overflow() {
        let patience = Patience {
            first_pause: Duration::MAX,
            attempts: u32::MAX,
        };
        let now = Utc::now();
        assert_eq!(
            patience.after_failure(u32::MAX - 1, false, now),
            Next::Again(now + TimeDelta::hours(6))
        );
    }
}
