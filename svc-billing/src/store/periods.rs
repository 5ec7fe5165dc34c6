//! Periods, and the accounts that a period has to close (B7). The database refuses overlapping
//! periods and a second closing of an account in one period, also when two replicas race.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::telemetry;
use uuid::Uuid;

use super::row;
use super::schema::{open_lines, periods};
use crate::domain::{AccountId, OwnerKind, Period, PeriodId, PostingId};

/// A period and the progress of its closing.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Newer periods have greater ids.
    pub id: PeriodId,
    pub kind: OwnerKind,
    pub period: Period,
    /// When the last account was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// The number of accounts that got an invoice.
    pub invoices: i64,
    /// The number of accounts without one.
    pub carried_over: i64,
}

#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    owner_kind: String,
    #[diesel(sql_type = Timestamptz)]
    starts_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    ends_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    invoices: i64,
    #[diesel(sql_type = BigInt)]
    carried_over: i64,
}

impl ListedRow {
    fn parse(self) -> QueryResult<Listed> {
        Ok(Listed {
            id: PeriodId(self.id),
            kind: row::parse(&self.owner_kind)?,
            period: Period {
                starts_at: self.starts_at,
                ends_at: self.ends_at,
            },
            closed_at: self.closed_at,
            invoices: self.invoices,
            carried_over: self.carried_over,
        })
    }
}

const SELECT: &str = "SELECT id, owner_kind, starts_at, ends_at, closed_at, \
    (SELECT count(*) FROM closings WHERE period_id = period.id AND total > 0) AS invoices, \
    (SELECT count(*) FROM closings WHERE period_id = period.id AND total <= 0) AS carried_over \
    FROM periods period";

/// Opens a period for closing. It begins at the end of the last period; only the first period
/// begins as `period` says. `None` if the last period ends at or after `period.ends_at`.
pub async fn open(
    conn: &mut AsyncPgConnection,
    kind: OwnerKind,
    period: Period,
    now: DateTime<Utc>,
) -> QueryResult<Option<PeriodId>> {
    // A replica that opens the same period waits here, and then finds it open.
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('billing.periods', 0))")
        .execute(conn)
        .await?;
    let last: Option<DateTime<Utc>> = periods::table
        .filter(periods::owner_kind.eq(<&str>::from(kind)))
        .select(diesel::dsl::max(periods::ends_at))
        .first(conn)
        .await?;
    let starts_at = last.unwrap_or(period.starts_at);
    if starts_at >= period.ends_at {
        return Ok(None);
    }
    let id = PeriodId::generate();
    diesel::insert_into(periods::table)
        .values((
            periods::id.eq(id.0),
            periods::owner_kind.eq(<&str>::from(kind)),
            periods::starts_at.eq(starts_at),
            periods::ends_at.eq(period.ends_at),
            periods::opened_at.eq(now),
            periods::traceparent.eq(telemetry::trace_context()),
        ))
        .execute(conn)
        .await?;
    Ok(Some(id))
}

/// A period with open accounts.
#[derive(Debug, Clone)]
pub struct Unfinished {
    pub id: PeriodId,
    pub kind: OwnerKind,
    pub period: Period,
    /// The trace in which the period was opened.
    pub traceparent: Option<String>,
}

/// Periods with open accounts, oldest first.
pub async fn unfinished(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Unfinished>> {
    type Columns = (Uuid, String, DateTime<Utc>, DateTime<Utc>, Option<String>);
    let rows: Vec<Columns> = periods::table
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
    let period = |(id, kind, starts_at, ends_at, traceparent): Columns| {
        Ok(Unfinished {
            id: PeriodId(id),
            kind: row::parse(&kind)?,
            period: Period { starts_at, ends_at },
            traceparent,
        })
    };
    rows.into_iter().map(period).collect()
}

/// The period that ends at this time.
pub async fn ending_at(
    conn: &mut AsyncPgConnection,
    kind: OwnerKind,
    ends_at: DateTime<Utc>,
) -> QueryResult<Option<Listed>> {
    let found: Option<ListedRow> =
        diesel::sql_query(format!("{SELECT} WHERE owner_kind = $1 AND ends_at = $2"))
            .bind::<Text, _>(<&str>::from(kind))
            .bind::<Timestamptz, _>(ends_at)
            .get_result(conn)
            .await
            .optional()?;
    found.map(ListedRow::parse).transpose()
}

/// The next `limit` periods, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    kind: Option<OwnerKind>,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Listed>> {
    let found: Vec<ListedRow> = diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR owner_kind = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind::<Nullable<Text>, _>(kind.map(<&str>::from))
    .bind::<Nullable<SqlUuid>, _>(before)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    found.into_iter().map(ListedRow::parse).collect()
}

/// The next `limit` accounts, by id, that have open lines in the period and are not closed in it.
pub async fn accounts_to_close(
    conn: &mut AsyncPgConnection,
    period: &Unfinished,
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
    .bind::<SqlUuid, _>(period.id.0)
    .bind::<Text, _>(<&str>::from(period.kind))
    .bind::<Timestamptz, _>(period.period.ends_at)
    .bind::<SqlUuid, _>(after.0)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|row| AccountId(row.account_id)).collect())
}

/// An account's open lines that were booked before `until`, oldest first, with their amounts
/// (debits positive).
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

/// Stores that all accounts of the period are closed.
pub async fn finish(conn: &mut AsyncPgConnection, id: PeriodId, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(periods::table.find(id.0).filter(periods::closed_at.is_null()))
        .set(periods::closed_at.eq(now))
        .execute(conn)
        .await
        .map(drop)
}
