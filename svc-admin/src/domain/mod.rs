//! What managers say, and what may be said: pure, without a clock, a network or a database.

pub mod actor;
pub mod case;
pub mod entry;
pub mod hypothesis;
pub mod invalid;
pub mod manager;
mod money_json;
pub mod service_type;
pub mod test;
pub mod test_set;
pub mod vacancy;

pub use actor::Actor;
pub use entry::{Entry, Kind, Versioned};
pub use invalid::Invalid;
