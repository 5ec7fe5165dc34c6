//! The proof that the ledger is what was booked (B10): seals, chain and sums, read in one snapshot.

use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use service_host::Database;

use crate::Error;
use crate::domain::TransactionId;
use crate::domain::seal::{Hash, block, digest};
use crate::store::blocks::{self, BlockRow};
use crate::store::proofs;

const BATCH: i64 = 50;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Entries whose seal was proved.
    pub entries: i64,
    /// Blocks whose hash was proved.
    pub blocks: i64,
    /// Entries that wait for their seal.
    pub unsealed: i64,
    /// The last block's hash.
    pub head: Hash,
    /// The first that is wrong.
    pub finding: Option<Finding>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The entry at fault, where one can be named.
    pub transaction: Option<TransactionId>,
    /// What is wrong with it.
    pub text: String,
}

/// Proves the whole ledger. `expected_head` is a head that somebody noted earlier: it has to be one of the chain's.
pub async fn verify(db: &Database, expected_head: Option<Hash>) -> Result<Report, Error> {
    db.transaction(async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        // One snapshot for all queries, or what is booked meanwhile looks like a hole.
        diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(conn)
            .await?;
        let mut report = chain(conn, expected_head).await?;
        report.unsealed = blocks::unsealed_count(conn).await?;
        if report.finding.is_none() {
            report.finding = proofs::wrong_sum(conn)
                .await?
                .map(|(transaction, text)| Finding { transaction, text });
        }
        Ok(report)
    })
    .await
}

async fn chain(conn: &mut AsyncPgConnection, expected_head: Option<Hash>) -> Result<Report, Error> {
    let mut report = Report {
        entries: 0,
        blocks: 0,
        unsealed: 0,
        head: Hash::GENESIS,
        finding: None,
    };
    let mut expected_seen = expected_head.is_none();
    loop {
        let batch = blocks::after(conn, report.blocks, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for block in batch {
            report.finding = prove(conn, &block, &report).await?;
            if report.finding.is_some() {
                return Ok(report);
            }
            report.blocks = block.height;
            report.entries += i64::from(block.entries);
            report.head = Hash::from_slice(&block.hash).unwrap_or(Hash::GENESIS);
            expected_seen |= expected_head == Some(report.head);
        }
    }
    if !expected_seen {
        report.finding = Some(finding(
            None,
            "the chain does not hold the expected head: it was rewritten",
        ));
    }
    Ok(report)
}

async fn prove(
    conn: &mut AsyncPgConnection,
    claimed: &BlockRow,
    so_far: &Report,
) -> Result<Option<Finding>, Error> {
    let height = claimed.height;
    if height != so_far.blocks + 1 || claimed.previous != so_far.head.0 {
        return Ok(Some(finding(
            None,
            &format!("block {height} does not follow block {}", so_far.blocks),
        )));
    }
    let sealed = blocks::sealed_in(conn, height).await?;
    let ids: Vec<TransactionId> = sealed.iter().map(|(id, _)| *id).collect();
    let entries = blocks::entries(conn, &ids).await?;
    let mut digests = Vec::with_capacity(sealed.len());
    let mut found = entries.iter();
    for (id, noted) in &sealed {
        let Some(entry) = found.next().filter(|entry| entry.id == *id) else {
            return Ok(Some(finding(
                Some(*id),
                &format!("it is sealed in block {height} and is gone"),
            )));
        };
        let proved = digest(entry.id, &entry.entry, &entry.postings);
        if proved.0.as_slice() != noted.as_slice() {
            return Ok(Some(finding(
                Some(*id),
                &format!("it is not what block {height} sealed"),
            )));
        }
        digests.push(proved);
    }
    let whole = i64::from(claimed.entries) == i64::try_from(digests.len()).unwrap_or(i64::MAX)
        && block(so_far.head, height, &digests).0.as_slice() == claimed.hash.as_slice();
    Ok((!whole).then(|| finding(None, &format!("block {height} does not hold what it sealed"))))
}

fn finding(transaction: Option<TransactionId>, text: &str) -> Finding {
    let text = text.to_owned();
    Finding { transaction, text }
}
