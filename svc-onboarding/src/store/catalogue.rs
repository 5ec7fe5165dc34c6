//! Vacancies and test sets, as the admin context's latest events say.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl as _;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::schema::{test_sets, vacancies};
use super::{from_json, to_json};
use crate::domain::test_set::TestSet;
use crate::domain::vacancy::Vacancy;

/// What the list of vacancies is ordered by: newest first.
pub type Key = (DateTime<Utc>, Uuid);

/// Keeps a vacancy; older news than what is known changes nothing.
pub async fn put_vacancy(
    conn: &mut AsyncPgConnection,
    vacancy: &Vacancy,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let insert = diesel::insert_into(vacancies::table)
        .values((
            vacancies::vacancy_id.eq(vacancy.id),
            vacancies::version.eq(vacancy.version),
            vacancies::archived.eq(vacancy.archived),
            vacancies::body.eq(to_json(vacancy)?),
            vacancies::listed_at.eq(at),
        ))
        .on_conflict(vacancies::vacancy_id)
        .do_update()
        .set((
            vacancies::version.eq(excluded(vacancies::version)),
            vacancies::archived.eq(excluded(vacancies::archived)),
            vacancies::body.eq(excluded(vacancies::body)),
        ));
    insert
        .filter(vacancies::version.lt(excluded(vacancies::version)))
        .execute(conn)
        .await?;
    Ok(())
}

/// A vacancy as it is now.
pub async fn vacancy(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Vacancy>> {
    let body: Option<Value> = vacancies::table
        .find(id)
        .select(vacancies::body)
        .first(conn)
        .await
        .optional()?;
    body.map(from_json).transpose()
}

/// Vacancies that take applications, newest first, after `after`, each with its key.
pub async fn open_vacancies(
    conn: &mut AsyncPgConnection,
    after: Option<Key>,
    limit: i64,
) -> QueryResult<Vec<(Key, Vacancy)>> {
    let mut query = QueryDsl::filter(vacancies::table, vacancies::archived.eq(false))
        .order((vacancies::listed_at.desc(), vacancies::vacancy_id.desc()))
        .limit(limit)
        .select((vacancies::listed_at, vacancies::vacancy_id, vacancies::body))
        .into_boxed();
    if let Some((at, id)) = after {
        query = QueryDsl::filter(
            query,
            vacancies::listed_at
                .lt(at)
                .or(vacancies::listed_at.eq(at).and(vacancies::vacancy_id.lt(id))),
        );
    }
    let rows: Vec<(DateTime<Utc>, Uuid, Value)> = query.load(conn).await?;
    rows.into_iter()
        .map(|(at, id, body)| Ok(((at, id), from_json(body)?)))
        .collect()
}

/// Keeps a test set; older news than what is known changes nothing.
pub async fn put_test_set(conn: &mut AsyncPgConnection, test_set: &TestSet) -> QueryResult<()> {
    let insert = diesel::insert_into(test_sets::table)
        .values((
            test_sets::test_set_id.eq(test_set.id),
            test_sets::version.eq(test_set.version),
            test_sets::body.eq(to_json(test_set)?),
        ))
        .on_conflict(test_sets::test_set_id)
        .do_update()
        .set((
            test_sets::version.eq(excluded(test_sets::version)),
            test_sets::body.eq(excluded(test_sets::body)),
        ));
    insert
        .filter(test_sets::version.lt(excluded(test_sets::version)))
        .execute(conn)
        .await?;
    Ok(())
}

/// A test set as it is now.
pub async fn test_set(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<TestSet>> {
    let body: Option<Value> = test_sets::table
        .find(id)
        .select(test_sets::body)
        .first(conn)
        .await
        .optional()?;
    body.map(from_json).transpose()
}
