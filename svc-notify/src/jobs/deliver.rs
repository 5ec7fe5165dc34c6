//! Sends the mails that are due (N2).
//!
//! A mail is claimed with a lease, sent, and recorded as sent at once. If the process crashes, or
//! an answer is lost, between the mail server's acceptance and that record, the mail is sent again,
//! because SMTP has no idempotency key. The second mail has the same Message-ID, by which mail
//! stores recognise it.

use std::time::Duration;

use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};
use service_host::{Clock, Database, fail_point, telemetry};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::delivery::{Next, RetrySchedule};
use crate::error::Error;
use crate::mail::Mailer;
use crate::store::deliveries::{self, Claimed};

/// Mails that are claimed and sent concurrently. None waits after its claim.
const CONCURRENCY: u16 = 16;

/// The largest number of batches in one run.
const MAX_BATCHES: usize = 100;

/// Pauses between attempts to record a mail as sent.
const RECORD_PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];

pub struct Deliver {
    pub db: Database,
    pub mailer: Mailer,
    pub schedule: RetrySchedule,
    pub clock: Clock,
    /// Once it is cancelled, no further mails are claimed. Mails in flight are finished.
    pub shutdown: CancellationToken,
    outcomes: Counter<u64>,
}

impl Deliver {
    /// Telemetry must have been initialised before.
    pub fn new(
        db: Database,
        mailer: Mailer,
        schedule: RetrySchedule,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        let outcomes = global::meter("artel.notify")
            .u64_counter("artel.mail.attempts")
            .with_description("Attempts to send a mail, by outcome")
            .build();
        // Prometheus sees no increase in a counter that appears together with its first mail.
        for outcome in ["sent", "failed", "dead"] {
            outcomes.add(0, &[KeyValue::new("outcome", outcome)]);
        }
        Self {
            db,
            mailer,
            schedule,
            clock,
            shutdown,
            outcomes,
        }
    }

    /// Makes one attempt for each mail that is due.
    pub async fn run(&self) -> Result<(), Error> {
        for _ in 0..MAX_BATCHES {
            if self.shutdown.is_cancelled() {
                break;
            }
            let claimed = {
                let mut conn = self.db.connection().await?;
                deliveries::claim(
                    &mut conn,
                    self.clock.now(),
                    self.mailer.lease(),
                    CONCURRENCY.into(),
                )
                .await?
            };
            if claimed.is_empty() {
                break;
            }
            // All attempts are finished, also if one cannot be recorded: a mail in flight must not
            // be cut.
            let attempts = futures::future::join_all(claimed.into_iter().map(|mail| {
                let span = telemetry::resumed("send mail", mail.traceparent.as_deref());
                self.attempt(mail).instrument(span)
            }));
            for recorded in attempts.await {
                recorded?;
            }
        }
        Ok(())
    }

    async fn attempt(&self, mail: Claimed) -> Result<(), Error> {
        fail_point::reach("mail::claimed");
        let sent = self.mailer.send(&mail).await;
        let outcome = match sent {
            Ok(()) => {
                fail_point::reach("mail::accepted");
                self.record_sent(&mail).await?;
                "sent"
            }
            Err(error) => {
                let (attempt, now) = (mail.attempt(), self.clock.now());
                let next = self.schedule.after_failure(attempt, error.is_permanent(), now);
                tracing::warn!(delivery.id = %mail.id(), attempt, ?next, %error, "mail not accepted");
                let mut conn = self.db.connection().await?;
                deliveries::failed(&mut conn, &mail, &error.to_string(), next).await?;
                if next == Next::GiveUp { "dead" } else { "failed" }
            }
        };
        self.outcomes.add(1, &[KeyValue::new("outcome", outcome)]);
        Ok(())
    }

    /// Tries several times, because a mail that is not recorded as sent is sent again.
    async fn record_sent(&self, mail: &Claimed) -> Result<(), Error> {
        let mut pauses = RECORD_PAUSES.iter();
        loop {
            let recorded = match self.db.connection().await {
                Ok(mut conn) => deliveries::sent(&mut conn, mail, self.clock.now()).await,
                Err(error) => Err(error),
            };
            match (recorded, pauses.next()) {
                (Err(_), Some(pause)) => tokio::time::sleep(*pause).await,
                (recorded, _) => return Ok(recorded?),
            }
        }
    }
}
