//! The rules of domain.md, proved without a database.

mod attempt;
mod cycle;
mod rules;
mod seal;
mod transaction;

use chrono::{DateTime, Utc};
use money::{Currency, Money};
use uuid::Uuid;

use super::{Actor, Cause, Entry};

fn rub(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::RUB)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn entry() -> Entry {
    Entry {
        cause: Cause::event(Uuid::nil()),
        order: None,
        note: String::new(),
        by: Actor::system(),
        occurred_at: at("2026-11-22T10:00:00Z"),
        booked_at: at("2026-11-22T10:00:01Z"),
    }
}
