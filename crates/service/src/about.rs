//! What a service is, apart from its code.

use conventions::Contract;
use diesel_migrations::EmbeddedMigrations;

/// The fixed facts of one service.
pub struct About {
    /// The service's name in telemetry, consumer groups and event sources: `orders`.
    pub name: &'static str,
    /// The version that operators see.
    pub version: &'static str,
    /// The contract that the service offers. Its topics are those that the service writes.
    pub contract: Contract,
    /// The service's own tables.
    pub migrations: EmbeddedMigrations,
}
