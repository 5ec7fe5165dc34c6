//! Domain → wire, for everything that this service publishes. State events are also what calls
//! answer.

mod case;
mod manager;
mod service_type;
mod test;
mod vacancy;

pub use case::{cause, verdict};
use messaging::Events;

use crate::domain::{Entry, Versioned};

/// An entry whose versions are published.
pub trait Published: Entry {
    /// The wire form of a version, in answers and in the state event.
    type State;

    fn state(version: &Versioned<Self>) -> Self::State;

    fn events(version: &Versioned<Self>) -> Events;
}

pub fn optional_id(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}
