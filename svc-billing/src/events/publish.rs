//! What billing tells the others, written in the transaction that makes it true.

use billing_contract::v1 as pb;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use messaging::publish;

use crate::Error;
use crate::domain::{Account, Attempt, Invoice};
use crate::wire;

/// A client's or worker's account as it is now (B11).
pub async fn account(
    conn: &mut AsyncPgConnection,
    account: &Account,
    next_closing: DateTime<Utc>,
) -> Result<(), Error> {
    let kind = account.owner.kind();
    let event = pb::AccountState {
        account_id: account.id.to_string(),
        version: account.version,
        owner_kind: wire::owner_kind(kind).into(),
        owner_id: account.owner.name(),
        balance: Some(wire::money(kind.as_owner_sees(account.balance)?)),
        cumulative_paid: Some(wire::money(account.paid)),
        due_at_next_closing: Some(wire::money(kind.as_owner_sees(account.open)?)),
        next_closing: Some(wire::timestamp(next_closing)),
        as_of: Some(wire::timestamp(account.changed_at)),
    };
    Ok(publish(conn, &event).await?)
}

/// A period was closed with an invoice.
pub async fn invoice_issued(conn: &mut AsyncPgConnection, invoice: &Invoice) -> QueryResult<()> {
    let event = pb::InvoiceIssued {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_id: invoice.owner.name(),
        at: Some(wire::timestamp(invoice.issued_at)),
        amount: Some(wire::money(invoice.amount)),
        owner_kind: wire::owner_kind(invoice.owner.kind()).into(),
        period: Some(wire::slot(invoice.period)),
        line_count: invoice.line_count,
    };
    publish(conn, &event).await
}

/// A client paid.
pub async fn payment_succeeded(
    conn: &mut AsyncPgConnection,
    invoice: &Invoice,
    attempt: &Attempt,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let event = pb::PaymentSucceeded {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_id: invoice.owner.name(),
        at: Some(wire::timestamp(at)),
        amount: Some(wire::money(invoice.amount)),
        payment_id: attempt.id.to_string(),
        attempt: number(attempt),
    };
    publish(conn, &event).await
}

/// A charge was declined; it is tried again at `next`, if there is a next time.
pub async fn payment_failed(
    conn: &mut AsyncPgConnection,
    invoice: &Invoice,
    attempt: &Attempt,
    reason: &str,
    next: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let event = pb::PaymentFailed {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_id: invoice.owner.name(),
        at: Some(wire::timestamp(at)),
        amount: Some(wire::money(invoice.amount)),
        payment_id: attempt.id.to_string(),
        attempt: number(attempt),
        reason: reason.to_owned(),
        next_attempt_at: next.map(wire::timestamp),
    };
    publish(conn, &event).await
}

/// Every attempt to charge the client failed.
pub async fn invoice_overdue(
    conn: &mut AsyncPgConnection,
    invoice: &Invoice,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let event = pb::InvoiceOverdue {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_id: invoice.owner.name(),
        at: Some(wire::timestamp(at)),
        amount: Some(wire::money(invoice.amount)),
    };
    publish(conn, &event).await
}

/// A worker was paid out.
pub async fn payout_made(
    conn: &mut AsyncPgConnection,
    invoice: &Invoice,
    attempt: &Attempt,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let event = pb::PayoutMade {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_id: invoice.owner.name(),
        at: Some(wire::timestamp(at)),
        amount: Some(wire::money(invoice.amount)),
        payout_id: attempt.id.to_string(),
    };
    publish(conn, &event).await
}

/// A payout was refused.
pub async fn payout_failed(
    conn: &mut AsyncPgConnection,
    invoice: &Invoice,
    attempt: &Attempt,
    reason: &str,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let event = pb::PayoutFailed {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_id: invoice.owner.name(),
        at: Some(wire::timestamp(at)),
        amount: Some(wire::money(invoice.amount)),
        payout_id: attempt.id.to_string(),
        reason: reason.to_owned(),
    };
    publish(conn, &event).await
}

fn number(attempt: &Attempt) -> i32 {
    i32::try_from(attempt.number).unwrap_or(i32::MAX)
}
