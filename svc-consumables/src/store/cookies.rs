//! Cookies: rows of work for the job that deals with the bakery (C3).

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::telemetry;
use uuid::Uuid;

use crate::domain::cookie::{Cookie, State};
use crate::domain::ids::{KitId, OrderId};
use crate::store::numbers::{count, known};
use crate::store::schema::cookie;

/// A cookie as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cookie)]
#[diesel(primary_key(order_id))]
#[diesel(treat_none_as_null = true)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct CookieRow {
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
            state: known(State::from_word(&row.state), &row.state)?,
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
            state: cookie.state.word().to_owned(),
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

/// Locks an order's cookie.
pub async fn lock(conn: &mut AsyncPgConnection, order: OrderId) -> QueryResult<Option<Cookie>> {
    let row: Option<CookieRow> = cookie::table
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
    let rows: Vec<CookieRow> = cookie::table
        .filter(cookie::order_id.eq_any(orders))
        .select(CookieRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Cookie::try_from).collect()
}

/// The cookies that the bakery is to be asked about by now, the longest waiting first, each with the trace in which it was
/// first wanted.
pub async fn due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<(Cookie, Option<String>)>> {
    let rows: Vec<(CookieRow, Option<String>)> = cookie::table
        .filter(cookie::state.eq_any([State::Requested.word(), State::Baking.word()]))
        .filter(cookie::next_call_at.le(now))
        .order(cookie::next_call_at)
        .limit(limit)
        .select((CookieRow::as_select(), cookie::traceparent))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(row, traceparent)| Ok((row.try_into()?, traceparent)))
        .collect()
}

/// Writes a cookie, a new one or a changed one.
pub async fn save(conn: &mut AsyncPgConnection, changed: &Cookie) -> QueryResult<()> {
    let row = CookieRow::from(changed);
    diesel::insert_into(cookie::table)
        .values((&row, cookie::traceparent.eq(telemetry::trace_context())))
        .on_conflict(cookie::order_id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}
