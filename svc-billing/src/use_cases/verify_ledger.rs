//! B10: verifies seals, chain and sums of the ledger in one snapshot.

use std::fmt;

use diesel_async::AsyncPgConnection;

use crate::Error;
use crate::domain::TransactionId;
use crate::domain::seal::{Hash, block};
use crate::store::blocks::{self, BlockRow};
use crate::store::proofs;

const BATCH: i64 = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The number of entries whose seal was verified.
    pub entries: i64,
    /// The number of blocks whose hash was verified.
    pub blocks: i64,
    /// The number of entries that wait for their seal.
    pub unsealed: i64,
    /// The hash of the last block.
    pub head: Hash,
    /// The first thing that is wrong.
    pub finding: Option<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The corrupt entry, if it is one entry.
    pub transaction: Option<TransactionId>,
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transaction {
            Some(id) => write!(f, "entry {id} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Verifies the whole ledger. `expected_head` is a head that was noted earlier; the chain must
/// contain it. Must be the first statement of its transaction.
pub async fn verify_ledger(
    conn: &mut AsyncPgConnection,
    expected_head: Option<Hash>,
) -> Result<Report, Error> {
    proofs::read_one_snapshot(conn).await?;
    let mut report = chain(conn, expected_head).await?;
    report.unsealed = blocks::unsealed_count(conn).await?;
    if report.finding.is_none() {
        report.finding = proofs::first_finding(conn)
            .await?
            .map(|(transaction, text)| Finding { transaction, text });
    }
    Ok(report)
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
            report.finding = verify_block(conn, &block, &report).await?;
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
        let text = "the expected head is not in the chain: the journal was rewritten".to_owned();
        report.finding = finding(None, text);
    }
    Ok(report)
}

async fn verify_block(
    conn: &mut AsyncPgConnection,
    stored: &BlockRow,
    so_far: &Report,
) -> Result<Option<Finding>, Error> {
    let height = stored.height;
    if height != so_far.blocks + 1 || stored.previous != so_far.head.0 {
        let text = format!("block {height} does not follow block {}", so_far.blocks);
        return Ok(finding(None, text));
    }
    let sealed = blocks::sealed_in(conn, height).await?;
    let ids: Vec<TransactionId> = sealed.iter().map(|(id, _)| *id).collect();
    let entries = blocks::entries(conn, &ids).await?;
    let mut digests = Vec::with_capacity(sealed.len());
    let mut found = entries.iter();
    for (id, stored) in &sealed {
        let Some(entry) = found.next().filter(|entry| entry.transaction_id == id.0) else {
            let text = format!("is sealed in block {height} and missing in the journal");
            return Ok(finding(Some(*id), text));
        };
        let digest = entry.digest();
        if digest.0.as_slice() != stored.as_slice() {
            let text = format!("does not match its digest in block {height}");
            return Ok(finding(Some(*id), text));
        }
        digests.push(digest);
    }
    let matches = i64::from(stored.entries) == i64::try_from(digests.len()).unwrap_or(i64::MAX)
        && block(so_far.head, height, &digests).0.as_slice() == stored.hash.as_slice();
    if matches {
        return Ok(None);
    }
    Ok(finding(None, format!("block {height} does not match its hash")))
}

#[allow(clippy::unnecessary_wraps, reason = "every caller needs an option")]
fn finding(transaction: Option<TransactionId>, text: String) -> Option<Finding> {
    Some(Finding { transaction, text })
}
