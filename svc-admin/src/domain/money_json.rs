//! Money in an entry's stored body: `{"currency": "RUB", "minor_units": 10000}`.

use money::{Currency, Money};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Stored {
    currency: String,
    minor_units: i64,
}

pub(super) fn serialize<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    Stored {
        currency: money.currency().code().to_owned(),
        minor_units: money.minor_units(),
    }
    .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let stored = Stored::deserialize(deserializer)?;
    let currency = stored
        .currency
        .parse::<Currency>()
        .map_err(serde::de::Error::custom)?;
    Ok(Money::new(stored.minor_units, currency))
}
