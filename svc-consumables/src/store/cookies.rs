//! Table `cookies`: also the work list of the job that calls the bakery (C3).

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::Events;
use service_host::telemetry;
use uuid::Uuid;

use crate::domain::cookie::{Change, Cookie, State};
use crate::domain::ids::{KitId, OrderId};
use crate::error::Error;
use crate::events::convert;
use crate::store::kits;
use crate::store::row::{count, parse};
use crate::store::schema::cookies;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cookies, primary_key(order_id))]
#[diesel(treat_none_as_null = true, check_for_backend(diesel::pg::Pg))]
struct CookieRow {
    order_id: Uuid,
    client_name: String,
    state: String,
    bakery_id: Option<String>,
    deliver_by: DateTime<Utc>,
    give_up_at: DateTime<Utc>,
    expected_at: DateTime<Utc>,
    late: bool,
    failures: i64,
    next_call_at: DateTime<Utc>,
    problem: Option<String>,
    placed_in: Option<Uuid>,
}

impl TryFrom<CookieRow> for Cookie {
    type Error = diesel::result::Error;

    fn try_from(row: CookieRow) -> QueryResult<Self> {
        Ok(Self {
            order: OrderId(row.order_id),
            client_name: row.client_name,
            state: parse(&row.state)?,
            bakery_id: row.bakery_id,
            deliver_by: row.deliver_by,
            give_up_at: row.give_up_at,
            expected_at: row.expected_at,
            late: row.late,
            failures: count(row.failures)?,
            next_call_at: row.next_call_at,
            problem: row.problem,
            placed_in: row.placed_in.map(KitId),
        })
    }
}

impl From<&Cookie> for CookieRow {
    fn from(cookie: &Cookie) -> Self {
        Self {
            order_id: cookie.order.0,
            client_name: cookie.client_name.clone(),
            state: cookie.state.to_string(),
            bakery_id: cookie.bakery_id.clone(),
            deliver_by: cookie.deliver_by,
            give_up_at: cookie.give_up_at,
            expected_at: cookie.expected_at,
            late: cookie.late,
            failures: i64::from(cookie.failures),
            next_call_at: cookie.next_call_at,
            problem: cookie.problem.clone(),
            placed_in: cookie.placed_in.map(|kit| kit.0),
        }
    }
}

impl messaging::Change for Change {
    type Written = ();
    type Error = Error;

    /// The cookie must be new or locked by [`lock`] in this transaction, its kit locked before it.
    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let row = CookieRow::from(&self.cookie);
        diesel::insert_into(cookies::table)
            .values((&row, cookies::traceparent.eq(telemetry::trace_context())))
            .on_conflict(cookies::order_id)
            .do_update()
            .set(&row)
            .execute(conn)
            .await?;
        if let Some((kit, _)) = &self.kit {
            kits::save_version(conn, kit).await?;
        }
        Ok(())
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(convert::cookie(self))
    }
}

/// Locks the cookie of an order.
pub async fn lock(conn: &mut AsyncPgConnection, order: OrderId) -> QueryResult<Option<Cookie>> {
    let row: Option<CookieRow> = cookies::table
        .find(order.0)
        .select(CookieRow::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    row.map(Cookie::try_from).transpose()
}

/// The cookies of these orders.
pub async fn of(conn: &mut AsyncPgConnection, orders: &[Uuid]) -> QueryResult<Vec<Cookie>> {
    let rows: Vec<CookieRow> = cookies::table
        .filter(cookies::order_id.eq_any(orders))
        .select(CookieRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Cookie::try_from).collect()
}

/// The cookies about which the bakery is to be called by `now`, the longest due first, each with
/// the trace in which it was requested.
pub async fn due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<(Cookie, Option<String>)>> {
    let rows: Vec<(CookieRow, Option<String>)> = cookies::table
        .filter(cookies::state.eq_any([State::Requested, State::Baking].map(<&str>::from)))
        .filter(cookies::next_call_at.le(now))
        .order(cookies::next_call_at)
        .limit(limit)
        .select((CookieRow::as_select(), cookies::traceparent))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(row, traceparent)| Ok((row.try_into()?, traceparent)))
        .collect()
}
