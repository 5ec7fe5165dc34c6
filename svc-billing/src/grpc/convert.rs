//! Domain and rows, as the contract shows them.

use std::str::FromStr as _;

use billing_contract::v1 as pb;
use chrono::{DateTime, Utc};
use conventions::types;
use money::Money;
use uuid::Uuid;

use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{
    Account, Actor, Attempt, AttemptStatus, Invoice, LineReason, Means, OwnerKind, Period, Settings,
};
use crate::store::journal::Recorded;
use crate::store::periods::PeriodRow;
use crate::store::statements::LineRow;
use crate::wire;

pub(super) fn account(
    account: &Account,
    means: Option<&Means>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<pb::Account, Error> {
    let kind = account.owner.kind();
    let next_closing = settings.calendar.next_closing(kind, now);
    let method = means.filter(|_| kind == OwnerKind::Client);
    Ok(pb::Account {
        account_id: account.id.to_string(),
        version: account.version,
        owner_kind: wire::owner_kind(kind).into(),
        owner_id: account.owner.name(),
        balance: Some(wire::money(kind.as_owner_sees(account.balance)?)),
        cumulative_paid: Some(wire::money(account.paid)),
        due_at_next_closing: Some(wire::money(kind.as_owner_sees(account.open)?)),
        next_closing: Some(wire::timestamp(next_closing)),
        as_of: Some(wire::timestamp(account.changed_at)),
        payment_method_kind: method.map(|means| means.provider.clone()).unwrap_or_default(),
        has_payout_beneficiary: kind == OwnerKind::Worker && means.is_some(),
    })
}

pub(super) fn company_account(account: &Account) -> pb::CompanyAccount {
    pb::CompanyAccount {
        account_id: account.id.to_string(),
        code: account.owner.name(),
        balance: Some(wire::money(account.balance)),
    }
}

pub(super) fn line(kind: OwnerKind, row: LineRow) -> Result<pb::Line, Error> {
    let amount = Money::new(row.amount, row.currency.parse()?);
    let by = Actor {
        role: row.actor_role,
        id: row.actor_id,
    };
    Ok(pb::Line {
        line_id: row.id,
        transaction_id: row.transaction_id.to_string(),
        reason: reason(LineReason::from_str(&row.reason)?).into(),
        order_id: optional(row.order_id),
        amount: Some(wire::money(kind.as_owner_sees(amount)?)),
        note: row.note,
        by: Some(wire::actor(&by)),
        booked_at: Some(wire::timestamp(row.booked_at)),
    })
}

fn reason(reason: LineReason) -> pb::LineReason {
    match reason {
        LineReason::OrderCompleted => pb::LineReason::OrderCompleted,
        LineReason::OrderCancelled => pb::LineReason::OrderCancelled,
        LineReason::OrderFailed => pb::LineReason::OrderFailed,
        LineReason::Fine => pb::LineReason::Fine,
        LineReason::Bonus => pb::LineReason::Bonus,
        LineReason::Payment => pb::LineReason::Payment,
        LineReason::Payout => pb::LineReason::Payout,
        LineReason::Reversal => pb::LineReason::Reversal,
    }
}

pub(super) fn transaction(recorded: &Recorded) -> pb::Transaction {
    let postings = recorded.postings.iter().map(|line| pb::Posting {
        line_id: line.id.0,
        account_id: line.account.to_string(),
        owner_kind: line.posting.owner.kind().as_str().to_owned(),
        owner: line.posting.owner.name(),
        amount: Some(wire::money(line.posting.amount)),
        reason: reason(line.posting.reason).into(),
    });
    pb::Transaction {
        transaction_id: recorded.id.to_string(),
        cause: recorded.cause.clone(),
        order_id: optional(recorded.order.map(|order| order.0)),
        note: recorded.note.clone(),
        by: Some(wire::actor(&recorded.by)),
        occurred_at: Some(wire::timestamp(recorded.occurred_at)),
        booked_at: Some(wire::timestamp(recorded.booked_at)),
        postings: postings.collect(),
    }
}

pub(super) fn invoice(invoice: &Invoice) -> pb::Invoice {
    pb::Invoice {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_kind: wire::owner_kind(invoice.owner.kind()).into(),
        owner_id: invoice.owner.name(),
        status: invoice_status(invoice.status).into(),
        amount: Some(wire::money(invoice.amount)),
        period: Some(wire::slot(invoice.period)),
        issued_at: Some(wire::timestamp(invoice.issued_at)),
        paid_at: invoice.paid_at.map(wire::timestamp),
    }
}

fn invoice_status(status: Status) -> pb::InvoiceStatus {
    match status {
        Status::Issued => pb::InvoiceStatus::Issued,
        Status::Paid => pb::InvoiceStatus::Paid,
        Status::Overdue => pb::InvoiceStatus::Overdue,
        Status::PayoutFailed => pb::InvoiceStatus::PayoutFailed,
    }
}

pub(super) fn parse_invoice_status(status: pb::InvoiceStatus) -> Option<Status> {
    match status {
        pb::InvoiceStatus::Unspecified => None,
        pb::InvoiceStatus::Issued => Some(Status::Issued),
        pb::InvoiceStatus::Paid => Some(Status::Paid),
        pb::InvoiceStatus::Overdue => Some(Status::Overdue),
        pb::InvoiceStatus::PayoutFailed => Some(Status::PayoutFailed),
    }
}

/// An attempt to charge, of an invoice of this client and amount.
pub(super) fn payment(attempt: &Attempt, client: String, amount: Money) -> pb::Payment {
    pb::Payment {
        payment_id: attempt.id.to_string(),
        invoice_id: attempt.invoice.to_string(),
        client_id: client,
        attempt: number(attempt),
        status: attempt_status(attempt.status).into(),
        amount: Some(wire::money(amount)),
        method_kind: attempt
            .means
            .as_ref()
            .map(|means| means.provider.clone())
            .unwrap_or_default(),
        gateway_reference: attempt.reference.clone(),
        reason: attempt.reason.clone(),
        due_at: Some(wire::timestamp(attempt.due_at)),
        finished_at: attempt.finished_at.map(wire::timestamp),
    }
}

/// An attempt to pay out, of an invoice of this worker and amount.
pub(super) fn payout(attempt: &Attempt, worker: String, amount: Money) -> pb::Payout {
    pb::Payout {
        payout_id: attempt.id.to_string(),
        invoice_id: attempt.invoice.to_string(),
        worker_id: worker,
        attempt: number(attempt),
        status: attempt_status(attempt.status).into(),
        amount: Some(wire::money(amount)),
        provider_reference: attempt.reference.clone(),
        reason: attempt.reason.clone(),
        due_at: Some(wire::timestamp(attempt.due_at)),
        finished_at: attempt.finished_at.map(wire::timestamp),
    }
}

fn number(attempt: &Attempt) -> i32 {
    i32::try_from(attempt.number).unwrap_or(i32::MAX)
}

fn attempt_status(status: AttemptStatus) -> pb::AttemptStatus {
    match status {
        AttemptStatus::Pending => pb::AttemptStatus::Pending,
        AttemptStatus::Accepted => pb::AttemptStatus::Accepted,
        AttemptStatus::Succeeded => pb::AttemptStatus::Succeeded,
        AttemptStatus::Failed => pb::AttemptStatus::Failed,
    }
}

pub(super) fn period(row: &PeriodRow) -> Result<pb::Period, Error> {
    let period = Period {
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    };
    Ok(pb::Period {
        period_id: row.id.to_string(),
        owner_kind: wire::owner_kind(row.owner_kind.parse()?).into(),
        slot: Some(wire::slot(period)),
        closed_at: row.closed_at.map(wire::timestamp),
        invoices: i32::try_from(row.invoices).unwrap_or(i32::MAX),
        carried_over: i32::try_from(row.carried_over).unwrap_or(i32::MAX),
    })
}

/// Whom a journal entry names as its author.
pub(super) fn author(actor: &types::Actor) -> Actor {
    wire::parse_actor(actor)
}

fn optional(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
