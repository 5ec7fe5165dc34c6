//! What was booked is sealed into blocks (B10).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;
use uuid::Uuid;

use crate::Error;
use crate::domain::TransactionId;
use crate::domain::seal::{Hash, block, digest};
use crate::store::blocks::{self, BlockRow};

const BLOCK: i64 = 500;

/// Seals everything that waits. The head goes to the log as well: an anchor outside of the database. An entry that can't
/// be sealed does not keep the others: blocks get smaller until it stands alone, and it is left out. Its error comes back.
pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    let mut result = Ok(());
    let mut after = TransactionId(Uuid::nil());
    let mut size = BLOCK;
    loop {
        let waiting = blocks::waiting(&mut *db.connection().await?, after, size).await?;
        let Some(last) = waiting.last() else {
            return result;
        };
        let sealed = db
            .transaction(async |conn: &mut AsyncPgConnection| seal(conn, &waiting, now).await)
            .await;
        match sealed {
            Ok(block) => {
                tell(&block);
                after = *last;
                size = size.saturating_mul(2).min(BLOCK);
            }
            Err(_) if waiting.len() > 1 => size = i64::try_from(waiting.len() / 2).unwrap_or(1),
            Err(error) => {
                result = result.and(Err(error));
                after = *last;
            }
        }
    }
}

fn tell(block: &BlockRow) {
    tracing::info!(
        block.height = block.height,
        block.head = %Hash::from_slice(&block.hash).unwrap_or(Hash::GENESIS),
        block.entries = block.entries,
        "the journal is sealed up to here"
    );
}

async fn seal(
    conn: &mut AsyncPgConnection,
    waiting: &[TransactionId],
    now: DateTime<Utc>,
) -> Result<BlockRow, Error> {
    let entries = blocks::entries(conn, waiting).await?;
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
    Ok(row)
}
