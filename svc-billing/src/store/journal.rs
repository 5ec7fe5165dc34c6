//! The journal: transactions are booked and read, never changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Change, Events};
use uuid::Uuid;

use super::schema::{accounts as account, postings, transactions};
use super::{accounts, row};
use crate::Error;
use crate::domain::{
    Account, AccountId, Actor, Cause, Entry, OrderId, Owner, Posting, PostingId, Settings, Transaction,
    TransactionId,
};
use crate::events::convert;

struct Booking<'a> {
    settings: &'a Settings,
    transaction: &'a Transaction,
}

impl Change for Booking<'_> {
    type Written = Option<(TransactionId, Vec<Account>)>;
    type Error = Error;

    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<Self::Written, Error> {
        write(conn, self.settings, self.transaction).await
    }

    fn events(&self, booked: &Self::Written) -> Result<Events, Error> {
        match booked {
            Some((_, accounts)) => convert::events(accounts, &[]),
            None => Ok(Events::none()),
        }
    }
}

/// Books a transaction and announces the accounts of clients and workers that it moves. `None` if
/// the cause was booked before.
pub async fn book(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    transaction: &Transaction,
) -> Result<Option<TransactionId>, Error> {
    let booking = Booking {
        settings,
        transaction,
    };
    let booked = messaging::save(conn, &booking).await?;
    Ok(booked.map(|(id, _)| id))
}

/// Writes a transaction. Returns its id and the accounts to announce; `None` if the cause was
/// booked before.
///
/// The trigger on `postings` moves balances and open lines in the same statement, so that no other
/// writer can leave them behind.
pub(super) async fn write(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    transaction: &Transaction,
) -> Result<Option<(TransactionId, Vec<Account>)>, Error> {
    let own = settings.currency;
    if let Some(other) = transaction.currency().filter(|currency| *currency != own) {
        return Err(Error::CurrencyUnknown(other.code().to_owned()));
    }
    let (entry, lines) = (transaction.entry(), transaction.postings());
    let owners: Vec<&Owner> = lines.iter().map(|line| &line.owner).collect();
    let ids = accounts::resolve(conn, &owners, own, entry.booked_at).await?;
    let id = TransactionId::generate();
    if insert(conn, id, entry, lines, &ids).await? == 0 {
        return Ok(None);
    }
    let moved = accounts::announced(conn, &settings.calendar, &ids, entry.booked_at).await?;
    Ok(Some((id, moved)))
}

async fn insert(
    conn: &mut AsyncPgConnection,
    id: TransactionId,
    entry: &Entry,
    lines: &[Posting],
    accounts: &[AccountId],
) -> QueryResult<usize> {
    let accounts: Vec<Uuid> = accounts.iter().map(|id| id.0).collect();
    let amounts: Vec<i64> = lines.iter().map(|line| line.amount.minor_units()).collect();
    let currencies: Vec<&str> = lines.iter().map(|line| line.amount.currency().code()).collect();
    let reasons: Vec<&str> = lines.iter().map(|line| line.reason.into()).collect();
    diesel::sql_query(
        "WITH booked AS ( \
            INSERT INTO transactions (id, cause, order_id, note, actor_role, actor_id, occurred_at, booked_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (cause) DO NOTHING RETURNING id) \
        INSERT INTO postings (transaction_id, account_id, amount, currency, reason) \
        SELECT booked.id, line.* FROM booked, unnest($9, $10, $11, $12) line",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(entry.cause.as_str())
    .bind::<Nullable<SqlUuid>, _>(entry.order.map(|order| order.0))
    .bind::<Text, _>(&entry.note)
    .bind::<Text, _>(entry.by.role.claim())
    .bind::<Text, _>(&entry.by.id)
    .bind::<Timestamptz, _>(entry.occurred_at)
    .bind::<Timestamptz, _>(entry.booked_at)
    .bind::<Array<SqlUuid>, _>(accounts)
    .bind::<Array<BigInt>, _>(amounts)
    .bind::<Array<Text>, _>(currencies)
    .bind::<Array<Text>, _>(reasons)
    .execute(conn)
    .await
}

/// A transaction in the journal.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub id: TransactionId,
    /// Its place in lists.
    pub sequence: i64,
    pub entry: Entry,
    /// By id.
    pub postings: Vec<RecordedPosting>,
}

