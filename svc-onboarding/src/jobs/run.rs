//! One run of a job over many applications.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use service_host::Database;
use service_host::database::Body;

use crate::domain::application::{Application, State};
use crate::domain::ids::ApplicationId;
use crate::error::Error;
use crate::store;
use crate::store::due::Due;

/// The result of a run: the first error. All errors are logged, and the run continues after them.
#[derive(Debug, Default)]
pub(super) struct Run {
    first: Option<Error>,
}

impl Run {
    /// Records the result of one application.
    pub(super) fn record(&mut self, application: ApplicationId, result: Result<(), Error>) {
        let Err(error) = result else { return };
        tracing::error!(
            application.id = %application,
            error = &error as &dyn std::error::Error,
            "the job failed on an application and continues with the others"
        );
        self.first.get_or_insert(error);
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        self.first.map_or(Ok(()), Err)
    }
}

/// Runs `work` for each application that `page` lists and that is in `state`, each locked in a
/// transaction of its own.
pub(super) async fn for_each_due<P, W>(db: &Database, state: State, page: P, work: W) -> Result<(), Error>
where
    for<'r> P: Body<(&'r mut AsyncPgConnection, Option<Due>), QueryResult<Vec<Due>>, Running: Send> + Sync,
    for<'r> W: Body<(&'r mut AsyncPgConnection, Application), Result<(), Error>, Running: Send> + Sync,
{
    let mut run = Run::default();
    let mut after = None;
    loop {
        let due = page((&mut *db.connection().await?, after)).await?;
        for &(_, id) in &due {
            let id = ApplicationId(id);
            let work = async |conn: &mut AsyncPgConnection| -> Result<(), Error> {
                match store::applications::lock(conn, id).await? {
                    Some(application) if application.state == state => work((conn, application)).await,
                    _ => Ok(()),
                }
            };
            run.record(id, db.transaction(work).await);
        }
        after = store::due::next(&due);
        if after.is_none() {
            return run.finish();
        }
    }
}
