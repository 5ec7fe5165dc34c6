//! Domain types and messages of the contract.

use billing_contract::v1 as pb;
use chrono::{DateTime, Utc};
use conventions::types;
use conventions::wire::{money, slot, timestamp, to_money};
use money::Money;
use service_host::field;

use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{
    Account, Attempt, AttemptStatus, Invoice, LineReason, Means, Owner, OwnerKind, Settings,
};
use crate::store::attempts::Listed;
use crate::store::journal::Recorded;
use crate::store::periods;
use crate::store::statements::Line;

/// An absent sum has no currency and is refused like an unknown one.
pub(super) fn parse_money(amount: Option<&types::Money>) -> Result<Money, Error> {
    let amount = amount.ok_or_else(|| Error::CurrencyUnknown(String::new()))?;
    to_money(amount).map_err(|_| Error::CurrencyUnknown(amount.currency_code.clone()))
}

/// `None` if the caller left the kind open.
pub(super) fn parse_owner_kind(kind: pb::OwnerKind) -> Option<OwnerKind> {
    match kind {
        pb::OwnerKind::Client => Some(OwnerKind::Client),
        pb::OwnerKind::Worker => Some(OwnerKind::Worker),
        pb::OwnerKind::Unspecified => None,
    }
}

/// Company accounts have no kind in the contract.
fn owner_kind(kind: OwnerKind) -> i32 {
    let kind = match kind {
        OwnerKind::Client => pb::OwnerKind::Client,
        OwnerKind::Worker => pb::OwnerKind::Worker,
        OwnerKind::Company => pb::OwnerKind::Unspecified,
    };
    kind.into()
}

/// The client or worker that a request names.
pub(super) fn parse_owner(kind: pb::OwnerKind, id: &str) -> Result<Owner, Error> {
    let person = field::id("owner_id", id)?;
    parse_owner_kind(kind)
        .and_then(|kind| Owner::person(kind, person))
        .ok_or_else(|| Error::AccountNotFound {
            kind: "unspecified",
            owner: id.to_owned(),
        })
}

