//! Clients: they come in automatically and order services (O1).

use chrono::{DateTime, Utc};

use super::id::ClientId;

/// A client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Who.
    pub id: ClientId,
    /// How the client is known.
    pub profile: Profile,
    /// When the client came into the system.
    pub registered_at: DateTime<Utc>,
    /// Grows by one with every change of the client.
    pub version: i64,
}

/// What is known of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The client's key in the system that the client comes from. Unique where there is one.
    pub external_id: Option<String>,
    /// How to address the client.
    pub name: String,
    /// Where mail goes.
    pub email: String,
    /// Where calls go; may be empty.
    pub phone: String,
    /// The language to write in: `ru` or `en`.
    pub language: String,
}
