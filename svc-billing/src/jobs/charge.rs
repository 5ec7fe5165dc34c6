//! Clients are charged (B5): asked for outside of any transaction, under a key that makes asking twice harmless.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use futures::stream::{self, StreamExt as _};
use service_host::Database;

use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{
    Actor, Attempt, AttemptId, AttemptKind, Cause, Entry, Invoice, Owner, Settings, Transaction, rules,
    unknown_outcome_pause,
};
use crate::events::publish;
use crate::gateways::{Charge, Gateways, Outcome};
use crate::store::{attempts, details, invoices, journal};

const BATCH: i64 = 200;
const AT_ONCE: usize = 8;

/// Charges what is due.
#[derive(Clone)]
pub struct Charging {
    /// Billing's database.
    pub db: Database,
    /// The company's settings.
    pub settings: Arc<Settings>,
    /// The payment methods that there are.
    pub gateways: Gateways,
}

impl Charging {
    /// Makes every attempt that is due. One that fails in our own house does not keep the others; its error comes back.
    pub async fn run(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let due = attempts::due(&mut *self.db.connection().await?, AttemptKind::Charge, now, BATCH).await?;
        let results: Vec<Result<(), Error>> = stream::iter(due)
            .map(|id| self.attempt(id, now))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        results.into_iter().collect()
    }

    async fn attempt(&self, id: AttemptId, now: DateTime<Utc>) -> Result<(), Error> {
        let begun = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| self.begin(conn, id, now).await)
            .await?;
        let Some(charge) = begun else {
            return Ok(());
        };
        let outcome = match self.gateways.find(&charge.means.provider) {
            Some(gateway) => gateway.charge(&charge).await,
            None => Outcome::Unknown {
                reason: format!("there is no gateway {}", charge.means.provider),
            },
        };
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| self.record(conn, &charge, &outcome, now).await)
            .await
    }

    /// Freezes what is asked for, before it is asked: a repeated request has to be the same request.
    async fn begin(
        &self,
        conn: &mut AsyncPgConnection,
        id: AttemptId,
        now: DateTime<Utc>,
    ) -> Result<Option<Charge>, Error> {
        let (attempt, invoice) = attempts::lock(conn, id).await?;
        if attempt.status.is_final() {
            return Ok(None);
        }
        let means = match attempt.means.clone() {
            Some(means) => Some(means),
            None => details::find(conn, attempt.account).await?,
        };
        let Some(means) = means else {
            self.declined(conn, &attempt, &invoice, "no payment method was chosen", now)
                .await?;
            return Ok(None);
        };
        let pause = unknown_outcome_pause(self.settings.first_pause, attempt.tries.saturating_add(1));
        attempts::begin_try(conn, id, &means, now + pause).await?;
        Ok(Some(Charge {
            key: id,
            amount: invoice.amount,
            means,
            reference: invoice.number,
        }))
    }

    async fn record(
        &self,
        conn: &mut AsyncPgConnection,
        charge: &Charge,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (attempt, invoice) = attempts::lock(conn, charge.key).await?;
        if attempt.status.is_final() {
            return Ok(());
        }
        match outcome {
            Outcome::Succeeded { reference } => {
                attempts::succeed(conn, attempt.id, reference, now).await?;
                invoices::set_status(conn, invoice.id, Status::Paid, now).await?;
                self.book(conn, charge, &attempt, &invoice, now).await?;
                publish::payment_succeeded(conn, &invoice, &attempt, now).await?;
                tracing::info!(invoice.id = %invoice.id, payment.id = %attempt.id, "the invoice is paid");
            }
            Outcome::Declined { reason } => self.declined(conn, &attempt, &invoice, reason, now).await?,
            Outcome::Unknown { reason } => {
                attempts::note(conn, attempt.id, reason).await?;
                tracing::warn!(
                    invoice.id = %invoice.id, payment.id = %attempt.id, payment.tries = attempt.tries, reason,
                    "it is not known whether the charge was made; the same one will be asked for again"
                );
            }
        }
        Ok(())
    }

    async fn book(
        &self,
        conn: &mut AsyncPgConnection,
        charge: &Charge,
        attempt: &Attempt,
        invoice: &Invoice,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Owner::Client(client) = invoice.owner else {
            return Err(Error::InvoiceNotFound(invoice.id.0));
        };
        let entry = Entry {
            cause: Cause::attempt(attempt.id.0),
            order: None,
            note: format!("invoice {}", invoice.number),
            by: Actor::system(),
            occurred_at: now,
            booked_at: now,
        };
        let postings = rules::payment(client, &charge.means.provider, invoice.amount)?;
        let transaction = Transaction::new(entry, postings.to_vec())?;
        journal::book(conn, &self.settings, &transaction).await?;
        Ok(())
    }

    /// No money moved: try again on schedule, or give up.
    async fn declined(
        &self,
        conn: &mut AsyncPgConnection,
        attempt: &Attempt,
        invoice: &Invoice,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        attempts::fail(conn, attempt.id, reason, now).await?;
        let next = self
            .settings
            .charge_retries
            .pause_after(attempt.number)
            .map(|pause| now + pause);
        publish::payment_failed(conn, invoice, attempt, reason, next, now).await?;
        match next {
            Some(due_at) => {
                attempts::create(conn, AttemptKind::Charge, invoice, due_at, now).await?;
            }
            None if invoice.status == Status::Issued => {
                invoices::set_status(conn, invoice.id, Status::Overdue, now).await?;
                publish::invoice_overdue(conn, invoice, now).await?;
            }
            None => {}
        }
        tracing::info!(invoice.id = %invoice.id, payment.id = %attempt.id, reason, "the charge was declined");
        Ok(())
    }
}
