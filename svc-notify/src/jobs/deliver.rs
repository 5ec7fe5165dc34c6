//! Hands mails that are due to the mail server (N2).
//!
//! A mail is claimed for a while, handed over, and noted as sent at once. Only between the mail server's acceptance and
//! that note can a crash (or a lost answer) make it be sent again: SMTP has no key against that. The second mail then has
//! the same Message-ID, by which mail stores recognise it.

use std::time::Duration;

use chrono::Utc;
use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};
use service_host::{Database, fail_point, telemetry};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::delivery::{Next, Patience};
use crate::error::Error;
use crate::mail::Mailer;
use crate::store::deliveries::{self, Claimed};

/// Mails claimed, and handed over, at the same time: none waits after its claim.
const AT_ONCE: u16 = 16;

/// Waves of one run; whatever is left then is due in the next one.
const WAVES: usize = 100;

/// How long to wait before a mail is noted as sent again, where that failed.
const NOTE_PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];

/// What delivering needs.
pub struct Deliver {
    /// Where rows of work lie.
    pub db: Database,
    /// Where mails go.
    pub mailer: Mailer,
    /// How patiently.
    pub patience: Patience,
    /// No further mails are claimed once it is cancelled; those under way are finished.
    pub shutdown: CancellationToken,
    outcomes: Counter<u64>,
}

impl Deliver {
    /// Call it once telemetry is there.
    pub fn new(db: Database, mailer: Mailer, patience: Patience, shutdown: CancellationToken) -> Self {
        let outcomes = global::meter("artel.notify")
            .u64_counter("artel.mail.attempts")
            .with_description("Attempts to hand a mail over, by outcome")
            .build();
        // A counter that appears with its first letter shows Prometheus no increase.
        for outcome in ["sent", "failed", "dead"] {
            outcomes.add(0, &[KeyValue::new("outcome", outcome)]);
        }
        Self {
            db,
            mailer,
            patience,
            shutdown,
            outcomes,
        }
    }

    /// Tries everything that is due once.
    pub async fn run(&self) -> Result<(), Error> {
        for _ in 0..WAVES {
            if self.shutdown.is_cancelled() {
                break;
            }
            let claimed = {
                let mut conn = self.db.connection().await?;
                deliveries::claim(&mut conn, Utc::now(), self.mailer.lease(), AT_ONCE.into()).await?
            };
            if claimed.is_empty() {
                break;
            }
            // All of them to their end, also when one can't be noted: a mail must not be cut under way.
            let attempts = futures::future::join_all(claimed.into_iter().map(|mail| {
                let span = telemetry::resumed("send mail", mail.traceparent.as_deref());
                self.attempt(mail).instrument(span)
            }));
            for noted in attempts.await {
                noted?;
            }
        }
        Ok(())
    }

    async fn attempt(&self, mail: Claimed) -> Result<(), Error> {
        fail_point::reach("mail::claimed");
        let sent = self.mailer.send(&mail).await;
        let attempt = u32::try_from(mail.attempts).unwrap_or(u32::MAX);
        let outcome = match sent {
            Ok(()) => {
                fail_point::reach("mail::accepted");
                self.note_sent(&mail).await?;
                "sent"
            }
            Err(error) => {
                let next = self
                    .patience
                    .after_failure(attempt, error.is_permanent(), Utc::now());
                tracing::warn!(delivery.id = %mail.id, attempt, ?next, %error, "mail not taken");
                let mut conn = self.db.connection().await?;
                deliveries::failed(&mut conn, &mail, &error.to_string(), next).await?;
                if next == Next::GiveUp { "dead" } else { "failed" }
            }
        };
        self.outcomes.add(1, &[KeyValue::new("outcome", outcome)]);
        Ok(())
    }

    /// Tries more than once: what isn't noted is sent again.
    async fn note_sent(&self, mail: &Claimed) -> Result<(), Error> {
        let mut pauses = NOTE_PAUSES.iter();
        loop {
            let noted = match self.db.connection().await {
                Ok(mut conn) => deliveries::sent(&mut conn, mail, Utc::now()).await,
                Err(error) => Err(error),
            };
            match (noted, pauses.next()) {
                (Err(_), Some(pause)) => tokio::time::sleep(*pause).await,
                (noted, _) => return Ok(noted?),
            }
        }
    }
}
