//! Database migrations. `migrate` runs them before a roll-out; `serve` never runs them.

use std::collections::HashSet;

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{
    AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

/// The migrations of this crate's own tables. Every service runs them together with its own.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock under which migrations run, because two processes must not migrate
/// concurrently.
const LOCK: i64 = 0x6172_7465_6c00_0001;

/// Why a database cannot be migrated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached.
    #[error("cannot connect to the database (--database-url, ARTEL_DATABASE_URL)")]
    Connect(#[from] diesel::ConnectionError),
    /// The lock cannot be taken.
    #[error("cannot take the lock for migrations")]
    Lock(#[from] diesel::result::Error),
    /// A migration failed and was rolled back. Earlier migrations stay applied.
    #[error("a migration failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs the pending migrations of all sets, ordered by version. Needs the multi-thread runtime.
///
/// # Errors
/// See [`Error`]. Also if two sets contain a migration of the same version.
pub async fn run(url: &str, sets: &[EmbeddedMigrations]) -> Result<(), Error> {
    let mut connection = AsyncPgConnection::establish(url).await?;
    connection
        .batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))
        .await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    // Closing the connection releases the lock.
    let versions = harness
        .run_pending_migrations(Sets(sets))
        .map_err(Error::Failed)?;
    for version in versions {
        tracing::info!(%version, "migrated");
    }
    Ok(())
}

struct Sets<'a>(&'a [EmbeddedMigrations]);

impl MigrationSource<Pg> for Sets<'_> {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        for set in self.0 {
            for migration in MigrationSource::<Pg>::migrations(set)? {
                if !seen.insert(migration.name().version().to_string()) {
                    return Err(format!("two migrations have the version of {}", migration.name()).into());
                }
                all.push(migration);
            }
        }
        Ok(all)
    }
}
