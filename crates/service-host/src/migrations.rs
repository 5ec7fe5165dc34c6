//! Bringing a database up to date. Run by `migrate` before a roll-out, never by `serve`.

use std::collections::HashSet;

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{
    AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection as _,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

/// This crate's own tables. Run them beside the service's.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock under which migrations run: replicas that start together must not migrate together.
const LOCK: i64 = 0x6172_7465_6c00_0001;

/// Why a database can't be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be reached.
    #[error("can't connect to the database (--database-url, ARTEL_DATABASE_URL)")]
    Connect(#[from] diesel::ConnectionError),
    /// Its lock can't be taken.
    #[error("can't take the lock for migrations")]
    Lock(#[from] diesel::result::Error),
    /// A migration failed. It was rolled back; those before it stay.
    #[error("a migration failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs what is pending of all sets, ordered by version. Needs the multi-thread runtime.
///
/// # Errors
/// See [`Error`]. Also two migrations of one version in different sets.
pub async fn run(url: &str, sets: &[EmbeddedMigrations]) -> Result<(), Error> {
    let mut connection = AsyncPgConnection::establish(url).await?;
    connection
        .batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))
        .await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    // The lock goes with the connection.
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
