//! Accounts and domain events as messages of the contract. Pure; used by the store.

use billing_contract::v1 as pb;
use conventions::wire::{money, slot, timestamp};
use messaging::Events;

use crate::Error;
use crate::domain::{Account, Attempt, Event, OwnerKind};

/// The messages that announce these accounts and domain events.
pub(crate) fn events(accounts: &[Account], others: &[Event]) -> Result<Events, Error> {
    let mut events = Events::none();
    for account in accounts {
        events.push(&account_state(account)?);
    }
    for event in others {
        push(&mut events, event);
    }
    Ok(events)
}

fn account_state(account: &Account) -> Result<pb::AccountState, Error> {
    let kind = account.owner.kind();
    Ok(pb::AccountState {
        account_id: account.id.to_string(),
        version: account.version,
        owner_kind: owner_kind(kind).into(),
        owner_id: account.owner.name(),
        balance: Some(money(kind.as_owner_sees(account.balance)?)),
        cumulative_paid: Some(money(account.paid)),
        due_at_next_closing: Some(money(kind.as_owner_sees(account.open)?)),
        next_closing: Some(timestamp(account.announced_closing)),
        as_of: Some(timestamp(account.changed_at)),
    })
}

/// An event of an invoice: the fields that all have in common, then its own.
macro_rules! push {
    ($events:ident, $kind:ident, $invoice:ident, $at:expr $(, $field:ident: $value:expr)* $(,)?) => {
        $events.push(&pb::$kind {
            invoice_id: $invoice.id.to_string(),
            number: $invoice.number.clone(),
            owner_id: $invoice.owner.name(),
            at: Some(timestamp($at)),
            amount: Some(money($invoice.amount)),
            $($field: $value,)*
        })
    };
}

fn push(events: &mut Events, event: &Event) {
    match event {
        Event::InvoiceIssued(invoice) => push!(
            events,
            InvoiceIssued,
            invoice,
            invoice.issued_at,
            owner_kind: owner_kind(invoice.owner.kind()).into(),
            period: Some(slot(invoice.period.starts_at, invoice.period.ends_at)),
            line_count: invoice.line_count,
        ),
        Event::PaymentSucceeded(attempt, invoice, at) => push!(
            events,
            PaymentSucceeded,
            invoice,
            *at,
            payment_id: attempt.id.to_string(),
            attempt: attempt_number(attempt),
        ),
        Event::PaymentFailed(attempt, invoice, retry_at, at) => push!(
            events,
            PaymentFailed,
            invoice,
            *at,
            payment_id: attempt.id.to_string(),
            attempt: attempt_number(attempt),
            reason: attempt.reason.clone(),
            next_attempt_at: retry_at.map(timestamp),
        ),
        Event::InvoiceOverdue(invoice, at) => push!(events, InvoiceOverdue, invoice, *at),
        Event::PayoutMade(attempt, invoice, at) => {
            push!(events, PayoutMade, invoice, *at, payout_id: attempt.id.to_string());
        }
        Event::PayoutFailed(attempt, invoice, at) => push!(
            events,
            PayoutFailed,
            invoice,
            *at,
            payout_id: attempt.id.to_string(),
            reason: attempt.reason.clone(),
        ),
    }
}

/// Company accounts have no kind on the wire.
fn owner_kind(kind: OwnerKind) -> pb::OwnerKind {
    match kind {
        OwnerKind::Client => pb::OwnerKind::Client,
        OwnerKind::Worker => pb::OwnerKind::Worker,
        OwnerKind::Company => pb::OwnerKind::Unspecified,
    }
}

fn attempt_number(attempt: &Attempt) -> i32 {
    i32::try_from(attempt.number).unwrap_or(i32::MAX)
}
