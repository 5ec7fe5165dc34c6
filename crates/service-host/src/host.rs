//! What the parts of one running service share.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::jobs::Job;
use crate::{Clock, Database, DatabaseOptions};

/// The database, the clock and the shutdown of one service. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct Host {
    /// The service's own database.
    pub db: Database,
    /// The clock that the service reads. Read it once per call, event or run and hand the time
    /// down.
    pub clock: Clock,
    /// Cancelled when the service is to end.
    pub shutdown: CancellationToken,
}

impl Host {
    /// Prepares the pool of the service's database. Connects to nothing.
    ///
    /// # Errors
    /// The database URL is not one.
    pub fn new(options: &DatabaseOptions, clock: Clock) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            db: Database::new(options)?,
            clock,
            shutdown: CancellationToken::new(),
        })
    }

    /// Prepares a job that runs at every `interval`. Its lock, log lines and metrics carry `name`.
    pub fn every(&self, name: &'static str, interval: Duration) -> Job {
        Job::new(name, interval, self.clone())
    }
}
