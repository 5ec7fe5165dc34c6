//! The command `migrate`, the same in every service.

use conventions::Topic;
use diesel_migrations::EmbeddedMigrations;
use service_host::{DatabaseOptions, migrations};

use crate::topics::TopicOptions;
use crate::{Kafka, KafkaOptions};

/// The settings of a service's `migrate` command.
#[derive(Debug, Clone, clap::Args)]
pub struct Migrate {
    /// The database to migrate.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The broker on which topics are created.
    #[command(flatten)]
    pub kafka: KafkaOptions,
    /// Whether and how topics are created.
    #[command(flatten)]
    pub topics: TopicOptions,
}

/// Why a service could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A migration failed.
    #[error(transparent)]
    Database(#[from] migrations::Error),
    /// A topic could not be created.
    #[error(transparent)]
    Topics(#[from] crate::Error),
}

impl Migrate {
    /// Runs the pending migrations of the host, of messaging and of the service, then creates the
    /// topics of the service if the settings say so. Needs the multi-thread runtime.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn run(&self, own: EmbeddedMigrations, topics: &[Topic]) -> Result<(), Error> {
        let sets = [service_host::MIGRATIONS, crate::MIGRATIONS, own];
        migrations::run(&self.database.url, &sets).await?;
        self.topics.ensure(&Kafka::new(&self.kafka), topics).await?;
        Ok(())
    }
}
