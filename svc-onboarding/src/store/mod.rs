//! All SQL of the service, one file per aggregate. Nothing here decides anything.

pub mod answers;
pub mod application_row;
pub mod applications;
pub mod attempts;
pub mod catalogue;
pub mod challenges;
pub mod contact_notes;
pub mod due;
pub mod ended_orders;
pub mod letter_allowances;
pub mod managers;
pub mod photos;
mod schema;
pub mod variants;

/// A row that the domain can't have written.
pub(crate) fn corrupt(what: impl std::fmt::Display) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(format!("corrupt row: {what}").into())
}

/// For columns of JSON.
fn to_json(value: &impl serde::Serialize) -> diesel::QueryResult<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

/// From columns of JSON.
fn from_json<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> diesel::QueryResult<T> {
    serde_json::from_value(value).map_err(corrupt)
}
