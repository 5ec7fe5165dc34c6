//! Hands mails that are due to the mail server (N2).
//!
//! A mail is claimed for a while, handed over, and noted as sent at once. Only between the mail server's acceptance and
//! that note can a crash (or a lost answer) make it be sent again: SMTP has no key against that. The second mail then has
//! the same Message-ID, by which mail stores recognise it.

use chrono::Utc;
use futures::StreamExt as _;
use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};
use service_host::Database;

use crate::domain::delivery::{Next, Patience};
use crate::error::Error;
use crate::mail::Mailer;
use crate::store::deliveries::{self, Claimed};

/// Mails claimed at once. Few, so that none of them waits for long after its claim.
const BATCH: i64 = 32;

/// Mails handed over at the same time.
const AT_ONCE: usize = 8;

/// Batches of one run; whatever is left then is due in the next one.
const ROUNDS: usize = 100;

/// What delivering needs.
pub struct Deliver {
    /// Where rows of work lie.
    pub db: Database,
    /// Where mails go.
    pub mailer: Mailer,
    /// How patiently.
    pub patience: Patience,
    outcomes: Counter<u64>,
}

impl Deliver {
    /// Call it once telemetry is there.
    pub fn new(db: Database, mailer: Mailer, patience: Patience) -> Self {
        let outcomes = global::meter("notify")
            .u64_counter("mail.attempts")
            .with_description("Attempts to hand a mail over, by outcome")
            .build();
        Self {
            db,
            mailer,
            patience,
            outcomes,
        }
    }

    /// Tries everything that is due once.
    pub async fn run(&self) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let claimed = {
                let mut conn = self.db.connection().await?;
                deliveries::claim(&mut conn, Utc::now(), self.mailer.lease(), BATCH).await?
            };
            if claimed.is_empty() {
                break;
            }
            let mut attempts = futures::stream::iter(claimed)
                .map(|mail| self.attempt(mail))
                .buffer_unordered(AT_ONCE);
            while let Some(noted) = attempts.next().await {
                noted?;
            }
        }
        Ok(())
    }

    async fn attempt(&self, mail: Claimed) -> Result<(), Error> {
        let sent = self.mailer.send(&mail).await;
        let attempt = u32::try_from(mail.attempts).unwrap_or(u32::MAX);
        let mut conn = self.db.connection().await?;
        let outcome = match sent {
            Ok(()) => {
                deliveries::sent(&mut conn, &mail, Utc::now()).await?;
                "sent"
            }
            Err(error) => {
                let next = self
                    .patience
                    .after_failure(attempt, error.is_permanent(), Utc::now());
                tracing::warn!(delivery.id = %mail.id, attempt, ?next, %error, "mail not taken");
                deliveries::failed(&mut conn, &mail, &error.to_string(), next).await?;
                if next == Next::GiveUp { "dead" } else { "failed" }
            }
        };
        self.outcomes.add(1, &[KeyValue::new("outcome", outcome)]);
        Ok(())
    }
}
