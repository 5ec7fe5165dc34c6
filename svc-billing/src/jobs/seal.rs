//! What was booked is sealed into blocks (B10).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;

use crate::Error;
use crate::domain::TransactionId;
use crate::domain::seal::{Hash, block, digest};
use crate::store::blocks::{self, BlockRow};

const BLOCK: i64 = 500;

/// Seals everything that waits. The head goes to the log as well: an anchor outside of the database.
pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let sealed = db
            .transaction(async |conn: &mut AsyncPgConnection| seal(conn, now).await)
            .await?;
        let Some(block) = sealed else {
            return Ok(());
        };
        tracing::info!(
            block.height = block.height,
            block.head = %Hash::from_slice(&block.hash).unwrap_or(Hash::GENESIS),
            block.entries = block.entries,
            "the journal is sealed up to here"
        );
    }
}

async fn seal(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<Option<BlockRow>, Error> {
    let waiting = blocks::waiting(conn, BLOCK).await?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let entries = blocks::entries(conn, &waiting).await?;
    let sealed: Vec<(TransactionId, Hash)> = entries
        .iter()
        .map(|entry| (entry.id, digest(entry.id, &entry.entry, &entry.postings)))
        .collect();
    let last = blocks::last(conn).await?;
    let (height, previous) = match &last {
        Some(block) => (
            block.height + 1,
            Hash::from_slice(&block.hash).unwrap_or(Hash::GENESIS),
        ),
        None => (1, Hash::GENESIS),
    };
    let digests: Vec<Hash> = sealed.iter().map(|(_, digest)| *digest).collect();
    let row = BlockRow {
        height,
        previous: previous.0.to_vec(),
        hash: block(previous, height, &digests).0.to_vec(),
        entries: i32::try_from(sealed.len()).map_err(|_| money::Error::Overflow)?,
    };
    blocks::append(conn, &row, &sealed, now).await?;
    Ok(Some(row))
}
