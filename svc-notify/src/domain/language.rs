//! The languages of letters, and how they write times and money.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use money::Money;

const MONTHS_RU: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Keeps a number and its unit on one line.
const NO_BREAK: char = '\u{a0}';

/// A language of letters. Its code in file names, settings and events is `ru` or `en`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Language {
    Ru,
    En,
}

impl Language {
    /// A day: `24 ноября 2026 г.`, `24 November 2026`.
    fn day(self, day: NaiveDate) -> String {
        let month = day.month0() as usize;
        match self {
            Self::Ru => format!(
                "{} {} {} г.",
                day.day(),
                MONTHS_RU.get(month).unwrap_or(&""),
                day.year()
            ),
            Self::En => format!(
                "{} {} {}",
                day.day(),
                MONTHS_EN.get(month).unwrap_or(&""),
                day.year()
            ),
        }
    }

    /// A time in the company's time zone: `24 November 2026, 10:00 MSK`.
    pub fn time(self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        format!("{}, {}", self.day(local.date_naive()), local.format("%H:%M %Z"))
    }

    /// A slot in the company's time zone: `24 November 2026, 10:00–12:00 MSK`. It names both days
    /// if it spans midnight.
    pub fn slot(self, start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> String {
        let (from, to) = (start.with_timezone(&zone), end.with_timezone(&zone));
        if from.date_naive() == to.date_naive() {
            let day = self.day(from.date_naive());
            return format!("{day}, {}–{}", from.format("%H:%M"), to.format("%H:%M %Z"));
        }
        format!("{} – {}", self.time(start, zone), self.time(end, zone))
    }

    /// The first and the last day of a half-open period: `16 November 2026 – 22 November 2026`.
    pub fn period(self, start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> String {
        let last = (end - TimeDelta::nanoseconds(1)).max(start);
        let (first, last) = (
            start.with_timezone(&zone).date_naive(),
            last.with_timezone(&zone).date_naive(),
        );
        if first == last {
            self.day(first)
        } else {
            format!("{} – {}", self.day(first), self.day(last))
        }
    }

    /// A sum with non-breaking spaces: `1 000,00 ₽`, `RUB 1,000.00`.
    pub fn money(self, amount: Money) -> String {
        let places = amount.currency().minor_digits() as usize;
        let digits = format!(
            "{:0>width$}",
            amount.minor_units().unsigned_abs(),
            width = places + 1
        );
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let (group, point) = match self {
            Self::Ru => (NO_BREAK, ","),
            Self::En => (',', "."),
        };
        let mut text = String::from(if amount.is_negative() { "-" } else { "" });
        text += &grouped(whole, group);
        if places > 0 {
            text += point;
            text += fraction;
        }
        let code = amount.currency().to_string();
        match (self, code.as_str()) {
            (Self::Ru, "RUB") => format!("{text}{NO_BREAK}₽"),
            (Self::Ru, _) => format!("{text}{NO_BREAK}{code}"),
            (Self::En, _) => format!("{code}{NO_BREAK}{text}"),
        }
    }
}

/// `1234567` → `1 234 567`.
fn grouped(digits: &str, separator: char) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use chrono_tz::{Europe::Moscow, Tz};
    use money::{Currency, Money};

    use super::Language::{self, En, Ru};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_in_the_companys_time_zone_in_each_language() {
        let (start, end) = (at("2026-11-24T07:00:00Z"), at("2026-11-24T09:30:00Z"));
        assert_eq!(Ru.slot(start, end, Moscow), "24 ноября 2026 г., 10:00–12:30 MSK");
        assert_eq!(En.slot(start, end, Tz::UTC), "24 November 2026, 07:00–09:30 UTC");
        let over_midnight = En.slot(at("2026-11-24T20:00:00Z"), at("2026-11-24T22:00:00Z"), Moscow);
        assert_eq!(
            over_midnight,
            "24 November 2026, 23:00 MSK – 25 November 2026, 01:00 MSK"
        );
    }

    #[test]
    fn a_period_names_its_first_and_its_last_day() {
        let week = (at("2026-11-15T21:00:00Z"), at("2026-11-22T21:00:00Z"));
        assert_eq!(
            Ru.period(week.0, week.1, Moscow),
            "16 ноября 2026 г. – 22 ноября 2026 г."
        );
        assert_eq!(
            En.period(at("2026-11-15T21:00:00Z"), at("2026-11-16T21:00:00Z"), Moscow),
            "16 November 2026"
        );
    }

    #[test]
    fn each_language_writes_money_its_way() {
        let rub = |minor| Money::new(minor, Currency::RUB);
        assert_eq!(Ru.money(rub(123_456_789)), "1\u{a0}234\u{a0}567,89\u{a0}₽");
        assert_eq!(En.money(rub(-5)), "RUB\u{a0}-0.05");
        let yen = Money::new(1_200, "JPY".parse().unwrap());
        assert_eq!(
            (Ru.money(yen), En.money(yen)),
            ("1\u{a0}200\u{a0}JPY".into(), "JPY\u{a0}1,200".into())
        );
    }

    #[test]
    fn other_languages_are_refused() {
        assert_eq!("ru".parse::<Language>().unwrap(), Ru);
        assert!("de".parse::<Language>().is_err());
    }
}
