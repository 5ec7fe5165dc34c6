//! Clients are charged (B5): asked for outside of any transaction, under a key that makes asking twice harmless.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use futures::stream::{self, StreamExt as _};
use service_host::{Clock, Database, fail_point, telemetry};
use tracing::Instrument as _;

use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{
    Actor, Attempt, AttemptId, AttemptKind, Cause, Entry, Invoice, Owner, Settings, Transaction, rules,
    unknown_outcome_pause,
};
use crate::events::publish;
use crate::gateways::{Charge, Gateways, Outcome};
use crate::metrics::METRICS;
use crate::store::attempts::{self, Due};
use crate::store::{details, invoices, journal};

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
    /// Tells the time.
    pub clock: Clock,
}

/// What an attempt has come to before anybody was asked.
enum Begun {
    /// Another replica has finished it.
    Over,
    /// There is nobody to ask.
    Declined(After),
    /// Whom to ask doesn't answer just now.
    PutOff,
    /// Ask.
    Ask(Charge),
}

/// What a decline left behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// The schedule, or somebody, tries again; or it was overdue before.
    AsBefore,
    /// An invoice that is overdue now.
    Overdue,
}

/// How often in a row each gateway gave no answer, in one run.
///
/// Whoever waits for a gateway in vain takes a place that another gateway's charge could have. So one that gave no answer as
/// often as there are places is left alone until the next run.
#[derive(Default)]
struct Silence(Mutex<HashMap<String, usize>>);

impl Silence {
    fn note(&self, gateway: &str, outcome: &Outcome) {
        let mut silence = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(outcome, Outcome::Unknown { .. }) {
            *silence.entry(gateway.to_owned()).or_default() += 1;
        } else {
            silence.remove(gateway);
        }
    }

    fn of(&self, gateway: &str) -> usize {
        let silence = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        silence.get(gateway).copied().unwrap_or_default()
    }
}

impl Charging {
    /// Makes every attempt that is due, but for those at a gateway that does not answer. One that fails in our own house does
    /// not keep the others; its error comes back.
    pub async fn run(&self) -> Result<(), Error> {
        let silence = Silence::default();
        let mut due = Due::at(AttemptKind::Charge, self.clock.now());
        let mut result = Ok(());
        loop {
            let batch = due.next(&mut *self.db.connection().await?, BATCH).await?;
            if batch.is_empty() {
                return result;
            }
            let results: Vec<Result<(), Error>> = stream::iter(batch)
                .map(|(id, traceparent)| {
                    let span = telemetry::resumed("charge", traceparent.as_deref());
                    self.attempt(id, &silence).instrument(span)
                })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            result = results.into_iter().fold(result, Result::and);
        }
    }

    /// Every step reads the clock itself: a batch may take long, and what happens late must not be dated early.
    async fn attempt(&self, id: AttemptId, silence: &Silence) -> Result<(), Error> {
        let now = self.clock.now();
        let begun = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| self.begin(conn, id, silence, now).await)
            .await?;
        let charge = match begun {
            Begun::Over | Begun::PutOff => return Ok(()),
            Begun::Declined(after) => {
                count("no-method", after);
                return Ok(());
            }
            Begun::Ask(charge) => charge,
        };
        fail_point::reach("charge::begun");
        let outcome = self.gateways.charge(&charge).await;
        silence.note(&charge.means.provider, &outcome);
        fail_point::reach("charge::answered");
        let now = self.clock.now();
        let after = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| self.record(conn, &charge, &outcome, now).await)
            .await?;
        count(outcome.as_str(), after);
        Ok(())
    }

    /// Freezes what is asked for, before it is asked: a repeated request has to be the same request.
    async fn begin(
        &self,
        conn: &mut AsyncPgConnection,
        id: AttemptId,
        silence: &Silence,
        now: DateTime<Utc>,
    ) -> Result<Begun, Error> {
        let (attempt, invoice) = attempts::lock(conn, id).await?;
        if attempt.status.is_final() {
            return Ok(Begun::Over);
        }
        let means = match attempt.means.clone() {
            Some(means) => Some(means),
            None => details::find(conn, attempt.account).await?,
        };
        let Some(means) = means else {
            return self
                .declined(conn, &attempt, &invoice, "no payment method was chosen", now)
                .await
                .map(Begun::Declined);
        };
        if silence.of(&means.provider) >= AT_ONCE {
            return Ok(Begun::PutOff);
        }
        let pause = unknown_outcome_pause(self.settings.first_pause, attempt.tries.saturating_add(1));
        attempts::begin_try(conn, id, &means, now + pause).await?;
        Ok(Begun::Ask(Charge {
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
    ) -> Result<After, Error> {
        let (attempt, invoice) = attempts::lock(conn, charge.key).await?;
        if attempt.status.is_final() {
            return Ok(After::AsBefore);
        }
        match outcome {
            Outcome::Succeeded { reference } => {
                attempts::succeed(conn, attempt.id, reference, now).await?;
                invoices::set_status(conn, invoice.id, Status::Paid, now).await?;
                self.book(conn, charge, &attempt, &invoice, now).await?;
                publish::payment_succeeded(conn, &invoice, &attempt, now).await?;
                tracing::info!(invoice.id = %invoice.id, payment.id = %attempt.id, "the invoice is paid");
            }
            Outcome::Declined { reason } => {
                return self.declined(conn, &attempt, &invoice, reason, now).await;
            }
            Outcome::Unknown { reason } => {
                attempts::note(conn, attempt.id, reason).await?;
                tracing::warn!(
                    invoice.id = %invoice.id, payment.id = %attempt.id, payment.tries = attempt.tries, reason,
                    "it is not known whether the charge was made; the same one will be asked for again"
                );
            }
        }
        Ok(After::AsBefore)
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
    ) -> Result<After, Error> {
        attempts::fail(conn, attempt.id, reason, now).await?;
        let next = self
            .settings
            .charge_retries
            .pause_after(attempt.number)
            .map(|pause| now + pause);
        publish::payment_failed(conn, invoice, attempt, reason, next, now).await?;
        tracing::info!(invoice.id = %invoice.id, payment.id = %attempt.id, reason, "the charge was declined");
        match next {
            Some(due_at) => {
                attempts::create(conn, AttemptKind::Charge, invoice, due_at, now).await?;
            }
            None if invoice.status == Status::Issued => {
                invoices::set_status(conn, invoice.id, Status::Overdue, now).await?;
                publish::invoice_overdue(conn, invoice, now).await?;
                return Ok(After::Overdue);
            }
            None => {}
        }
        Ok(After::AsBefore)
    }
}

fn count(outcome: &'static str, after: After) {
    METRICS.charged(outcome);
    if after == After::Overdue {
        METRICS.overdue();
    }
}
