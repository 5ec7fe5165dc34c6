//! The journal: transactions are booked, announced and read here, and never changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use uuid::Uuid;

use super::accounts;
use super::schema::{accounts as account, postings, transactions};
use crate::Error;
use crate::domain::{
    AccountId, Actor, Cause, Entry, LineReason, OrderId, Owner, OwnerKind, Posting, PostingId, Settings,
    Transaction, TransactionId,
};
use crate::events::publish;

/// What booking came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// Booked under this id.
    Now(TransactionId),
    /// Its cause was booked before; nothing happened.
    Before,
}

/// Books a transaction and announces every client's and worker's account that it moves.
///
/// Balances and open lines move in the same statement: the trigger on `postings` does it, so that no path leads around.
pub async fn book(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    transaction: &Transaction,
) -> Result<Booked, Error> {
    if let Some(other) = transaction
        .currency()
        .filter(|currency| *currency != settings.currency)
    {
        return Err(Error::CurrencyUnknown(other.code().to_owned()));
    }
    let (entry, lines) = (transaction.entry(), transaction.postings());
    let owners: Vec<&Owner> = lines.iter().map(|line| &line.owner).collect();
    let ids = accounts::resolve(conn, &owners, settings.currency, entry.booked_at).await?;
    let id = TransactionId(Uuid::now_v7());
    if insert(conn, id, entry, lines, &ids).await? == 0 {
        return Ok(Booked::Before);
    }
    announce(conn, settings, &ids, entry.booked_at).await?;
    Ok(Booked::Now(id))
}

/// Tells everybody how these accounts stand now. The company's own are nobody else's business.
pub async fn announce(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    ids: &[AccountId],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for account in accounts::get_all(conn, ids).await? {
        let kind = account.owner.kind();
        if kind == OwnerKind::Company {
            continue;
        }
        let next_closing = settings.calendar.next_closing(kind, now);
        publish::account(conn, &account, next_closing).await?;
        if next_closing != account.announced_closing {
            accounts::announced(conn, account.id, next_closing).await?;
        }
    }
    Ok(())
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
    let reasons: Vec<&str> = lines.iter().map(|line| line.reason.as_str()).collect();
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
    .bind::<Text, _>(&entry.by.role)
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

/// A transaction as it lies in the journal.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its id.
    pub id: TransactionId,
    /// Its place in lists.
    pub sequence: i64,
    /// Its cause, as text.
    pub cause: String,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// Why, in somebody's words.
    pub note: String,
    /// Who did it.
    pub by: Actor,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was booked.
    pub booked_at: DateTime<Utc>,
    /// Its postings, by id.
    pub postings: Vec<RecordedPosting>,
}

/// A posting as it lies in the journal.
#[derive(Debug, Clone)]
pub struct RecordedPosting {
    /// Its id.
    pub id: PostingId,
    /// Its account.
    pub account: AccountId,
    /// Whose, how much, why.
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

/// One transaction.
pub async fn find(conn: &mut AsyncPgConnection, id: TransactionId) -> Result<Option<Recorded>, Error> {
    let rows = transactions::table
        .find(id.0)
        .select(TransactionRow::as_select())
        .load(conn)
        .await?;
    Ok(with_postings(conn, rows).await?.pop())
}

/// The transaction that this cause booked.
pub async fn find_caused_by(conn: &mut AsyncPgConnection, cause: &Cause) -> Result<Option<Recorded>, Error> {
    let rows = transactions::table
        .filter(transactions::cause.eq(cause.as_str()))
        .select(TransactionRow::as_select())
        .load(conn)
        .await?;
    Ok(with_postings(conn, rows).await?.pop())
}

/// Transactions, newest first: of one order if given, before a place if given.
pub async fn list(
    conn: &mut AsyncPgConnection,
    order: Option<OrderId>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
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
) -> Result<Vec<Recorded>, Error> {
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
                cause: row.cause,
                order: row.order_id.map(OrderId),
                note: row.note,
                by: Actor {
                    role: row.actor_role,
                    id: row.actor_id,
                },
                occurred_at: row.occurred_at,
                booked_at: row.booked_at,
                postings: own.map(posting).collect::<Result<_, Error>>()?,
            })
        })
        .collect()
}

fn posting((row, kind, name): (PostingRow, String, String)) -> Result<RecordedPosting, Error> {
    Ok(RecordedPosting {
        id: PostingId(row.id),
        account: AccountId(row.account_id),
        posting: Posting {
            owner: Owner::from_words(&kind, &name)?,
            amount: Money::new(row.amount, row.currency.parse()?),
            reason: row.reason.parse::<LineReason>()?,
        },
    })
}

impl Recorded {
    /// Whether it moved what this transaction would move, for the same reason. When is another matter.
    pub fn says(&self, other: &Transaction) -> bool {
        let entry = other.entry();
        self.order == entry.order
            && self.note == entry.note
            && self
                .postings
                .iter()
                .map(|line| &line.posting)
                .eq(other.postings())
    }

    /// What its seal covers, besides id and postings.
    pub fn entry(&self) -> Entry {
        Entry {
            cause: Cause::recorded(&self.cause),
            order: self.order,
            note: self.note.clone(),
            by: self.by.clone(),
            occurred_at: self.occurred_at,
            booked_at: self.booked_at,
        }
    }
}
