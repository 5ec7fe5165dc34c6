//! Lines as their account's owner reads them: statements and invoices.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{invoice_lines, postings, transactions};
use crate::domain::{AccountId, InvoiceId};

/// One posting with what its transaction says.
#[derive(Debug, Clone, Queryable)]
pub struct LineRow {
    /// The posting's id.
    pub id: i64,
    /// Its transaction.
    pub transaction_id: Uuid,
    /// Debits positive.
    pub amount: i64,
    /// The currency's code.
    pub currency: String,
    /// The reason's word.
    pub reason: String,
    /// The order that it is about.
    pub order_id: Option<Uuid>,
    /// Why, in somebody's words.
    pub note: String,
    /// Who did it: the role.
    pub actor_role: String,
    /// Who did it: the subject.
    pub actor_id: String,
    /// When it was booked.
    pub booked_at: DateTime<Utc>,
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

/// An account's lines, newest first.
pub async fn of_account(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<LineRow>> {
    postings::table
        .inner_join(transactions::table)
        .filter(postings::account_id.eq(account.0))
        .filter(postings::id.lt(before.unwrap_or(i64::MAX)))
        .order(postings::id.desc())
        .limit(limit)
        .select(columns!())
        .load(conn)
        .await
}

/// An invoice's lines, oldest first, at most `limit`.
pub async fn of_invoice(
    conn: &mut AsyncPgConnection,
    invoice: InvoiceId,
    limit: i64,
) -> QueryResult<Vec<LineRow>> {
    invoice_lines::table
        .inner_join(postings::table.inner_join(transactions::table))
        .filter(invoice_lines::invoice_id.eq(invoice.0))
        .order(postings::id)
        .limit(limit)
        .select(columns!())
        .load(conn)
        .await
}
