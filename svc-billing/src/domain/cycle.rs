//! The company's calendar (G4): which period a moment falls into, in the company's time zone.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Duration, Months, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::account::UnknownWord;

/// How long a period lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cycle {
    /// Monday to Sunday, closed as Sunday ends.
    Week,
    /// The first to the last day of the month, closed as that day ends.
    Month,
}

impl FromStr for Cycle {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            _ => Err(UnknownWord(word.to_owned())),
        }
    }
}

/// A half-open interval, `[starts_at, ends_at)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment that belongs to it.
    pub starts_at: DateTime<Utc>,
    /// The first moment that no longer does.
    pub ends_at: DateTime<Utc>,
}

impl Cycle {
    /// The period that `at` falls into.
    pub fn period_of(self, at: DateTime<Utc>, zone: Tz) -> Period {
        let day = at.with_timezone(&zone).date_naive();
        let first = match self {
            Self::Week => day - Days::new(u64::from(day.weekday().num_days_from_monday())),
            Self::Month => day - Days::new(u64::from(day.day0())),
        };
        Period {
            starts_at: start_of(first, zone),
            ends_at: start_of(self.next(first), zone),
        }
    }

    /// The latest period that is over at `now`.
    pub fn last_ended(self, now: DateTime<Utc>, zone: Tz) -> Period {
        let current = self.period_of(now, zone);
        self.period_of(current.starts_at - Duration::nanoseconds(1), zone)
    }

    fn next(self, first: NaiveDate) -> NaiveDate {
        match self {
            Self::Week => first + Days::new(7),
            Self::Month => first + Months::new(1),
        }
    }
}

/// The first moment of a local day. Midnight itself may not exist (some zones change their clocks at midnight; Samoa once
/// skipped a whole day): the day then begins with the first moment that does. Where midnight comes twice, the first counts.
fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let mut quarter_hours = (0..192).map(|quarters| midnight + Duration::minutes(15 * quarters));
    quarter_hours
        .find_map(|moment| zone.from_local_datetime(&moment).earliest())
        .map_or_else(|| midnight.and_utc(), |start| start.with_timezone(&Utc))
}
