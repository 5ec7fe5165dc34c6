//! The table `inbox`: which events were processed.

use std::collections::HashSet;
use std::time::Duration;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Double, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

/// Most rows that one statement deletes.
const MAX_PRUNED: i64 = 5_000;

/// Inserts the events that are not in the inbox yet, and returns those. Waits while another
/// transaction inserts one of them.
pub(super) async fn claim(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    events: &[Uuid],
) -> QueryResult<HashSet<Uuid>> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let claim = Claim {
        consumer: consumer.to_owned(),
        events: events.to_vec(),
    };
    let new: Vec<Uuid> = claim.load(conn).await?;
    Ok(new.into_iter().collect())
}

/// Deletes some of the rows that are older than `retention`, and returns how many.
pub(super) async fn prune(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    retention: Duration,
) -> QueryResult<usize> {
    diesel::sql_query(
        "DELETE FROM inbox WHERE (consumer, event_id) IN (SELECT consumer, event_id FROM inbox \
         WHERE consumer = $1 AND received_at < now() - make_interval(secs => $2) LIMIT $3)",
    )
    .bind::<Text, _>(consumer)
    .bind::<Double, _>(retention.as_secs_f64())
    .bind::<diesel::sql_types::BigInt, _>(MAX_PRUNED)
    .execute(conn)
    .await
}

struct Claim {
    consumer: String,
    events: Vec<Uuid>,
}

impl QueryId for Claim {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Claim {
    type SqlType = SqlUuid;
}

impl QueryFragment<Pg> for Claim {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO inbox (consumer, event_id) SELECT ");
        out.push_bind_param::<Text, _>(&self.consumer)?;
        out.push_sql(", unnest(");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.events)?;
        out.push_sql(") ON CONFLICT DO NOTHING RETURNING event_id");
        Ok(())
    }
}
