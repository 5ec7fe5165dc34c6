//! The blocks of the journal, the entries that wait for one, and the entries as they are hashed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{journal_blocks, postings, sealed_entries, transactions, unsealed_entries};
use crate::domain::TransactionId;
use crate::domain::seal::{Hash, JournalEntry, JournalPosting};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = journal_blocks)]
pub struct BlockRow {
    /// From 1, without gaps.
    pub height: i64,
    /// The hash of the block before it.
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
    pub entries: i32,
    pub sealed_at: DateTime<Utc>,
}

pub async fn last(conn: &mut AsyncPgConnection) -> QueryResult<Option<BlockRow>> {
    journal_blocks::table
        .order(journal_blocks::height.desc())
        .select(BlockRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The next `limit` blocks above a height.
pub async fn after(conn: &mut AsyncPgConnection, height: i64, limit: i64) -> QueryResult<Vec<BlockRow>> {
    journal_blocks::table
        .filter(journal_blocks::height.gt(height))
        .order(journal_blocks::height)
        .limit(limit)
        .select(BlockRow::as_select())
        .load(conn)
        .await
}

/// The next `limit` unsealed transactions, by id.
pub async fn unsealed(
    conn: &mut AsyncPgConnection,
    after: TransactionId,
    limit: i64,
) -> QueryResult<Vec<TransactionId>> {
    let ids: Vec<Uuid> = unsealed_entries::table
        .filter(unsealed_entries::transaction_id.gt(after.0))
        .order(unsealed_entries::transaction_id)
        .limit(limit)
        .select(unsealed_entries::transaction_id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(TransactionId).collect())
}

/// These transactions as the journal stores them, in the order of `ids`. Missing ones are left out.
pub async fn entries(conn: &mut AsyncPgConnection, ids: &[TransactionId]) -> QueryResult<Vec<JournalEntry>> {
    type Columns = (
        Uuid,
        String,
        Option<Uuid>,
        String,
        String,
        String,
        DateTime<Utc>,
        DateTime<Utc>,
    );
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut rows: Vec<Columns> = transactions::table
        .filter(transactions::id.eq_any(&ids))
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
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.0));
    let mut lines = postings_of(conn, &ids).await?;
    let entry = |row: Columns| {
        let (transaction_id, cause, order_id, note, actor_role, actor_id, occurred_at, booked_at) = row;
        let own = lines.extract_if(.., |(of, _)| *of == transaction_id);
        JournalEntry {
            postings: own.map(|(_, posting)| posting).collect(),
            transaction_id,
            cause,
            order_id,
            note,
            actor_role,
            actor_id,
            occurred_at,
            booked_at,
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

async fn postings_of(
    conn: &mut AsyncPgConnection,
    transactions: &[Uuid],
) -> QueryResult<Vec<(Uuid, JournalPosting)>> {
    let rows: Vec<(Uuid, i64, Uuid, i64, String, String)> = postings::table
        .filter(postings::transaction_id.eq_any(transactions))
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
    let posting = |(transaction, id, account_id, amount, currency, reason)| {
        let posting = JournalPosting {
            id,
            account_id,
            amount,
            currency,
            reason,
        };
        (transaction, posting)
    };
    Ok(rows.into_iter().map(posting).collect())
}

/// Appends a block that seals these entries.
pub async fn append(
    conn: &mut AsyncPgConnection,
    block: &BlockRow,
    sealed: &[(TransactionId, Hash)],
) -> QueryResult<()> {
    diesel::insert_into(journal_blocks::table)
        .values(block)
        .execute(conn)
        .await?;
    let entry = |(position, (id, digest)): (i32, &(TransactionId, Hash))| {
        (
            sealed_entries::transaction_id.eq(id.0),
            sealed_entries::height.eq(block.height),
            sealed_entries::position.eq(position),
            sealed_entries::digest.eq(digest.0.to_vec()),
        )
    };
    diesel::insert_into(sealed_entries::table)
        .values((0_i32..).zip(sealed).map(entry).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    let ids = sealed.iter().map(|(id, _)| id.0);
    diesel::delete(unsealed_entries::table.filter(unsealed_entries::transaction_id.eq_any(ids)))
        .execute(conn)
        .await
        .map(drop)
}

/// The transactions that a block seals and their digests, by position.
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
    let sealed = |(id, digest)| (TransactionId(id), digest);
    Ok(rows.into_iter().map(sealed).collect())
}

/// The number of transactions that no block seals.
pub async fn unsealed_count(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    transactions::table
        .left_join(sealed_entries::table)
        .filter(sealed_entries::height.is_null())
        .count()
        .get_result(conn)
        .await
}
