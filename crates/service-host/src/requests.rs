//! Idempotent commands: a repeated request gets the answer to the first one.
//!
//! The table `requests` holds the answers by caller and request id. A command claims its row, has
//! its effect and stores its answer in one transaction. A refused request leaves no row, so that
//! the caller may repeat it after the state has changed.

use std::time::Duration;

use conventions::Command;
use diesel::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use prost::Message;

use crate::access::Caller;
use crate::database::{Body, Database, Failure, Transaction, retry};
use crate::{Refusal, fail_point};

mod claim;

pub use claim::{Claim, claim_all};

/// How long answers are kept.
pub const RETENTION: Duration = Duration::from_hours(7 * 24);
/// How many rows one statement deletes.
const BATCH: i64 = 5_000;

/// Runs a command once, even if its request is repeated: `body` runs in a transaction that also
/// stores the answer under the caller and the request id. A repeated request with the same contents
/// gets the stored answer, and `body` does not run.
///
/// As in [`Database::transaction`], `body` may run several times before one transaction commits.
///
/// # Errors
/// ABORTED with `REQUEST_ID_REUSED` if the id was used for other contents; the refusal of `body`;
/// or the database's error.
pub fn command<'a, M, R, E, F>(
    database: &'a Database,
    caller: &'a Caller,
    request: &'a M,
    body: F,
) -> impl Future<Output = Result<R, Refusal>> + Send + 'a
where
    M: Command,
    R: Message + Default + 'a,
    E: Failure + Into<Refusal> + 'a,
    for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<R, E>
        + Body<&'r mut AsyncPgConnection, Result<R, E>, Running: Send>
        + Send
        + Sync
        + 'a,
{
    let claim = Claim::of(caller, request);
    async move {
        let claim = claim?;
        match retry(async |()| once(database, &claim, &body).await).await {
            Ok(Answer::New(response)) => Ok(response),
            Ok(Answer::Known { digest, response }) => known(&claim, &digest, &response),
            Err(error) => Err(error.into()),
        }
    }
}

enum Answer<R> {
    New(R),
    Known { digest: Vec<u8>, response: Vec<u8> },
}

async fn once<R, E, F>(database: &Database, claim: &Claim, body: &F) -> Result<Answer<R>, E>
where
    R: Message,
    E: Failure,
    for<'r> F: Body<&'r mut AsyncPgConnection, Result<R, E>, Running: Send> + Sync,
{
    let mut transaction = Transaction::begin(database).await?;
    if !claim.take(transaction.connection()).await? {
        let (digest, response) = claim.first(transaction.connection()).await?;
        transaction.rollback().await;
        return Ok(Answer::Known { digest, response });
    }
    match body(transaction.connection()).await {
        Ok(response) => {
            claim
                .answer(transaction.connection(), &response.encode_to_vec())
                .await?;
            fail_point::reach("request::answered");
            transaction.commit().await?;
            fail_point::reach("request::committed");
            Ok(Answer::New(response))
        }
        Err(error) => {
            transaction.rollback().await;
            Err(error)
        }
    }
}

fn known<R: Message + Default>(claim: &Claim, digest: &[u8], response: &[u8]) -> Result<R, Refusal> {
    if !claim.matches(digest) {
        return Err(Refusal::conflict(
            "REQUEST_ID_REUSED",
            "this request_id was used for a request with other contents",
        ));
    }
    R::decode(response).map_err(Refusal::internal)
}

/// Deletes answers that are older than [`RETENTION`] and returns how many.
///
/// # Errors
/// The database's error.
pub async fn purge(database: &Database) -> QueryResult<usize> {
    let mut connection = database.connection().await?;
    let mut removed = 0;
    loop {
        let rows = diesel::sql_query(
            "DELETE FROM requests WHERE (caller, request_id) IN (SELECT caller, request_id FROM requests \
             WHERE created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2)",
        )
        .bind::<BigInt, _>(i64::try_from(RETENTION.as_secs()).unwrap_or(i64::MAX))
        .bind::<BigInt, _>(BATCH)
        .execute(&mut *connection)
        .await?;
        removed += rows;
        if rows == 0 {
            return Ok(removed);
        }
    }
}
