//! Workers are paid out (B6): asked for under a key that makes asking twice harmless, then followed until paid.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use futures::stream::{self, StreamExt as _};
use money::Money;
use service_host::{Clock, Database, fail_point, telemetry};
use tracing::Instrument as _;

use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{
    Actor, Attempt, AttemptId, AttemptKind, AttemptStatus, Cause, Entry, Invoice, Means, Owner, Settings,
    Transaction, rules, unknown_outcome_pause,
};
use crate::events::publish;
use crate::gateways::{GoldenHat, PayoutOutcome};
use crate::metrics::METRICS;
use crate::store::attempts::{self, Due};
use crate::store::{details, invoices, journal};

const BATCH: i64 = 200;
const AT_ONCE: usize = 8;

/// Pays out what is due.
#[derive(Clone)]
pub struct PayingOut {
    /// Billing's database.
    pub db: Database,
    /// The company's settings.
    pub settings: Arc<Settings>,
    /// The payout provider.
    pub provider: GoldenHat,
    /// Tells the time.
    pub clock: Clock,
}

/// What is to be done about an attempt.
enum Question {
    /// Nothing: another replica has finished it.
    Over,
    /// Nothing any more: there was nobody to pay.
    Nobody,
    /// A payout, under the attempt's key.
    PayOut {
        means: Means,
        amount: Money,
        purpose: String,
    },
    /// How an accepted payout stands.
    Status { reference: String },
}

impl PayingOut {
    /// Makes or follows every payout that is due. One that fails in our own house does not keep the others; its error
    /// comes back.
    pub async fn run(&self) -> Result<(), Error> {
        let mut due = Due::at(AttemptKind::Payout, self.clock.now());
        let mut result = Ok(());
        loop {
            let batch = due.next(&mut *self.db.connection().await?, BATCH).await?;
            if batch.is_empty() {
                return result;
            }
            let results: Vec<Result<(), Error>> = stream::iter(batch)
                .map(|(id, traceparent)| {
                    let span = telemetry::resumed("pay out", traceparent.as_deref());
                    self.attempt(id).instrument(span)
                })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            result = results.into_iter().fold(result, Result::and);
        }
    }

    /// Every step reads the clock itself: a batch may take long, and what happens late must not be dated early.
    async fn attempt(&self, id: AttemptId) -> Result<(), Error> {
        let now = self.clock.now();
        let begun = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| self.begin(conn, id, now).await)
            .await?;
        let outcome = match begun {
            Question::Over => return Ok(()),
            Question::Nobody => {
                METRICS.paid_out("no-beneficiary");
                return Ok(());
            }
            Question::Status { reference } => {
                fail_point::reach("payout::begun");
                self.provider.status(&reference).await
            }
            Question::PayOut {
                means,
                amount,
                purpose,
            } => {
                fail_point::reach("payout::begun");
                self.provider.pay_out(id, &means.token, amount, &purpose).await
            }
        };
        fail_point::reach("payout::answered");
        let now = self.clock.now();
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| self.record(conn, id, &outcome, now).await)
            .await?;
        METRICS.paid_out(outcome.as_str());
        Ok(())
    }

    async fn begin(
        &self,
        conn: &mut AsyncPgConnection,
        id: AttemptId,
        now: DateTime<Utc>,
    ) -> Result<Question, Error> {
        let (attempt, invoice) = attempts::lock(conn, id).await?;
        if attempt.status.is_final() {
            return Ok(Question::Over);
        }
        let means = match attempt.means.clone() {
            Some(means) => Some(means),
            None => details::find(conn, attempt.account).await?,
        };
        let Some(means) = means else {
            self.failed(conn, &attempt, &invoice, "no payout beneficiary was named", now)
                .await?;
            return Ok(Question::Nobody);
        };
        let pause = unknown_outcome_pause(self.settings.first_pause, attempt.tries.saturating_add(1));
        attempts::begin_try(conn, id, &means, now + pause).await?;
        if attempt.status == AttemptStatus::Accepted {
            let reference = attempt.reference;
            return Ok(Question::Status { reference });
        }
        Ok(Question::PayOut {
            means,
            amount: invoice.amount,
            purpose: format!("Payout {}", invoice.number),
        })
    }

    async fn record(
        &self,
        conn: &mut AsyncPgConnection,
        id: AttemptId,
        outcome: &PayoutOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (attempt, invoice) = attempts::lock(conn, id).await?;
        if attempt.status.is_final() {
            return Ok(());
        }
        match outcome {
            PayoutOutcome::Accepted { reference } => {
                attempts::accept(conn, id, reference, now + self.settings.payout_poll).await?;
            }
            PayoutOutcome::Paid => {
                attempts::succeed(conn, id, &attempt.reference, now).await?;
                invoices::set_status(conn, invoice.id, Status::Paid, now).await?;
                self.book(conn, &attempt, &invoice, now).await?;
                publish::payout_made(conn, &invoice, &attempt, now).await?;
                tracing::info!(invoice.id = %invoice.id, payout.id = %id, "the worker is paid out");
            }
            PayoutOutcome::Rejected { reason } => self.failed(conn, &attempt, &invoice, reason, now).await?,
            PayoutOutcome::Unknown { reason } => {
                attempts::note(conn, id, reason).await?;
                tracing::warn!(
                    invoice.id = %invoice.id, payout.id = %id, payout.tries = attempt.tries, reason,
                    "it is not known how the payout stands; the same one will be asked about again"
                );
            }
        }
        Ok(())
    }

    async fn book(
        &self,
        conn: &mut AsyncPgConnection,
        attempt: &Attempt,
        invoice: &Invoice,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Owner::Worker(worker) = invoice.owner else {
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
        let postings = rules::payout(worker, GoldenHat::KIND, invoice.amount)?;
        let transaction = Transaction::new(entry, postings.to_vec())?;
        journal::book(conn, &self.settings, &transaction).await?;
        Ok(())
    }

    /// No money moved. Somebody has to name another beneficiary, or try again.
    async fn failed(
        &self,
        conn: &mut AsyncPgConnection,
        attempt: &Attempt,
        invoice: &Invoice,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        attempts::fail(conn, attempt.id, reason, now).await?;
        if invoice.status == Status::Issued {
            invoices::set_status(conn, invoice.id, Status::PayoutFailed, now).await?;
        }
        publish::payout_failed(conn, invoice, attempt, reason, now).await?;
        tracing::info!(invoice.id = %invoice.id, payout.id = %attempt.id, reason, "the payout failed");
        Ok(())
    }
}
