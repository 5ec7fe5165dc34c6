//! Compares the test sets of a vacancy (H6). Erased applications count, because they keep their
//! scores.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::VacancyId;

/// The results of one test set.
#[derive(Debug, Clone, Default, PartialEq, Eq, QueryableByName)]
pub struct VariantResult {
    #[diesel(sql_type = SqlUuid)]
    pub test_set_id: Uuid,
    /// The latest name among the assigned versions.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// How many candidates the test set was assigned to. Each further count is a part of them.
    #[diesel(sql_type = BigInt)]
    pub assigned: i64,
    #[diesel(sql_type = BigInt)]
    pub scored: i64,
    #[diesel(sql_type = BigInt)]
    pub recommended: i64,
    #[diesel(sql_type = BigInt)]
    pub approved: i64,
    /// Rounded. 0 if no candidate was scored.
    #[diesel(sql_type = BigInt)]
    pub mean_score: i64,
    /// How many orders the approved candidates completed.
    #[diesel(sql_type = BigInt)]
    pub orders_completed: i64,
    #[diesel(sql_type = BigInt)]
    pub orders_failed: i64,
}

const REPORT: &str = "
SELECT a.test_set_id,
       (array_agg(a.test_set_name ORDER BY a.test_set_version DESC))[1] AS name,
       count(*) AS assigned,
       count(a.scored_at) AS scored,
       count(*) FILTER (WHERE a.recommendation = 'admit') AS recommended,
       count(*) FILTER (WHERE a.state = 'approved') AS approved,
       coalesce(round(avg(a.score)), 0)::bigint AS mean_score,
       coalesce(sum(o.completed), 0)::bigint AS orders_completed,
       coalesce(sum(o.failed), 0)::bigint AS orders_failed
FROM applications a
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE completed) AS completed, count(*) FILTER (WHERE NOT completed) AS failed
    FROM ended_orders
    WHERE worker_id = a.worker_id
) o ON true
WHERE a.vacancy_id = $1 AND a.test_set_id IS NOT NULL
GROUP BY a.test_set_id
ORDER BY a.test_set_id";

/// The results of all test sets that were assigned in a vacancy.
pub async fn report(conn: &mut AsyncPgConnection, vacancy: VacancyId) -> QueryResult<Vec<VariantResult>> {
    diesel::sql_query(REPORT)
        .bind::<SqlUuid, _>(vacancy.0)
        .load(conn)
        .await
}
