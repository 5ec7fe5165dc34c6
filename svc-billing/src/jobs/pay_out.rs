//! Workers are paid out (B6). A payout is requested under a key that makes a repetition harmless,
//! then its status is requested until it is paid.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::{Clock, Database, fail_point};

use super::due_attempts::for_each_due;
use super::metrics::METRICS;
use crate::Error;
use crate::domain::{AttemptId, AttemptKind, AttemptStatus, Settings};
use crate::gateways::{GoldenHat, PayoutOutcome};
use crate::store::attempts;
use crate::use_cases::try_attempt::{Begun, begin};

#[derive(Clone)]
pub struct PayingOut {
    pub db: Database,
    pub settings: Arc<Settings>,
    pub provider: GoldenHat,
    pub clock: Clock,
}

impl PayingOut {
    /// Makes or follows every payout that is due.
    pub async fn run(&self) -> Result<(), Error> {
        for_each_due(&self.db, AttemptKind::Payout, self.clock.now(), |id| {
            self.attempt(id)
        })
        .await
    }

    /// Every step reads the clock, because a run may take long and each outcome needs its own time.
    async fn attempt(&self, id: AttemptId) -> Result<(), Error> {
        let now = self.clock.now();
        let begun = self
            .db
            .transaction(async |conn: &mut AsyncPgConnection| {
                begin(conn, &self.settings, id, |_| true, now).await
            })
            .await?;
        let (attempt, invoice, means) = match begun {
            Begun::Finished | Begun::PutOff => return Ok(()),
            Begun::NoMeans(_) => {
                METRICS.paid_out("no-beneficiary");
                return Ok(());
            }
            Begun::Send(attempt, invoice, means) => (attempt, invoice, means),
        };
        fail_point::reach("payout::begun");
        let outcome = if attempt.status == AttemptStatus::Accepted {
            self.provider.status(&attempt.reference).await
        } else {
            let purpose = format!("Payout {}", invoice.number);
            self.provider
                .pay_out(id, &means.token, invoice.amount, &purpose)
                .await
        };
        fail_point::reach("payout::answered");
        let now = self.clock.now();
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| self.record(conn, id, &outcome, now).await)
            .await?;
        METRICS.paid_out((&outcome).into());
        Ok(())
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
        let finished = match outcome {
            PayoutOutcome::Accepted { reference } => {
                attempts::accept(conn, id, reference, now + self.settings.payout_poll).await?;
                return Ok(());
            }
            PayoutOutcome::Paid => {
                tracing::info!(invoice.id = %invoice.id, payout.id = %id, "the worker is paid out");
                let reference = attempt.reference.clone();
                attempt.succeed(invoice, &reference, now)?
            }
            PayoutOutcome::Rejected { reason } => {
                tracing::info!(invoice.id = %invoice.id, payout.id = %id, reason, "the payout failed");
                attempt.fail(invoice, reason, &self.settings.charge_retries, now)
            }
            PayoutOutcome::Unknown { reason } => {
                tracing::warn!(
                    invoice.id = %invoice.id, payout.id = %id, payout.tries = attempt.tries, reason,
                    "the outcome of the payout is unknown; the same request will be sent again"
                );
                attempts::record_unknown(conn, id, reason).await?;
                return Ok(());
            }
        };
        attempts::finish(conn, &self.settings, &finished).await
    }
}
