//! Those who move real money. A new payment method is one new file here and one line in [`Gateways::new`] (B8).
//!
//! The contract of every adapter: the same [`Charge::key`] with the same contents charges at most once, however often it is
//! sent; and what is not known to have been declined is [`Outcome::Unknown`], never `Declined`.

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

pub use card::Card;
pub use golden_hat::{GoldenHat, PayoutOutcome};
pub use http::Client;
pub use wallet::Wallet;

use crate::domain::{AttemptId, Means};

/// A charge to be made.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The idempotency key.
    pub key: AttemptId,
    /// How much. Positive.
    pub amount: Money,
    /// Whose card or wallet.
    pub means: Means,
    /// The invoice's number, for the client's statement at their bank.
    pub reference: String,
}

/// What became of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Money moved.
    Succeeded {
        /// The gateway's own id.
        reference: String,
    },
    /// Money did not move, and will not for this key.
    Declined {
        /// Why, as the gateway says.
        reason: String,
    },
    /// Nobody knows: ask again with the same key.
    Unknown {
        /// What went wrong on the way.
        reason: String,
    },
}

impl Outcome {
    /// The word for it in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "succeeded",
            Self::Declined { .. } => "declined",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// A way to charge clients.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// The kind that clients choose it by, such as `card`. Also names its clearing account.
    fn kind(&self) -> &'static str;

    /// Charges once per key.
    async fn charge(&self, charge: &Charge) -> Outcome;
}

/// Where the gateways are.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The card gateway's base URL.
    pub card: String,
    /// The wallet gateway's base URL.
    pub wallet: String,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// All gateways that clients can choose from.
#[derive(Clone)]
pub struct Gateways(BTreeMap<&'static str, Watched>);

/// A gateway, and what charges showed of it.
#[derive(Clone)]
struct Watched {
    gateway: Arc<dyn PaymentGateway>,
    health: PassiveHealth,
}

impl Gateways {
    /// Every gateway that there is.
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

    /// Whether there is a gateway of this kind.
    pub fn has(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }

    /// Charges by the gateway that the client chose, once per key.
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

    /// What charges showed of each, by its kind.
    pub fn health(&self) -> impl Iterator<Item = (&'static str, &PassiveHealth)> {
        self.0.iter().map(|(kind, watched)| (*kind, &watched.health))
    }
}

impl std::fmt::Debug for Gateways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
