//! Golden Hat, the payout provider: `POST /golden-hat/v2/payouts` with `X-Request-Id`, then asked until it has paid.

use money::Money;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use service_host::PassiveHealth;

use super::http::{Answer, Client, base, send};
use crate::domain::AttemptId;

/// What became of a payout so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutOutcome {
    /// Accepted, not paid yet: ask with the provider's own id.
    Accepted {
        /// The provider's id.
        reference: String,
    },
    /// Money moved.
    Paid,
    /// Money did not move, and will not for this key.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Nobody knows: ask again with the same key.
    Unknown {
        /// What went wrong on the way.
        reason: String,
    },
}

impl PayoutOutcome {
    /// The word for it in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Paid => "paid",
            Self::Rejected { .. } => "rejected",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Pays workers out.
#[derive(Debug, Clone)]
pub struct GoldenHat {
    client: Client,
    payouts: String,
    health: PassiveHealth,
}

#[derive(Serialize)]
struct Request<'a> {
    beneficiary: &'a str,
    amount: Amount<'a>,
    purpose: &'a str,
}

#[derive(Serialize)]
struct Amount<'a> {
    value: i64,
    currency: &'a str,
}

#[derive(Deserialize)]
struct Payout {
    payout_id: String,
    status: String,
}

impl GoldenHat {
    /// Names its clearing account.
    pub const KIND: &'static str = "golden-hat";

    /// The provider at this base URL.
    pub fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            payouts: format!("{}/golden-hat/v2/payouts", base(url)),
            health: PassiveHealth::default(),
        }
    }

    /// What calls showed of it.
    pub fn health(&self) -> &PassiveHealth {
        &self.health
    }

    /// Asks for a payout; at most one per key.
    pub async fn pay_out(
        &self,
        key: AttemptId,
        beneficiary: &str,
        amount: Money,
        purpose: &str,
    ) -> PayoutOutcome {
        let body = Request {
            beneficiary,
            amount: Amount {
                value: amount.minor_units(),
                currency: amount.currency().code(),
            },
            purpose,
        };
        let request = self
            .client
            .post(&self.payouts)
            .header("X-Request-Id", key.to_string())
            .json(&body);
        let outcome = match send(request).await {
            Ok(answer) if answer.refuses_for_good() => PayoutOutcome::Rejected {
                reason: answer.status.to_string(),
            },
            Ok(answer) => read(&answer, StatusCode::ACCEPTED),
            Err(reason) => PayoutOutcome::Unknown { reason },
        };
        self.recorded(outcome)
    }

    /// Asks how an accepted payout stands.
    pub async fn status(&self, reference: &str) -> PayoutOutcome {
        let outcome = match send(self.client.get(&format!("{}/{reference}", self.payouts))).await {
            Ok(answer) => read(&answer, StatusCode::OK),
            Err(reason) => PayoutOutcome::Unknown { reason },
        };
        self.recorded(outcome)
    }

    fn recorded(&self, outcome: PayoutOutcome) -> PayoutOutcome {
        self.health.record(match &outcome {
            PayoutOutcome::Unknown { reason } => Err(reason),
            _ => Ok(()),
        });
        outcome
    }
}

fn read(answer: &Answer, expected: StatusCode) -> PayoutOutcome {
    let payout = answer
        .json::<Payout>()
        .filter(|payout| answer.status == expected && is_plain(&payout.payout_id));
    match payout {
        Some(payout) if payout.status == "accepted" => PayoutOutcome::Accepted {
            reference: payout.payout_id,
        },
        Some(payout) if payout.status == "paid" => PayoutOutcome::Paid,
        Some(payout) if payout.status == "rejected" => PayoutOutcome::Rejected {
            reason: "rejected by the provider".to_owned(),
        },
        _ => PayoutOutcome::Unknown {
            reason: format!("the provider answered {}", answer.status),
        },
    }
}

/// The id becomes part of an address later on.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=200).contains(&id.len()) && id.bytes().all(plain)
}
