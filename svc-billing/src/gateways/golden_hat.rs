//! Golden Hat, the payout provider: `POST /golden-hat/v2/payouts` with the header `X-Request-Id`,
//! then `GET` of the payout until it is paid.

use money::Money;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use service_host::PassiveHealth;
use strum::IntoStaticStr;

use super::http::{Answer, Client, base, send};
use crate::domain::AttemptId;

/// The status of a payout. The words are values of a metric.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PayoutOutcome {
    /// Accepted and not paid yet. `reference` is the provider's id of the payout.
    Accepted { reference: String },
    /// Money moved.
    Paid,
    /// No money moved, and none will move for this key.
    Rejected { reason: String },
    /// Money may have moved. The request must be repeated with the same key.
    Unknown { reason: String },
}

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
    /// Also the name of its clearing account.
    pub const KIND: &'static str = "golden-hat";

    pub fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            payouts: format!("{}/golden-hat/v2/payouts", base(url)),
            health: PassiveHealth::default(),
        }
    }

    /// Health as shown by the last calls.
    pub fn health(&self) -> &PassiveHealth {
        &self.health
    }

    /// Requests a payout. The provider makes at most one per key.
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
            Ok(answer) if answer.is_final_refusal() => PayoutOutcome::Rejected {
                reason: answer.status.to_string(),
            },
            Ok(answer) => read(&answer, StatusCode::ACCEPTED),
            Err(reason) => PayoutOutcome::Unknown { reason },
        };
        self.recorded(outcome)
    }

    /// Requests the status of an accepted payout.
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

/// Whether the id can be part of a URL.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=200).contains(&id.len()) && id.bytes().all(plain)
}
