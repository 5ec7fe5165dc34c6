//! When a charge or payout is tried again.

use std::str::FromStr;
use std::time::Duration;

/// Pauses after declined charges: after the first decline the first, and so on. When they are used up, the invoice is
/// overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

/// Text that is no retry schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a list of pauses such as \"1d,3d,7d\" (units s, m, h, d; at most 20)")]
pub struct NotASchedule(String);

impl RetrySchedule {
    /// The pause before the attempt that follows declined attempt number `number` (from 1). None: give up.
    pub fn pause_after(&self, number: u32) -> Option<Duration> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.0.get(index).copied()
    }
}

impl FromStr for RetrySchedule {
    type Err = NotASchedule;

    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        let wrong = || NotASchedule(text.chars().take(100).collect());
        let pauses: Vec<Duration> = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(|word| pause(word).ok_or_else(wrong))
            .collect::<Result<_, _>>()?;
        if pauses.len() > 20 {
            Err(wrong())
        } else {
            Ok(Self(pauses))
        }
    }
}

/// `90s`, `15m`, `1h`, `3d`; at most a year.
fn pause(word: &str) -> Option<Duration> {
    const YEAR: u64 = 366 * 86_400;
    let unit = word.chars().last()?;
    let seconds_in = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u64 = word.strip_suffix(unit)?.parse().ok()?;
    let seconds = count.checked_mul(seconds_in)?;
    (seconds <= YEAR).then(|| Duration::from_secs(seconds))
}

/// How long to wait after try number `tries` (from 1) whose outcome is unknown: the provider was away, or its answer was
/// lost. Doubles from `first` up to an hour; the same key is used again, so nothing can happen twice.
pub fn unknown_outcome_pause(first: Duration, tries: u32) -> Duration {
    const LONGEST: Duration = Duration::from_hours(1);
    let doublings = tries.saturating_sub(1).min(20);
    first.saturating_mul(1 << doublings).min(LONGEST)
}