#[derive(Debug, Clone)]
pub struct RecordedPosting {
    pub id: PostingId,
    pub account: AccountId,
    pub posting: Posting,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = transactions)]
struct TransactionRow {
    id: Uuid,
    sequence: i64,
    cause: String,
    order_id: Option<Uuid>,
    note: String,
    actor_role: String,
    actor_id: String,
    occurred_at: DateTime<Utc>,
    booked_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = postings)]
struct PostingRow {
    id: i64,
    transaction_id: Uuid,
    account_id: Uuid,
    amount: i64,
    currency: String,
    reason: String,
}

pub async fn find(conn: &mut AsyncPgConnection, id: TransactionId) -> QueryResult<Option<Recorded>> {
    let rows = transactions::table
        .find(id.0)
        .select(TransactionRow::as_select())
        .load(conn)
        .await?;
    Ok(with_postings(conn, rows).await?.pop())
}

pub async fn find_caused_by(conn: &mut AsyncPgConnection, cause: &Cause) -> QueryResult<Option<Recorded>> {
    let rows = transactions::table
        .filter(transactions::cause.eq(cause.as_str()))
        .select(TransactionRow::as_select())
        .load(conn)
        .await?;
    Ok(with_postings(conn, rows).await?.pop())
}

/// The next `limit` transactions, of one order if given, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    order: Option<OrderId>,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<Recorded>> {
    let mut query = transactions::table
        .select(TransactionRow::as_select())
        .order(transactions::sequence.desc())
        .limit(limit)
        .into_boxed();
    if let Some(order) = order {
        query = query.filter(transactions::order_id.eq(order.0));
    }
    if let Some(before) = before {
        query = query.filter(transactions::sequence.lt(before));
    }
    let rows = query.load(conn).await?;
    with_postings(conn, rows).await
}

async fn with_postings(
    conn: &mut AsyncPgConnection,
    rows: Vec<TransactionRow>,
) -> QueryResult<Vec<Recorded>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut lines: Vec<(PostingRow, String, String)> = postings::table
        .inner_join(account::table)
        .filter(postings::transaction_id.eq_any(ids))
        .order(postings::id)
        .select((PostingRow::as_select(), account::owner_kind, account::owner))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let own = lines.extract_if(.., |(line, ..)| line.transaction_id == row.id);
            Ok(Recorded {
                id: TransactionId(row.id),
                sequence: row.sequence,
                entry: Entry {
                    cause: Cause::stored(row.cause),
                    order: row.order_id.map(OrderId),
                    note: row.note,
                    by: Actor::stored(&row.actor_role, row.actor_id),
                    occurred_at: row.occurred_at,
                    booked_at: row.booked_at,
                },
                postings: own.map(posting).collect::<QueryResult<_>>()?,
            })
        })
        .collect()
}

fn posting((line, kind, name): (PostingRow, String, String)) -> QueryResult<RecordedPosting> {
    Ok(RecordedPosting {
        id: PostingId(line.id),
        account: AccountId(line.account_id),
        posting: Posting {
            owner: row::owner(&kind, &name)?,
            amount: row::money(line.amount, &line.currency)?,
            reason: row::parse(&line.reason)?,
        },
    })
}

impl Recorded {
    /// Whether both move the same amounts, for the same order and with the same note. Times may
    /// differ.
    pub fn matches(&self, other: &Transaction) -> bool {
        self.entry.order == other.entry().order
            && self.entry.note == other.entry().note
            && self
                .postings
                .iter()
                .map(|line| &line.posting)
                .eq(other.postings())
    }
}
