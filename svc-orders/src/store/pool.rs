//! What matching looks at: an order with everything that counts for it, and the whole pool in one query.

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
use crate::domain::id::{OrderId, WorkerId};
use crate::domain::matching::{ReferenceSample, RegularSample, Task};
use crate::domain::order::{Order, Stage};
use crate::domain::slot::Slot;
use crate::domain::worker::{Record, Standing};

/// An order, as matching sees it.
#[derive(Debug, Clone)]
pub struct Matchable {
    /// The order.
    pub order: Order,
    /// What has to be done.
    pub task: Task,
    /// For whom.
    pub reference: ReferenceSample,
    /// The price before discounts, of the order's version of the service type.
    pub base: Money,
    /// What the client has paid so far, as billing last said.
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

/// The order with everything that counts for its matching.
pub async fn matchable(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Option<Matchable>, Error> {
    let Some(order) = super::orders::find(conn, id).await? else {
        return Ok(None);
    };
    let service = service_types::version(conn, &order.service).await?;
    let previous = match order.repeats {
        None => None,
        Some(first) => super::orders::find(conn, first)
            .await?
            .and_then(|first| first.assignment().map(|assignment| assignment.worker)),
    };
    let balance = balances::find(conn, order.client.0).await?;
    let reference = ReferenceSample {
        id: order.client,
        completed: super::orders::count_completed(conn, order.client).await?,
    };
    Ok(Some(Matchable {
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
    }))
}

/// Active workers, or everybody, with what keeps them busy around the slot (the order itself aside) and how many orders
/// they were given since `since`.
pub async fn samples(
    conn: &mut AsyncPgConnection,
    slot: Slot,
    aside: Option<OrderId>,
    since: DateTime<Utc>,
    everybody: bool,
) -> Result<Vec<RegularSample>, Error> {
    let rows: Vec<SampleRow> = diesel::sql_query(include_str!("pool.sql"))
        .bind::<Timestamptz, _>(slot.start())
        .bind::<Timestamptz, _>(slot.end())
        .bind::<diesel::sql_types::Uuid, _>(aside.map_or(Uuid::nil(), |order| order.0))
        .bind::<Timestamptz, _>(since)
        .bind::<Bool, _>(everybody)
        .load(conn)
        .await?;
    rows.into_iter().map(RegularSample::try_from).collect()
}

/// Whether some active worker is free in the slot.
pub async fn somebody_free(conn: &mut AsyncPgConnection, slot: Slot) -> Result<bool, Error> {
    let busy = orders::table
        .filter(orders::worker_id.eq(workers::id.nullable()))
        .filter(orders::state.eq_any([Stage::Assigned.name(), Stage::InProgress.name()]))
        .filter(
            orders::slot_start
                .lt(slot.end())
                .and(orders::slot_end.gt(slot.start())),
        );
    let free = workers::table
        .filter(workers::standing.eq(Standing::Active.name()))
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
                .map(|(start, end)| {
                    Slot::new(start, end).map_err(|error| row::corrupt("slot", &error.to_string()))
                })
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