pub(super) fn account(
    account: &Account,
    means: Option<&Means>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<pb::Account, Error> {
    let kind = account.owner.kind();
    let method = means.filter(|_| kind == OwnerKind::Client);
    Ok(pb::Account {
        account_id: account.id.to_string(),
        version: account.version,
        owner_kind: owner_kind(kind),
        owner_id: account.owner.name(),
        balance: Some(money(kind.as_owner_sees(account.balance)?)),
        cumulative_paid: Some(money(account.paid)),
        due_at_next_closing: Some(money(kind.as_owner_sees(account.open)?)),
        next_closing: Some(timestamp(settings.calendar.next_closing(kind, now))),
        as_of: Some(timestamp(account.changed_at)),
        payment_method_kind: method.map(|means| means.provider.clone()).unwrap_or_default(),
        has_payout_beneficiary: kind == OwnerKind::Worker && means.is_some(),
    })
}

pub(super) fn company_account(account: &Account) -> pb::CompanyAccount {
    pb::CompanyAccount {
        account_id: account.id.to_string(),
        code: account.owner.name(),
        balance: Some(money(account.balance)),
    }
}

pub(super) fn line(kind: OwnerKind, line: Line) -> Result<pb::Line, Error> {
    Ok(pb::Line {
        line_id: line.id.0,
        transaction_id: line.transaction.to_string(),
        reason: reason(line.reason),
        order_id: line.order.map(|id| id.to_string()).unwrap_or_default(),
        amount: Some(money(kind.as_owner_sees(line.amount)?)),
        note: line.note,
        by: Some((&line.by).into()),
        booked_at: Some(timestamp(line.booked_at)),
    })
}

fn reason(reason: LineReason) -> i32 {
    let reason = match reason {
        LineReason::OrderCompleted => pb::LineReason::OrderCompleted,
        LineReason::OrderCancelled => pb::LineReason::OrderCancelled,
        LineReason::OrderFailed => pb::LineReason::OrderFailed,
        LineReason::Fine => pb::LineReason::Fine,
        LineReason::Bonus => pb::LineReason::Bonus,
        LineReason::Payment => pb::LineReason::Payment,
        LineReason::Payout => pb::LineReason::Payout,
        LineReason::Reversal => pb::LineReason::Reversal,
    };
    reason.into()
}

pub(super) fn transaction(recorded: &Recorded) -> pb::Transaction {
    let entry = &recorded.entry;
    let postings = recorded.postings.iter().map(|line| pb::Posting {
        line_id: line.id.0,
        account_id: line.account.to_string(),
        owner_kind: <&str>::from(line.posting.owner.kind()).to_owned(),
        owner: line.posting.owner.name(),
        amount: Some(money(line.posting.amount)),
        reason: reason(line.posting.reason),
    });
    pb::Transaction {
        transaction_id: recorded.id.to_string(),
        cause: entry.cause.as_str().to_owned(),
        order_id: entry.order.map(|id| id.to_string()).unwrap_or_default(),
        note: entry.note.clone(),
        by: Some((&entry.by).into()),
        occurred_at: Some(timestamp(entry.occurred_at)),
        booked_at: Some(timestamp(entry.booked_at)),
        postings: postings.collect(),
    }
}

pub(super) fn invoice(invoice: &Invoice) -> pb::Invoice {
    pb::Invoice {
        invoice_id: invoice.id.to_string(),
        number: invoice.number.clone(),
        owner_kind: owner_kind(invoice.owner.kind()),
        owner_id: invoice.owner.name(),
        status: invoice_status(invoice.status).into(),
        amount: Some(money(invoice.amount)),
        period: Some(slot(invoice.period.starts_at, invoice.period.ends_at)),
        issued_at: Some(timestamp(invoice.issued_at)),
        paid_at: invoice.paid_at.map(timestamp),
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

pub(super) fn payment(
    Listed {
        attempt,
        owner,
        amount,
    }: &Listed,
) -> pb::Payment {
    let method = attempt.means.as_ref().map(|means| means.provider.clone());
    pb::Payment {
        payment_id: attempt.id.to_string(),
        invoice_id: attempt.invoice.to_string(),
        client_id: owner.name(),
        attempt: attempt_number(attempt),
        status: attempt_status(attempt.status),
        amount: Some(money(*amount)),
        method_kind: method.unwrap_or_default(),
        gateway_reference: attempt.reference.clone(),
        reason: attempt.reason.clone(),
        due_at: Some(timestamp(attempt.due_at)),
        finished_at: attempt.finished_at.map(timestamp),
    }
}

pub(super) fn payout(
    Listed {
        attempt,
        owner,
        amount,
    }: &Listed,
) -> pb::Payout {
    pb::Payout {
        payout_id: attempt.id.to_string(),
        invoice_id: attempt.invoice.to_string(),
        worker_id: owner.name(),
        attempt: attempt_number(attempt),
        status: attempt_status(attempt.status),
        amount: Some(money(*amount)),
        provider_reference: attempt.reference.clone(),
        reason: attempt.reason.clone(),
        due_at: Some(timestamp(attempt.due_at)),
        finished_at: attempt.finished_at.map(timestamp),
    }
}

fn attempt_number(attempt: &Attempt) -> i32 {
    i32::try_from(attempt.number).unwrap_or(i32::MAX)
}

fn attempt_status(status: AttemptStatus) -> i32 {
    let status = match status {
        AttemptStatus::Pending => pb::AttemptStatus::Pending,
        AttemptStatus::Accepted => pb::AttemptStatus::Accepted,
        AttemptStatus::Succeeded => pb::AttemptStatus::Succeeded,
        AttemptStatus::Failed => pb::AttemptStatus::Failed,
    };
    status.into()
}

pub(super) fn period(listed: &periods::Listed) -> pb::Period {
    pb::Period {
        period_id: listed.id.to_string(),
        owner_kind: owner_kind(listed.kind),
        slot: Some(slot(listed.period.starts_at, listed.period.ends_at)),
        closed_at: listed.closed_at.map(timestamp),
        invoices: i32::try_from(listed.invoices).unwrap_or(i32::MAX),
        carried_over: i32::try_from(listed.carried_over).unwrap_or(i32::MAX),
    }
}
