//! Table `workers`: the pool.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::row;
use super::schema::{worker_changes, workers};
use crate::domain::actor::Actor;
use crate::domain::id::WorkerId;
use crate::domain::worker::{Record, Standing, Worker};
use crate::{Error, events};

#[derive(Queryable, Selectable)]
#[diesel(table_name = workers, check_for_backend(diesel::pg::Pg))]
struct WorkerRow {
    id: Uuid,
    name: String,
    email: String,
    language: String,
    age: i16,
    standing: String,
    traits: Value,
    completed: i32,
    failed: i32,
    rating_sum: i32,
    rating_count: i32,
    admitted_at: DateTime<Utc>,
    version: i64,
}

/// Lets a worker into the pool and announces it; `false` where the worker or the application is in it already (H5).
pub async fn admit(
    conn: &mut AsyncPgConnection,
    worker: &Worker,
    application: Uuid,
    portrait: &[u8],
) -> Result<bool, Error> {
    let admitted = diesel::insert_into(workers::table)
        .values((
            workers::id.eq(worker.id.0),
            workers::application_id.eq(application),
            workers::name.eq(&worker.name),
            workers::email.eq(&worker.email),
            workers::language.eq(&worker.language),
            workers::age.eq(i16::from(worker.age)),
            workers::portrait.eq(portrait),
            workers::standing.eq(worker.standing.name()),
            workers::traits.eq(row::traits_json(&worker.traits)),
            workers::completed.eq(0),
            workers::failed.eq(0),
            workers::rating_sum.eq(0),
            workers::rating_count.eq(0),
            workers::admitted_at.eq(worker.admitted_at),
            workers::version.eq(worker.version),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?
        == 1;
    if admitted {
        events::publish::worker(conn, worker, worker.admitted_at).await?;
    }
    Ok(admitted)
}

/// Saves a new standing with who decided it and why (G6), and announces it.
pub async fn save_standing(
    conn: &mut AsyncPgConnection,
    worker: &Worker,
    by: Actor,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (role, id) = row::actor_columns(by);
    diesel::insert_into(worker_changes::table)
        .values((
            worker_changes::worker_id.eq(worker.id.0),
            worker_changes::version.eq(worker.version),
            worker_changes::standing.eq(worker.standing.name()),
            worker_changes::reason.eq(reason),
            worker_changes::actor_role.eq(role),
            worker_changes::actor_id.eq(id),
            worker_changes::at.eq(now),
        ))
        .execute(conn)
        .await?;
    diesel::update(workers::table.find(worker.id.0))
        .set((
            workers::standing.eq(worker.standing.name()),
            workers::version.eq(worker.version),
        ))
        .execute(conn)
        .await?;
    events::publish::worker(conn, worker, now).await?;
    Ok(())
}

/// The worker, if there is one.
pub async fn find(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<Option<Worker>, Error> {
    let row: Option<WorkerRow> = workers::table
        .find(id.0)
        .select(WorkerRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Worker::try_from).transpose()
}

/// The worker's photo from the application; empty where none was given.
pub async fn portrait(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<Vec<u8>, Error> {
    Ok(workers::table
        .find(id.0)
        .select(workers::portrait)
        .first(conn)
        .await?)
}

/// The worker, locked until the transaction ends, so that nobody changes the standing or assigns meanwhile.
pub async fn lock(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<Option<Worker>, Error> {
    let row: Option<WorkerRow> = workers::table
        .find(id.0)
        .select(WorkerRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(Worker::try_from).transpose()
}

/// Holds the worker's standing until the transaction ends: a suspension comes either before, and is seen here, or after,
/// and sees the order that is being assigned.
pub async fn hold_active(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<(), Error> {
    let standing: String = workers::table
        .find(id.0)
        .select(workers::standing)
        .for_share()
        .first(conn)
        .await?;
    if standing == Standing::Active.name() {
        Ok(())
    } else {
        Err(Error::WorkerGone)
    }
}

/// One more order of the worker that ended.
pub async fn count_ended(conn: &mut AsyncPgConnection, id: WorkerId, completed: bool) -> Result<(), Error> {
    let (completed, failed) = (i32::from(completed), i32::from(!completed));
    diesel::update(workers::table.find(id.0))
        .set((
            workers::completed.eq(workers::completed + completed),
            workers::failed.eq(workers::failed + failed),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// One more rating of the worker; `false` where there is no such worker.
pub async fn count_rating(conn: &mut AsyncPgConnection, id: WorkerId, rating: i16) -> Result<bool, Error> {
    let updated = diesel::update(workers::table.find(id.0))
        .set((
            workers::rating_sum.eq(workers::rating_sum + i32::from(rating)),
            workers::rating_count.eq(workers::rating_count + 1),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// A page of workers, newest first, from after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    standing: Option<Standing>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Worker>, Error> {
    let mut query = workers::table
        .select(WorkerRow::as_select())
        .order((workers::admitted_at.desc(), workers::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(standing) = standing {
        query = query.filter(workers::standing.eq(standing.name()));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            workers::admitted_at
                .lt(at)
                .or(workers::admitted_at.eq(at).and(workers::id.lt(id))),
        );
    }
    let rows: Vec<WorkerRow> = query.load(conn).await?;
    rows.into_iter().map(Worker::try_from).collect()
}

impl TryFrom<WorkerRow> for Worker {
    type Error = Error;

    fn try_from(row: WorkerRow) -> Result<Self, Error> {
        let standing =
            Standing::from_name(&row.standing).ok_or_else(|| row::corrupt("standing", &row.standing))?;
        Ok(Self {
            id: WorkerId(row.id),
            name: row.name,
            email: row.email,
            language: row.language,
            standing,
            age: u8::try_from(row.age).map_err(|_| row::corrupt("age", &row.age.to_string()))?,
            traits: row::traits(row.traits)?,
            record: Record {
                completed: row::count(row.completed)?,
                failed: row::count(row.failed)?,
                rating_sum: row::count(row.rating_sum)?,
                rating_count: row::count(row.rating_count)?,
            },
            admitted_at: row.admitted_at,
            version: row.version,
        })
    }
}
