//! Shared messages as everybody's values, and back: times and sums.

use chrono::{DateTime, Utc};
use money::Money;
use prost_types::Timestamp;

use crate::types;

/// A moment on the wire.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    // Below 10^9, or below 2·10^9 in a leap second; both fit.
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default();
    Timestamp {
        seconds: at.timestamp(),
        nanos,
    }
}

/// A moment from the wire, to the microsecond, which is what PostgreSQL keeps: what was stored compares equal to what
/// was sent. `None` where it is beyond the calendar.
pub fn moment(at: &Timestamp) -> Option<DateTime<Utc>> {
    let nanos = u32::try_from(at.nanos).ok()?;
    DateTime::from_timestamp(at.seconds, nanos - nanos % 1_000)
}

/// A sum on the wire.
pub fn money(amount: Money) -> types::Money {
    types::Money {
        currency_code: amount.currency().code().to_owned(),
        minor_units: amount.minor_units(),
    }
}

/// A sum from the wire; refused where its currency is none.
pub fn to_money(amount: &types::Money) -> Result<Money, money::Error> {
    Ok(Money::new(amount.minor_units, amount.currency_code.parse()?))
}

#[cfg(test)]
mod tests {
    use money::Currency;

    use super::*;

    #[test]
    fn g4_a_moment_comes_back_to_the_microsecond() {
        let at = DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap();
        assert_eq!(
            moment(&timestamp(at)),
            DateTime::from_timestamp(1_800_000_000, 123_456_000)
        );
    }

    #[test]
    fn g4_what_is_no_moment_is_refused() {
        for (seconds, nanos) in [(0, -1), (i64::MAX, 0), (0, i32::MAX)] {
            assert_eq!(moment(&Timestamp { seconds, nanos }), None, "{seconds} {nanos}");
        }
    }

    #[test]
    fn g1_a_sum_comes_back_the_same() {
        let sum = Money::new(-10_050, Currency::RUB);
        assert_eq!(to_money(&money(sum)), Ok(sum));
        assert!(
            to_money(&types::Money {
                currency_code: "XXX".into(),
                minor_units: 1
            })
            .is_err()
        );
    }
}
