//! Periods and the closing of accounts in them (B7). The database refuses overlapping periods and a second closing of an
//! account in one period, whatever two replicas do at once.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use service_host::telemetry;
use uuid::Uuid;

use super::schema::{closings, open_lines, periods};
use crate::Error;
use crate::domain::{AccountId, OwnerKind, Period, PeriodId, PostingId};

/// A period with how far its closing is.
#[derive(Debug, Clone, QueryableByName)]
pub struct PeriodRow {
    /// Its id: newer periods have greater ones.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// `client` or `worker`.
    #[diesel(sql_type = Text)]
    pub owner_kind: String,
    /// The first moment in it.
    #[diesel(sql_type = Timestamptz)]
    pub starts_at: DateTime<Utc>,
    /// The first moment after it.
    #[diesel(sql_type = Timestamptz)]
    pub ends_at: DateTime<Utc>,
    /// When the last account was closed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Accounts that were invoiced.
    #[diesel(sql_type = BigInt)]
    pub invoices: i64,
    /// Accounts that were carried over.
    #[diesel(sql_type = BigInt)]
    pub carried_over: i64,
}

const SELECT: &str = "SELECT id, owner_kind, starts_at, ends_at, closed_at, \
    (SELECT count(*) FROM closings WHERE period_id = period.id AND total > 0) AS invoices, \
    (SELECT count(*) FROM closings WHERE period_id = period.id AND total <= 0) AS carried_over \
    FROM periods period";

/// Opens a period for closing. It begins where the last one ended, or where `period` says if it is the first. None if
/// everything up to its end is closed, or being closed, already.
pub async fn open(
    conn: &mut AsyncPgConnection,
    kind: OwnerKind,
    period: Period,
    now: DateTime<Utc>,
) -> QueryResult<Option<PeriodId>> {
    // Two replicas that open at once: the second waits here, and then finds the first one's period.
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('billing.periods', 0))")
        .execute(conn)
        .await?;
    let last: Option<DateTime<Utc>> = periods::table
        .filter(periods::owner_kind.eq(kind.as_str()))
        .select(diesel::dsl::max(periods::ends_at))
        .first(conn)
        .await?;
    let starts_at = last.unwrap_or(period.starts_at);
    if starts_at >= period.ends_at {
        return Ok(None);
    }
    let id = Uuid::now_v7();
    diesel::insert_into(periods::table)
        .values((
            periods::id.eq(id),
            periods::owner_kind.eq(kind.as_str()),
            periods::starts_at.eq(starts_at),
            periods::ends_at.eq(period.ends_at),
            periods::opened_at.eq(now),
            periods::traceparent.eq(telemetry::trace_context()),
        ))
        .execute(conn)
        .await?;
    Ok(Some(PeriodId(id)))
}

/// A period whose accounts are still being closed.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// Its id.
    pub id: PeriodId,
    /// Whose accounts.
    pub kind: OwnerKind,
    /// From when to when.
    pub period: Period,
    /// The trace in which it was opened.
    pub traceparent: Option<String>,
}

#[derive(Queryable)]
struct UnfinishedRow {
    id: Uuid,
    owner_kind: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    traceparent: Option<String>,
}

/// Periods whose accounts are still being closed, oldest first.
pub async fn unfinished(conn: &mut AsyncPgConnection) -> Result<Vec<Unfinished>, Error> {
    let rows: Vec<UnfinishedRow> = periods::table
        .filter(periods::closed_at.is_null())
        .order(periods::ends_at)
        .select((
            periods::id,
            periods::owner_kind,
            periods::starts_at,
            periods::ends_at,
            periods::traceparent,
        ))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Unfinished {
                id: PeriodId(row.id),
                kind: row.owner_kind.parse()?,
                period: Period {
                    starts_at: row.starts_at,
                    ends_at: row.ends_at,
                },
                traceparent: row.traceparent,
            })
        })
        .collect()
}

/// The period that ends at this time.
pub async fn ending_at(
    conn: &mut AsyncPgConnection,
    kind: OwnerKind,
    ends_at: DateTime<Utc>,
) -> QueryResult<Option<PeriodRow>> {
    diesel::sql_query(format!("{SELECT} WHERE owner_kind = $1 AND ends_at = $2"))
        .bind::<Text, _>(kind.as_str())
        .bind::<Timestamptz, _>(ends_at)
        .get_result(conn)
        .await
        .optional()
}

/// Periods, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    kind: Option<OwnerKind>,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<PeriodRow>> {
    diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR owner_kind = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind::<Nullable<Text>, _>(kind.map(OwnerKind::as_str))
    .bind::<Nullable<SqlUuid>, _>(before)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Accounts with lines that the period takes and that it has not closed yet: the next `limit` after one, by id.
pub async fn accounts_to_close(
    conn: &mut AsyncPgConnection,
    id: PeriodId,
    kind: OwnerKind,
    period: Period,
    after: AccountId,
    limit: i64,
) -> QueryResult<Vec<AccountId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        account_id: Uuid,
    }
    let found: Vec<Found> = diesel::sql_query(
        "SELECT DISTINCT line.account_id FROM open_lines line \
         JOIN accounts account ON account.id = line.account_id AND account.owner_kind = $2 \
         WHERE line.booked_at < $3 AND line.account_id > $4 AND NOT EXISTS ( \
             SELECT FROM closings WHERE closings.period_id = $1 AND closings.account_id = line.account_id) \
         ORDER BY line.account_id LIMIT $5",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(kind.as_str())
    .bind::<Timestamptz, _>(period.ends_at)
    .bind::<SqlUuid, _>(after.0)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|row| AccountId(row.account_id)).collect())
}

/// The account's open lines that were booked before `until`: posting and amount, oldest first.
pub async fn open_lines(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    until: DateTime<Utc>,
) -> QueryResult<Vec<(PostingId, i64)>> {
    let rows: Vec<(i64, i64)> = open_lines::table
        .filter(open_lines::account_id.eq(account.0))
        .filter(open_lines::booked_at.lt(until))
        .order(open_lines::posting_id)
        .select((open_lines::posting_id, open_lines::amount))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, amount)| (PostingId(id), amount))
        .collect())
}

/// Claims the closing of an account in a period. False: somebody has closed it.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    period: PeriodId,
    account: AccountId,
    total: Money,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let claimed = diesel::insert_into(closings::table)
        .values((
            closings::period_id.eq(period.0),
            closings::account_id.eq(account.0),
            closings::total.eq(total.minor_units()),
            closings::closed_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(claimed == 1)
}

/// Every account of the period is closed.
pub async fn finish(conn: &mut AsyncPgConnection, id: PeriodId, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(periods::table.find(id.0).filter(periods::closed_at.is_null()))
        .set(periods::closed_at.eq(now))
        .execute(conn)
        .await
        .map(drop)
}
