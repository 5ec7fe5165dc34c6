//! The rules: pure, without a clock, a network or a database.

pub mod case;
pub mod entry;
pub mod hypothesis;
pub mod ids;
pub mod invalid;
pub mod manager;
mod money_json;
pub mod order;
pub mod service_type;
pub mod test;
pub mod test_set;
pub mod vacancy;

pub use conventions::Actor;
pub use entry::{Entry, Kind, Revision, Versioned};
pub use invalid::Invalid;
