//! Table `workers`: the pool.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::Events;
use serde_json::Value;
use uuid::Uuid;

use super::schema::{worker_changes, workers};
use super::{match_requests, row};
use crate::domain::ids::WorkerId;
use crate::domain::worker::{Admission, Record, Standing, StandingChange, Worker};
use crate::error::{Error, Resource};
use crate::events::convert;

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

impl messaging::Change for Admission {
    /// Whether the worker is new: a known worker or application changes nothing (H5).
    type Written = bool;
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<bool, Error> {
        let worker = &self.worker;
        let inserted = diesel::insert_into(workers::table)
            .values((
                workers::id.eq(worker.id.0),
                workers::application_id.eq(self.application),
                workers::name.eq(&worker.name),
                workers::email.eq(&worker.email),
                workers::language.eq(&worker.language),
                workers::age.eq(i16::from(worker.age)),
                workers::portrait.eq(&self.portrait),
                workers::standing.eq(name(worker.standing)),
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
            .await?;
        if inserted == 1 {
            match_requests::request_all(conn).await?;
        }
        Ok(inserted == 1)
    }

    fn events(&self, new: &bool) -> Result<Events, Error> {
        Ok(if *new {
            convert::worker(&self.worker, self.worker.admitted_at)
        } else {
            Events::none()
        })
    }
}

impl messaging::Change for StandingChange {
    type Written = ();
    type Error = Error;

    /// The worker must have been locked by [`lock`] in this transaction.
    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let worker = &self.worker;
        let (role, id) = row::actor_columns(self.by);
        diesel::insert_into(worker_changes::table)
            .values((
                worker_changes::worker_id.eq(worker.id.0),
                worker_changes::version.eq(worker.version),
                worker_changes::standing.eq(name(worker.standing)),
                worker_changes::reason.eq(&self.reason),
                worker_changes::actor_role.eq(role),
                worker_changes::actor_id.eq(id),
                worker_changes::at.eq(self.at),
            ))
            .execute(conn)
            .await?;
        diesel::update(workers::table.find(worker.id.0))
            .set((
                workers::standing.eq(name(worker.standing)),
                workers::version.eq(worker.version),
            ))
            .execute(conn)
            .await?;
        if worker.standing == Standing::Active {
            match_requests::request_all(conn).await?;
        }
        Ok(())
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(convert::worker(&self.worker, self.at))
    }
}

fn name(standing: Standing) -> &'static str {
    standing.into()
}

pub async fn get(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<Worker, Error> {
    let row: Option<WorkerRow> = workers::table
        .find(id.0)
        .select(WorkerRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.ok_or(Error::NotFound(Resource::Worker))?.try_into()
}

/// The photo of the worker's application; empty if there was none.
pub async fn portrait(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<Vec<u8>, Error> {
    Ok(workers::table
        .find(id.0)
        .select(workers::portrait)
        .first(conn)
        .await?)
}

/// The worker, locked until the transaction ends: no other transaction changes the standing or
/// assigns an order meanwhile.
pub async fn lock(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<Worker, Error> {
    let row: Option<WorkerRow> = workers::table
        .find(id.0)
        .select(WorkerRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.ok_or(Error::NotFound(Resource::Worker))?.try_into()
}

/// Locks the worker's standing until the transaction ends, or refuses a suspended worker. A
/// concurrent suspension commits either before, and is seen here, or after, and sees the order that
/// is assigned.
pub async fn lock_active(conn: &mut AsyncPgConnection, id: WorkerId) -> Result<(), Error> {
    let standing: String = workers::table
        .find(id.0)
        .select(workers::standing)
        .for_share()
        .first(conn)
        .await?;
    if standing == name(Standing::Active) {
        Ok(())
    } else {
        Err(Error::WorkerSuspended)
    }
}

/// Counts an order of the worker that ended.
pub(super) async fn count_ended(
    conn: &mut AsyncPgConnection,
    id: WorkerId,
    completed: bool,
) -> Result<(), Error> {
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

/// Adds a rating to the worker's record.
pub(super) async fn count_rating(
    conn: &mut AsyncPgConnection,
    id: WorkerId,
    rating: i16,
) -> Result<(), Error> {
    diesel::update(workers::table.find(id.0))
        .set((
            workers::rating_sum.eq(workers::rating_sum + i32::from(rating)),
            workers::rating_count.eq(workers::rating_count + 1),
        ))
        .execute(conn)
        .await?;
    Ok(())
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
        query = query.filter(workers::standing.eq(name(standing)));
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
        Ok(Self {
            id: WorkerId(row.id),
            name: row.name,
            email: row.email,
            language: row.language,
            standing: row::parse("standing", &row.standing)?,
            age: u8::try_from(row.age).map_err(|_| row::corrupt("age", row.age))?,
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
