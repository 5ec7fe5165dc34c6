//! What `svc-x migrate` does, the same in every service.

use conventions::Topic;
use diesel_migrations::EmbeddedMigrations;
use service_host::{DatabaseOptions, migrations};

use crate::topics::TopicOptions;
use crate::{Kafka, KafkaOptions};

/// The settings of a service's `migrate` command.
#[derive(Debug, Clone, clap::Args)]
pub struct Migrate {
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// Which broker, where topics are asked for.
    #[command(flatten)]
    pub kafka: KafkaOptions,
    /// Whether and how topics are created.
    #[command(flatten)]
    pub topics: TopicOptions,
}

/// Why a service can't be migrated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] migrations::Error),
    /// The topics.
    #[error(transparent)]
    Topics(#[from] crate::Error),
}

impl Migrate {
    /// Brings the tables of the host, of messaging and of the service itself up to date; creates the topics that the
    /// service writes, if that was asked for. Needs the multi-thread runtime.
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
