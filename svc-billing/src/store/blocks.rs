//! The journal's blocks: what is sealed, what waits for it, and what an auditor reads.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{journal_blocks, postings, sealed_entries, transactions, unsealed};
use crate::domain::seal::{Hash, SealedPosting};
use crate::domain::{Actor, Cause, Entry, OrderId, TransactionId};

/// A sealed block.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = journal_blocks)]
pub struct BlockRow {
    /// From 1, without gaps.
    pub height: i64,
    /// The predecessor's hash.
    pub previous: Vec<u8>,
    /// Its own.
    pub hash: Vec<u8>,
    /// How many entries it seals.
    pub entries: i32,
}

/// An entry with its postings, as hashed.
#[derive(Debug, Clone)]
pub struct SealableEntry {
    /// The transaction.
    pub id: TransactionId,
    /// What it says.
    pub entry: Entry,
    /// Its postings, by id.
    pub postings: Vec<SealedPosting>,
}

/// The last block.
pub async fn last(conn: &mut AsyncPgConnection) -> QueryResult<Option<BlockRow>> {
    journal_blocks::table
        .order(journal_blocks::height.desc())
        .select(BlockRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Blocks above a height, lowest first.
pub async fn after(conn: &mut AsyncPgConnection, height: i64, limit: i64) -> QueryResult<Vec<BlockRow>> {
    journal_blocks::table
        .filter(journal_blocks::height.gt(height))
        .order(journal_blocks::height)
        .limit(limit)
        .select(BlockRow::as_select())
        .load(conn)
        .await
}

/// Transactions that wait for the next block, by id: the next `limit` after one.
pub async fn waiting(
    conn: &mut AsyncPgConnection,
    after: TransactionId,
    limit: i64,
) -> QueryResult<Vec<TransactionId>> {
    let ids: Vec<Uuid> = unsealed::table
        .filter(unsealed::transaction_id.gt(after.0))
        .order(unsealed::transaction_id)
        .limit(limit)
        .select(unsealed::transaction_id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(TransactionId).collect())
}

/// These transactions with their postings, in the order of `ids`. One that isn't there any more is left out.
pub async fn entries(conn: &mut AsyncPgConnection, ids: &[TransactionId]) -> QueryResult<Vec<SealableEntry>> {
    type Said = (
        Uuid,
        String,
        Option<Uuid>,
        String,
        String,
        String,
        DateTime<Utc>,
        DateTime<Utc>,
    );
    let raw: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut said: Vec<Said> = transactions::table
        .filter(transactions::id.eq_any(&raw))
        .select((
            transactions::id,
            transactions::cause,
            transactions::order_id,
            transactions::note,
            transactions::actor_role,
            transactions::actor_id,
            transactions::occurred_at,
            transactions::booked_at,
        ))
        .load(conn)
        .await?;
    said.sort_by_key(|row| raw.iter().position(|id| *id == row.0));
    let mut lines: Vec<(Uuid, SealedPosting)> = postings_of(conn, &raw).await?;
    Ok(said
        .into_iter()
        .map(
            |(id, cause, order, note, role, subject, occurred_at, booked_at)| SealableEntry {
                id: TransactionId(id),
                entry: Entry {
                    cause: Cause::recorded(&cause),
                    order: order.map(OrderId),
                    note,
                    by: Actor { role, id: subject },
                    occurred_at,
                    booked_at,
                },
                postings: lines
                    .extract_if(.., |(transaction, _)| *transaction == id)
                    .map(|(_, line)| line)
                    .collect(),
            },
        )
        .collect())
}

async fn postings_of(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, SealedPosting)>> {
    let rows: Vec<(Uuid, i64, Uuid, i64, String, String)> = postings::table
        .filter(postings::transaction_id.eq_any(ids))
        .order(postings::id)
        .select((
            postings::transaction_id,
            postings::id,
            postings::account_id,
            postings::amount,
            postings::currency,
            postings::reason,
        ))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(transaction, id, account, minor_units, currency, reason)| {
            let line = SealedPosting {
                id,
                account,
                minor_units,
                currency,
                reason,
            };
            (transaction, line)
        })
        .collect())
}

/// Appends a block over these entries, which wait no longer.
pub async fn append(
    conn: &mut AsyncPgConnection,
    block: &BlockRow,
    sealed: &[(TransactionId, Hash)],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(journal_blocks::table)
        .values((
            journal_blocks::height.eq(block.height),
            journal_blocks::previous.eq(&block.previous),
            journal_blocks::hash.eq(&block.hash),
            journal_blocks::entries.eq(block.entries),
            journal_blocks::sealed_at.eq(now),
        ))
        .execute(conn)
        .await?;
    let rows: Vec<_> = (0_i32..)
        .zip(sealed)
        .map(|(position, (id, digest))| {
            (
                sealed_entries::transaction_id.eq(id.0),
                sealed_entries::height.eq(block.height),
                sealed_entries::position.eq(position),
                sealed_entries::digest.eq(digest.0.to_vec()),
            )
        })
        .collect();
    diesel::insert_into(sealed_entries::table)
        .values(rows)
        .execute(conn)
        .await?;
    let ids: Vec<Uuid> = sealed.iter().map(|(id, _)| id.0).collect();
    diesel::delete(unsealed::table.filter(unsealed::transaction_id.eq_any(ids)))
        .execute(conn)
        .await
        .map(drop)
}

/// What a block says it seals: transactions and digests, by position.
pub async fn sealed_in(
    conn: &mut AsyncPgConnection,
    height: i64,
) -> QueryResult<Vec<(TransactionId, Vec<u8>)>> {
    let rows: Vec<(Uuid, Vec<u8>)> = sealed_entries::table
        .filter(sealed_entries::height.eq(height))
        .order(sealed_entries::position)
        .select((sealed_entries::transaction_id, sealed_entries::digest))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, digest)| (TransactionId(id), digest))
        .collect())
}

/// How many transactions no block seals.
pub async fn unsealed_count(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    transactions::table
        .left_join(sealed_entries::table)
        .filter(sealed_entries::height.is_null())
        .count()
        .get_result(conn)
        .await
}
