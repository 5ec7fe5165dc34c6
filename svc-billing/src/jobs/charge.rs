//! Clients are charged (B5). No request is sent inside a transaction, and its key makes a
//! repetition harmless.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::{Clock, Database, fail_point};

use super::due_attempts::{CONCURRENCY, for_each_due};
use super::metrics::METRICS;
use crate::Error;
use crate::domain::{AttemptId, AttemptKind, Event, Finished, Means, Settings};
use crate::gateways::{Charge, Gateways, Outcome};
use crate::store::attempts;
use crate::use_cases::try_attempt::{Begun, begin};

#[derive(Clone)]
pub struct Charging {
    pub db: Database,
    pub settings: Arc<Settings>,
    pub gateways: Gateways,
    pub clock: Clock,
}

/// Counts, for one run, how often in a row each gateway did not answer.
///
/// A charge at such a gateway occupies one of the [`CONCURRENCY`] places until it times out. A
/// gateway that failed as often as there are places is not asked again in this run, because
/// otherwise it would delay the charges at all other gateways.
#[derive(Default)]
struct Unanswered(Mutex<HashMap<String, usize>>);

impl Unanswered {
    fn record(&self, gateway: &str, outcome: &Outcome) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(outcome, Outcome::Unknown { .. }) {
            *counts.entry(gateway.to_owned()).or_default() += 1;
        } else {
            counts.remove(gateway);
        }
    }

    fn count(&self, gateway: &str) -> usize {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(gateway).copied().unwrap_or_default()
    }
}

impl Charging {
    /// Makes every charge that is due, except at gateways that do not answer.
    pub async fn run(&self) -> Result<(), Error> {
        let unanswered = Unanswered::default();
        for_each_due(&self.db, AttemptKind::Charge, self.clock.now(), |id| {
            self.attempt(id, &unanswered)
        })
        .await
    }

    /// Every step reads the clock, because a run may take long and each outcome needs its own time.
    async fn attempt(&self, id: AttemptId, unanswered: &Unanswered) -> Result<(), Error> {
        let now = self.clock.now();
        let begun = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| {
                let may_ask = |means: &Means| unanswered.count(&means.provider) < CONCURRENCY;
                begin(conn, &self.settings, id, may_ask, now).await
            })
            .await?;
        let charge = match begun {
            Begun::Finished | Begun::PutOff => return Ok(()),
            Begun::NoMeans(finished) => {
                count("no-method", Some(&finished));
                return Ok(());
            }
            Begun::Send(_, invoice, means) => Charge {
                key: id,
                amount: invoice.amount,
                means,
                reference: invoice.number,
            },
        };
        fail_point::reach("charge::begun");
        let outcome = self.gateways.charge(&charge).await;
        unanswered.record(&charge.means.provider, &outcome);
        fail_point::reach("charge::answered");
        let now = self.clock.now();
        let finished = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| self.record(conn, id, &outcome, now).await)
            .await?;
        count((&outcome).into(), finished.as_ref());
        Ok(())
    }

    async fn record(
        &self,
        conn: &mut AsyncPgConnection,
        id: AttemptId,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Result<Option<Finished>, Error> {
        let (attempt, invoice) = attempts::lock(conn, id).await?;
        if attempt.status.is_final() {
            return Ok(None);
        }
        let finished = match outcome {
            Outcome::Succeeded { reference } => {
                tracing::info!(invoice.id = %invoice.id, payment.id = %id, "the invoice is paid");
                attempt.succeed(invoice, reference, now)?
            }
            Outcome::Declined { reason } => {
                tracing::info!(invoice.id = %invoice.id, payment.id = %id, reason, "the charge was declined");
                attempt.fail(invoice, reason, &self.settings.charge_retries, now)
            }
            Outcome::Unknown { reason } => {
                tracing::warn!(
                    invoice.id = %invoice.id, payment.id = %id, payment.tries = attempt.tries, reason,
                    "the outcome of the charge is unknown; the same request will be sent again"
                );
                attempts::record_unknown(conn, id, reason).await?;
                return Ok(None);
            }
        };
        attempts::finish(conn, &self.settings, &finished).await?;
        Ok(Some(finished))
    }
}

fn count(outcome: &'static str, finished: Option<&Finished>) {
    METRICS.charged(outcome);
    let mut events = finished.iter().flat_map(|finished| &finished.events);
    if events.any(|event| matches!(event, Event::InvoiceOverdue(..))) {
        METRICS.overdue();
    }
}
