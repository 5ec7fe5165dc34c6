//! The wallet gateway: `POST /wallet/pay`. Its `operation_id` is the idempotency key; sums are
//! minor units as text.

use async_trait::async_trait;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use super::http::{Client, base, send};
use super::{Charge, Outcome, PaymentGateway};

#[derive(Debug)]
pub struct Wallet {
    client: Client,
    pay: String,
}

impl Wallet {
    pub fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            pay: format!("{}/wallet/pay", base(url)),
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    operation_id: String,
    payer: &'a str,
    sum: Sum<'a>,
    comment: &'a str,
}

#[derive(Serialize)]
struct Sum<'a> {
    units: String,
    currency: &'a str,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "operation_id")]
    id: String,
    state: String,
    #[serde(default)]
    reason: String,
}

#[async_trait]
impl PaymentGateway for Wallet {
    fn kind(&self) -> &'static str {
        "wallet"
    }

    async fn charge(&self, charge: &Charge) -> Outcome {
        let request = Request {
            operation_id: charge.key.to_string(),
            payer: &charge.means.token,
            sum: Sum {
                units: charge.amount.minor_units().to_string(),
                currency: charge.amount.currency().code(),
            },
            comment: &charge.reference,
        };
        let answer = match send(self.client.post(&self.pay).json(&request)).await {
            Ok(answer) => answer,
            Err(reason) => return Outcome::Unknown { reason },
        };
        if answer.is_final_refusal() {
            return Outcome::Declined {
                reason: answer.status.to_string(),
            };
        }
        let operation = answer
            .json::<Operation>()
            .filter(|operation| answer.status == StatusCode::OK && operation.id == request.operation_id);
        match operation {
            Some(operation) if operation.state == "DONE" => Outcome::Succeeded {
                reference: operation.id,
            },
            Some(operation) if operation.state == "REJECTED" => Outcome::Declined {
                reason: operation.reason,
            },
            _ => Outcome::Unknown {
                reason: format!("the gateway answered {}", answer.status),
            },
        }
    }
}
