//! All SQL of the service, one file per aggregate. No business rule is decided here.

pub mod answers;
mod application_row;
pub mod applications;
pub mod attempts;
pub mod challenges;
pub mod contact_notes;
pub mod due;
pub mod ended_orders;
pub mod letter_allowances;
pub mod managers;
pub mod photos;
mod schema;
pub mod test_sets;
pub mod vacancies;
pub mod variants;

/// The error for a row that the domain cannot have written.
fn corrupt(reason: impl std::fmt::Display) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(format!("corrupt row: {reason}").into())
}

fn to_json(value: &impl serde::Serialize) -> diesel::QueryResult<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

fn from_json<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> diesel::QueryResult<T> {
    serde_json::from_value(value).map_err(corrupt)
}
