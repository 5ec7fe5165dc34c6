//! How a job goes on past what fails.

use uuid::Uuid;

use crate::error::Error;

/// What became of one run: the first failure is kept, the others are logged, and the work goes on.
#[derive(Debug, Default)]
pub(super) struct Round {
    first: Option<Error>,
}

impl Round {
    /// Notes what became of one application.
    pub(super) fn note(&mut self, application: Uuid, outcome: Result<(), Error>) {
        let Err(error) = outcome else { return };
        tracing::error!(
            application.id = %application,
            error = &error as &dyn std::error::Error,
            "a job could not work on an application; it goes on with the others"
        );
        self.first.get_or_insert(error);
    }

    /// The first failure, for the job's own log line and metrics.
    pub(super) fn end(self) -> Result<(), Error> {
        self.first.map_or(Ok(()), Err)
    }
}
