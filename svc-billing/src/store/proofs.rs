//! Checks of sums (B10). Each query returns its first finding, or no row.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::TransactionId;

/// A finding may cause findings of later checks, so the order matters.
const PROOFS: [&str; 6] = [
    // Every transaction balances.
    "SELECT cause.id AS transaction_id, \
         'has ' || count(line.id) || ' postings, which sum to ' || coalesce(sum(line.amount), 0) AS finding \
     FROM transactions cause LEFT JOIN postings line ON line.transaction_id = cause.id \
     GROUP BY cause.id, cause.sequence \
     HAVING coalesce(sum(line.amount), 0) <> 0 OR count(line.id) < 2 ORDER BY cause.sequence LIMIT 1",
    // Every balance is the sum of its postings.
    "SELECT NULL::uuid AS transaction_id, 'the balance of account ' || account.id || ' is ' || account.balance || \
         ', and its postings sum to ' || coalesce(sum(line.amount), 0) AS finding \
     FROM accounts account LEFT JOIN postings line ON line.account_id = account.id \
     GROUP BY account.id HAVING account.balance <> coalesce(sum(line.amount), 0) ORDER BY account.id LIMIT 1",
    // The sum that a client has paid decides the client's discount.
    "SELECT NULL::uuid AS transaction_id, 'account ' || account.id || ' has settled ' || account.paid || \
         ', and its payments and payouts sum to ' || coalesce(sum(abs(line.amount)), 0) AS finding \
     FROM accounts account LEFT JOIN postings line ON line.account_id = account.id \
         AND account.owner_kind <> 'company' AND line.reason IN ('payment', 'payout') \
     GROUP BY account.id HAVING account.paid <> coalesce(sum(abs(line.amount)), 0) ORDER BY account.id LIMIT 1",
    // Every invoice is the sum of its lines, and all of them are lines of its account.
    "SELECT NULL::uuid AS transaction_id, 'invoice ' || invoice.number || ' shows ' || invoice.amount || ' for ' || \
         invoice.line_count || ' lines, and has ' || count(line.id) || ' that sum to ' || \
         coalesce(sum(line.amount * owner.sign), 0) AS finding \
     FROM invoices invoice \
     JOIN (SELECT id, CASE owner_kind WHEN 'worker' THEN -1 ELSE 1 END AS sign FROM accounts) owner \
         ON owner.id = invoice.account_id \
     LEFT JOIN invoice_lines held ON held.invoice_id = invoice.id \
     LEFT JOIN postings line ON line.id = held.posting_id AND line.account_id = invoice.account_id \
     GROUP BY invoice.id \
     HAVING invoice.amount <> coalesce(sum(line.amount * owner.sign), 0) \
         OR invoice.line_count <> count(line.id) OR count(line.id) <> count(held.posting_id) \
     ORDER BY invoice.sequence LIMIT 1",
    // Every line of a client or worker is either open or in an invoice, so that it is charged once.
    "SELECT line.transaction_id, 'has line ' || line.id || CASE WHEN held.posting_id IS NULL \
         THEN ', which is neither open nor in an invoice' ELSE ', which is open and in an invoice' END AS finding \
     FROM postings line JOIN accounts account ON account.id = line.account_id AND account.owner_kind <> 'company' \
     LEFT JOIN open_lines open ON open.posting_id = line.id AND open.account_id = line.account_id \
         AND open.amount = line.amount \
     LEFT JOIN invoice_lines held ON held.posting_id = line.id \
     WHERE line.reason NOT IN ('payment', 'payout') AND (open.posting_id IS NULL) = (held.posting_id IS NULL) \
     ORDER BY line.id LIMIT 1",
    // Every transaction is sealed or waits for its seal.
    "SELECT cause.id AS transaction_id, 'is neither sealed nor waiting for its seal' AS finding \
     FROM transactions cause \
     WHERE NOT EXISTS (SELECT FROM sealed_entries WHERE transaction_id = cause.id) \
       AND NOT EXISTS (SELECT FROM unsealed_entries WHERE transaction_id = cause.id) ORDER BY cause.sequence LIMIT 1",
];

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    transaction_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    finding: String,
}

/// Makes all queries of this transaction read the same state. Otherwise a transaction that is
/// booked between two queries would look like a gap.
pub async fn read_one_snapshot(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(conn)
        .await
        .map(drop)
}

/// The first finding: the transaction, where it concerns one, and a description.
pub async fn first_finding(
    conn: &mut AsyncPgConnection,
) -> QueryResult<Option<(Option<TransactionId>, String)>> {
    for proof in PROOFS {
        let found: Option<Found> = diesel::sql_query(proof).get_result(conn).await.optional()?;
        if let Some(found) = found {
            return Ok(Some((found.transaction_id.map(TransactionId), found.finding)));
        }
    }
    Ok(None)
}
