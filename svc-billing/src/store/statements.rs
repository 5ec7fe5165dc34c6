//! The lines of statements and invoices.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::Money;
use uuid::Uuid;

use super::row;
use super::schema::{invoice_lines, postings, transactions};
use crate::domain::{AccountId, Actor, InvoiceId, LineReason, OrderId, PostingId, TransactionId};

/// A posting together with its transaction.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: PostingId,
    pub transaction: TransactionId,
    /// Debits positive.
    pub amount: Money,
    pub reason: LineReason,
    pub order: Option<OrderId>,
    /// The reason that the actor gave.
    pub note: String,
    pub by: Actor,
    pub booked_at: DateTime<Utc>,
}

#[derive(Queryable)]
struct LineRow {
    id: i64,
    transaction_id: Uuid,
    amount: i64,
    currency: String,
    reason: String,
    order_id: Option<Uuid>,
    note: String,
    actor_role: String,
    actor_id: String,
    booked_at: DateTime<Utc>,
}

macro_rules! columns {
    () => {
        (
            postings::id,
            postings::transaction_id,
            postings::amount,
            postings::currency,
            postings::reason,
            transactions::order_id,
            transactions::note,
            transactions::actor_role,
            transactions::actor_id,
            transactions::booked_at,
        )
    };
}

fn parse(rows: Vec<LineRow>) -> QueryResult<Vec<Line>> {
    let line = |line: LineRow| {
        Ok(Line {
            id: PostingId(line.id),
            transaction: TransactionId(line.transaction_id),
            amount: row::money(line.amount, &line.currency)?,
            reason: row::parse(&line.reason)?,
            order: line.order_id.map(OrderId),
            note: line.note,
            by: Actor::stored(&line.actor_role, line.actor_id),
            booked_at: line.booked_at,
        })
    };
    rows.into_iter().map(line).collect()
}

/// The next `limit` lines of an account, newest first.
pub async fn of_account(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let rows = postings::table
        .inner_join(transactions::table)
        .filter(postings::account_id.eq(account.0))
        .filter(postings::id.lt(before.unwrap_or(i64::MAX)))
        .order(postings::id.desc())
        .limit(limit)
        .select(columns!())
        .load(conn)
        .await?;
    parse(rows)
}

/// The first `limit` lines of an invoice, oldest first.
pub async fn of_invoice(
    conn: &mut AsyncPgConnection,
    invoice: InvoiceId,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let rows = invoice_lines::table
        .inner_join(postings::table.inner_join(transactions::table))
        .filter(invoice_lines::invoice_id.eq(invoice.0))
        .order(postings::id)
        .limit(limit)
        .select(columns!())
        .load(conn)
        .await?;
    parse(rows)
}
