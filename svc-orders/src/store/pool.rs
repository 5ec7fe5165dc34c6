//! The input of matching: an order with everything that counts for it, and the pool in one query.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use serde_json::Value;
use uuid::Uuid;

use super::schema::{orders, workers};
use super::{balances, row, service_types};
use crate::Error;
use crate::domain::ids::{OrderId, WorkerId};
use crate::domain::matching::{ReferenceSample, RegularSample, Task};
use crate::domain::order::{Order, Stage};
use crate::domain::slot::Slot;
use crate::domain::worker::{Record, Standing};

/// An order to be matched.
#[derive(Debug, Clone)]
pub struct Matchable {
    pub order: Order,
    pub task: Task,
    pub reference: ReferenceSample,
    /// The base price of the order's version of the service type.
    pub base: Money,
    /// The sum that the client has paid so far, as svc-billing last published it.
    pub paid: Money,
}

#[derive(QueryableByName)]
struct SampleRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    active: bool,
    #[diesel(sql_type = Jsonb)]
    traits: Value,
    #[diesel(sql_type = Integer)]
    completed: i32,
    #[diesel(sql_type = Integer)]
    failed: i32,
    #[diesel(sql_type = Integer)]
    rating_sum: i32,
    #[diesel(sql_type = Integer)]
    rating_count: i32,
    #[diesel(sql_type = BigInt)]
    load: i64,
    #[diesel(sql_type = Array<Timestamptz>)]
    busy_starts: Vec<DateTime<Utc>>,
    #[diesel(sql_type = Array<Timestamptz>)]
    busy_ends: Vec<DateTime<Utc>>,
}

pub async fn matchable(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Matchable, Error> {
    let order = super::orders::get(conn, id).await?;
    let service = service_types::version(conn, &order.service).await?;
    let previous = match order.repeats {
        None => None,
        Some(first) => super::orders::get(conn, first)
            .await?
            .assignment()
            .map(|assignment| assignment.worker),
    };
    let balance = balances::find(conn, order.client.0).await?;
    let reference = ReferenceSample {
        id: order.client,
        completed: super::orders::count_completed(conn, order.client).await?,
    };
    Ok(Matchable {
        task: Task {
            order: order.id,
            slot: order.slot,
            needs: service.needs,
            previous,
        },
        reference,
        base: service.base_price,
        paid: balance.map_or(Money::zero(service.base_price.currency()), |balance| balance.paid),
        order,
    })
}

/// Active workers, and on request suspended ones, with the slots of their orders that overlap
/// `slot` (except the order `except`) and the number of orders that they were assigned since
/// `since`.
pub async fn samples(
    conn: &mut AsyncPgConnection,
    slot: Slot,
    except: OrderId,
    since: DateTime<Utc>,
    include_suspended: bool,
) -> Result<Vec<RegularSample>, Error> {
    let rows: Vec<SampleRow> = diesel::sql_query(include_str!("pool.sql"))
        .bind::<Timestamptz, _>(slot.start())
        .bind::<Timestamptz, _>(slot.end())
        .bind::<diesel::sql_types::Uuid, _>(except.0)
        .bind::<Timestamptz, _>(since)
        .bind::<Bool, _>(include_suspended)
        .load(conn)
        .await?;
    rows.into_iter().map(RegularSample::try_from).collect()
}

/// Whether an active worker is free in the slot.
pub async fn any_worker_free(conn: &mut AsyncPgConnection, slot: Slot) -> Result<bool, Error> {
    let busy = orders::table
        .filter(orders::worker_id.eq(workers::id.nullable()))
        .filter(orders::state.eq_any([Stage::Assigned.name(), Stage::InProgress.name()]))
        .filter(
            orders::slot_start
                .lt(slot.end())
                .and(orders::slot_end.gt(slot.start())),
        );
    let free = workers::table
        .filter(workers::standing.eq(<&str>::from(Standing::Active)))
        .filter(diesel::dsl::not(diesel::dsl::exists(busy)));
    Ok(diesel::select(diesel::dsl::exists(free)).get_result(conn).await?)
}

impl TryFrom<SampleRow> for RegularSample {
    type Error = Error;

    fn try_from(row: SampleRow) -> Result<Self, Error> {
        let busy = row.busy_starts.into_iter().zip(row.busy_ends);
        Ok(Self {
            id: WorkerId(row.id),
            name: row.name,
            active: row.active,
            busy: busy
                .map(|(start, end)| Slot::new(start, end).map_err(|error| row::corrupt("slot", error)))
                .collect::<Result<_, _>>()?,
            traits: row::traits(row.traits)?,
            record: Record {
                completed: row::count(row.completed)?,
                failed: row::count(row.failed)?,
                rating_sum: row::count(row.rating_sum)?,
                rating_count: row::count(row.rating_count)?,
            },
            load: u32::try_from(row.load).unwrap_or(u32::MAX),
        })
    }
}
