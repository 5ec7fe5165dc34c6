use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::at;
use crate::domain::{Cycle, OwnerKind, Period, invoice};

const MOSCOW: Tz = chrono_tz::Europe::Moscow;

fn period(starts_at: &str, ends_at: &str) -> Period {
    Period {
        starts_at: at(starts_at),
        ends_at: at(ends_at),
    }
}

#[test]
fn b5_a_week_is_closed_as_sunday_ends_in_the_companys_time_zone() {
    let week = period("2026-11-15T21:00:00Z", "2026-11-22T21:00:00Z");
    assert_eq!(Cycle::Week.period_of(at("2026-11-22T20:59:59Z"), MOSCOW), week);
    assert_eq!(Cycle::Week.last_ended(at("2026-11-22T21:00:00Z"), MOSCOW), week);
    let before = period("2026-11-08T21:00:00Z", "2026-11-15T21:00:00Z");
    assert_eq!(Cycle::Week.last_ended(at("2026-11-22T20:59:59Z"), MOSCOW), before);
}

#[test]
fn b6_a_month_is_closed_as_its_last_day_ends() {
    let months = [
        (
            "2027-02-10T00:00:00Z",
            "2027-01-31T21:00:00Z",
            "2027-02-28T21:00:00Z",
        ),
        (
            "2028-02-29T20:00:00Z",
            "2028-01-31T21:00:00Z",
            "2028-02-29T21:00:00Z",
        ),
        (
            "2026-12-31T20:59:59Z",
            "2026-11-30T21:00:00Z",
            "2026-12-31T21:00:00Z",
        ),
        (
            "2026-12-31T21:00:00Z",
            "2026-12-31T21:00:00Z",
            "2027-01-31T21:00:00Z",
        ),
    ];
    for (now, starts_at, ends_at) in months {
        assert_eq!(
            Cycle::Month.period_of(at(now), MOSCOW),
            period(starts_at, ends_at)
        );
    }
}

#[test]
fn g4_a_week_in_which_clocks_change_is_an_hour_longer_or_shorter() {
    let hours = |now: &str| {
        let week = Cycle::Week.period_of(at(now), chrono_tz::Europe::Berlin);
        (week.ends_at - week.starts_at).num_hours()
    };
    assert_eq!(hours("2026-03-28T12:00:00Z"), 7 * 24 - 1);
    assert_eq!(hours("2026-10-24T12:00:00Z"), 7 * 24 + 1);
    assert_eq!(hours("2026-11-18T12:00:00Z"), 7 * 24);
}

#[test]
fn g4_a_day_whose_midnight_does_not_exist_begins_with_its_first_moment() {
    // Beirut moves its clocks from 00:00 to 01:00 on Sunday, 2026-03-29: the week before it is
    // whole all the same.
    let beirut = chrono_tz::Asia::Beirut;
    let week = Cycle::Week.period_of(at("2026-03-28T12:00:00Z"), beirut);
    assert_eq!(week.ends_at.with_timezone(&beirut).weekday(), Weekday::Mon);
    // Sao Paulo: midnight of Sunday, 2018-11-04 did not exist; November began on the 1st all the
    // same.
    let month = Cycle::Month.period_of(at("2018-11-10T12:00:00Z"), chrono_tz::America::Sao_Paulo);
    assert_eq!(month, period("2018-11-01T03:00:00Z", "2018-12-01T02:00:00Z"));
    // Samoa had no 2011-12-30; the week that began before it still ends on Sunday.
    let apia = chrono_tz::Pacific::Apia;
    let week = Cycle::Week.period_of(at("2011-12-31T12:00:00Z"), apia);
    assert_eq!((week.ends_at - week.starts_at).num_hours(), 6 * 24);
}

#[test]
fn b9_an_invoices_number_tells_whose_it_is_and_the_companys_year() {
    let new_year_in_moscow = at("2026-12-31T21:00:00Z");
    assert_eq!(
        invoice::number(OwnerKind::Client, 123, new_year_in_moscow, MOSCOW),
        "C-2027-000123"
    );
    assert_eq!(
        invoice::number(OwnerKind::Worker, 1_234_567, new_year_in_moscow, MOSCOW),
        "W-2027-1234567"
    );
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        MOSCOW,
        chrono_tz::UTC,
        chrono_tz::Europe::Berlin,
        chrono_tz::America::Sao_Paulo,
        chrono_tz::Africa::Cairo,
        chrono_tz::Asia::Beirut,
        chrono_tz::Asia::Kathmandu,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::Pacific::Apia,
    ])
}

proptest! {
    #[test]
    fn b7_every_moment_lies_in_exactly_one_period_and_periods_follow_without_a_gap(
        seconds in 0_i64..4_000_000_000,
        zone in zones(),
        cycle in prop::sample::select(vec![Cycle::Week, Cycle::Month]),
    ) {
        let now: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
        let current = cycle.period_of(now, zone);
        prop_assert!(current.starts_at <= now && now < current.ends_at);
        prop_assert_eq!(cycle.period_of(current.starts_at, zone), current);
        prop_assert_eq!(cycle.period_of(current.ends_at - TimeDelta::nanoseconds(1), zone), current);
        let next = cycle.period_of(current.ends_at, zone);
        prop_assert_eq!(next.starts_at, current.ends_at);
        prop_assert_eq!(cycle.last_ended(current.ends_at, zone), current);
        let local = current.ends_at.with_timezone(&zone);
        prop_assert!(local.hour() < 3, "{} begins near midnight", local);
        match cycle {
            Cycle::Week => prop_assert_eq!(local.weekday(), Weekday::Mon),
            Cycle::Month => prop_assert_eq!(local.day(), 1),
        }
    }
}
