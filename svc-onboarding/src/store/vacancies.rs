//! Vacancies, as the latest events of the admin context describe them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl as _;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::schema::vacancies;
use super::{from_json, to_json};
use crate::domain::ids::VacancyId;
use crate::domain::vacancy::Vacancy;

/// The sort key of the list of vacancies.
pub type Key = (DateTime<Utc>, VacancyId);

/// Stores a vacancy, unless a later version is stored. `at` is when a new vacancy appears in the
/// list.
pub async fn put(conn: &mut AsyncPgConnection, vacancy: &Vacancy, at: DateTime<Utc>) -> QueryResult<()> {
    let insert = diesel::insert_into(vacancies::table)
        .values((
            vacancies::vacancy_id.eq(vacancy.id.0),
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

pub async fn find(conn: &mut AsyncPgConnection, id: VacancyId) -> QueryResult<Option<Vacancy>> {
    let body: Option<Value> = vacancies::table
        .find(id.0)
        .select(vacancies::body)
        .first(conn)
        .await
        .optional()?;
    body.map(from_json).transpose()
}

/// Vacancies that take applications, after `after`, newest first.
pub async fn list_open(
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
                .or(vacancies::listed_at.eq(at).and(vacancies::vacancy_id.lt(id.0))),
        );
    }
    let rows: Vec<(DateTime<Utc>, Uuid, Value)> = query.load(conn).await?;
    rows.into_iter()
        .map(|(at, id, body)| Ok(((at, VacancyId(id)), from_json(body)?)))
        .collect()
}
