//! B10: seals booked entries into blocks.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;
use uuid::Uuid;

use crate::Error;
use crate::domain::TransactionId;
use crate::domain::seal::{Hash, block};
use crate::store::blocks::{self, BlockRow};

const BLOCK: i64 = 500;

/// Seals all waiting entries, and logs each head as an anchor outside of the database. If a block
/// cannot be sealed, its size is halved until the failing entry is alone; that entry is left out,
/// and its error is returned.
pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    let mut result = Ok(());
    let mut after = TransactionId(Uuid::nil());
    let mut size = BLOCK;
    loop {
        let waiting = blocks::unsealed(&mut *db.connection().await?, after, size).await?;
        let Some(last) = waiting.last() else {
            return result;
        };
        let sealed = db
            .transaction(async |conn: &mut AsyncPgConnection| seal(conn, &waiting, now).await)
            .await;
        match sealed {
            Ok(block) => {
                tracing::info!(
                    block.height = block.height,
                    block.head = %Hash::from_slice(&block.hash).unwrap_or(Hash::GENESIS),
                    block.entries = block.entries,
                    "sealed a block of the journal"
                );
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

async fn seal(
    conn: &mut AsyncPgConnection,
    waiting: &[TransactionId],
    now: DateTime<Utc>,
) -> Result<BlockRow, Error> {
    let entries = blocks::entries(conn, waiting).await?;
    let sealed: Vec<(TransactionId, Hash)> = entries
        .iter()
        .map(|entry| (TransactionId(entry.transaction_id), entry.digest()))
        .collect();
    let last = blocks::last(conn).await?;
    let (height, previous) = last.map_or((1, Hash::GENESIS), |last| {
        let head = Hash::from_slice(&last.hash).unwrap_or(Hash::GENESIS);
        (last.height + 1, head)
    });
    let digests: Vec<Hash> = sealed.iter().map(|(_, digest)| *digest).collect();
    let row = BlockRow {
        height,
        previous: previous.0.to_vec(),
        hash: block(previous, height, &digests).0.to_vec(),
        entries: i32::try_from(sealed.len()).map_err(|_| money::Error::Overflow)?,
        sealed_at: now,
    };
    blocks::append(conn, &row, &sealed).await?;
    Ok(row)
}
