//! The company's calendar (G4): periods in the company's time zone.

use chrono::{DateTime, Datelike as _, Days, Duration, Months, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use strum::{EnumString, VariantNames};

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Cycle {
    /// Monday to Sunday, closed at the end of Sunday.
    Week,
    /// The first to the last day of a month, closed at the end of the last day.
    Month,
}

/// A half-open interval, `[starts_at, ends_at)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

impl Cycle {
    /// The period that contains `at`.
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

    /// The last period that ended at `now` or before.
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

/// The first moment of a local day. Local midnight may not exist, because some zones change their
/// clocks at midnight and Samoa skipped a whole day: the day then begins with its first existing
/// quarter of an hour. If midnight occurs twice, the first counts.
fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let mut quarter_hours = (0..192).map(|quarters| midnight + Duration::minutes(15 * quarters));
    quarter_hours
        .find_map(|moment| zone.from_local_datetime(&moment).earliest())
        .map_or_else(|| midnight.and_utc(), |start| start.with_timezone(&Utc))
}
