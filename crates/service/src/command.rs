//! The commands that every service's program has.

use messaging::Migrate;
use service_host::{Clock, shutdown, telemetry};

use crate::{About, Service, Settings};

/// `serve` and `migrate`. `C` holds the service's own settings.
#[derive(clap::Subcommand)]
pub enum Command<C: clap::Args> {
    /// Run the service.
    Serve(Box<Settings<C>>),
    /// Migrate the database; with --create-topics, also create the Kafka topics that the service
    /// writes.
    Migrate(Box<Migrate>),
}

impl<C: clap::Args> Command<C> {
    /// Runs the command. `build` is the service's composition root.
    ///
    /// # Errors
    /// A setting that cannot be used, a migration that failed, or a part of the service that ended
    /// before the shutdown.
    pub async fn run(
        self,
        about: About,
        build: impl FnOnce(&Settings<C>, Clock) -> anyhow::Result<Service>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Serve(settings) => {
                let telemetry = telemetry::init(about.name, &settings.service.telemetry).await?;
                let ended = build(&settings, Clock::system())?
                    .run(shutdown::on_signal())
                    .await;
                telemetry.shutdown().await;
                Ok(ended?)
            }
            Self::Migrate(migrate) => Ok(migrate.run(about.migrations, about.contract.topics).await?),
        }
    }
}
