//! Clients: registered by upstream systems, they order services (O1).

use chrono::{DateTime, Utc};

use super::ids::ClientId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub profile: Profile,
    pub registered_at: DateTime<Utc>,
    /// Grows by one with every change of the client.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The client's key in the upstream system. Unique where there is one.
    pub external_id: Option<String>,
    pub name: String,
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// The language of mail: `ru` or `en`.
    pub language: String,
}
