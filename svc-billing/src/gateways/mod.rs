//! Adapters of payment gateways and of the payout provider. A new payment method is one new file
//! here and one line in [`Gateways::new`] (B8).
//!
//! The contract of every adapter: requests with the same [`Charge::key`] and the same contents
//! charge at most once, and an outcome is [`Outcome::Unknown`] unless the gateway has clearly
//! declined.

mod card;
mod golden_hat;
mod http;
mod wallet;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use money::Money;
use service_host::PassiveHealth;
use strum::IntoStaticStr;

pub use card::Card;
pub use golden_hat::{GoldenHat, PayoutOutcome};
pub use http::Client;
pub use wallet::Wallet;

use crate::domain::{AttemptId, Means};

#[derive(Debug, Clone)]
pub struct Charge {
    /// The idempotency key.
    pub key: AttemptId,
    /// Positive.
    pub amount: Money,
    pub means: Means,
    /// The number of the invoice, for the bank statement of the client.
    pub reference: String,
}

/// The outcome of a charge. The words are values of a metric.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Money moved. `reference` is the gateway's id of the charge.
    Succeeded { reference: String },
    /// No money moved, and none will move for this key. `reason` is the gateway's.
    Declined { reason: String },
    /// Money may have moved. The request must be repeated with the same key.
    Unknown { reason: String },
}

/// A way to charge clients.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// The name by which clients choose the gateway, such as `card`. Also the name of its clearing
    /// account.
    fn kind(&self) -> &'static str;

    /// Charges at most once per key.
    async fn charge(&self, charge: &Charge) -> Outcome;
}

/// Base URLs of the gateways, and the deadline of a call.
#[derive(Debug, Clone)]
pub struct Addresses {
    pub card: String,
    pub wallet: String,
    pub timeout: Duration,
}

/// The gateways that clients can choose from, by kind.
#[derive(Clone)]
pub struct Gateways(BTreeMap<&'static str, Watched>);

#[derive(Clone)]
struct Watched {
    gateway: Arc<dyn PaymentGateway>,
    health: PassiveHealth,
}

impl Gateways {
    pub fn new(addresses: &Addresses) -> Result<Self, reqwest::Error> {
        let client = Client::new(addresses.timeout)?;
        let all: [Arc<dyn PaymentGateway>; 2] = [
            Arc::new(Card::new(client.clone(), &addresses.card)),
            Arc::new(Wallet::new(client, &addresses.wallet)),
        ];
        let watched = all.into_iter().map(|gateway| {
            let health = PassiveHealth::default();
            (gateway.kind(), Watched { gateway, health })
        });
        Ok(Self(watched.collect()))
    }

    pub fn has(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }

    /// Charges by the gateway that the client chose, at most once per key.
    pub async fn charge(&self, charge: &Charge) -> Outcome {
        let kind = &charge.means.provider;
        let Some(Watched { gateway, health }) = self.0.get(kind.as_str()) else {
            return Outcome::Unknown {
                reason: format!("there is no gateway {kind}"),
            };
        };
        let outcome = gateway.charge(charge).await;
        health.record(match &outcome {
            Outcome::Unknown { reason } => Err(reason),
            _ => Ok(()),
        });
        outcome
    }

    /// The health of each gateway as shown by the last charges.
    pub fn health(&self) -> impl Iterator<Item = (&'static str, &PassiveHealth)> {
        self.0.iter().map(|(kind, watched)| (*kind, &watched.health))
    }
}

impl std::fmt::Debug for Gateways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
