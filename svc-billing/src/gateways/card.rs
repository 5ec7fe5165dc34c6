//! The card gateway: `POST /card/v1/charges` with the header `Idempotency-Key`.

use async_trait::async_trait;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use super::http::{Client, base, send};
use super::{Charge, Outcome, PaymentGateway};

#[derive(Debug)]
pub struct Card {
    client: Client,
    charges: String,
}

impl Card {
    pub fn new(client: Client, url: &str) -> Self {
        Self {
            client,
            charges: format!("{}/card/v1/charges", base(url)),
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    amount_minor: i64,
    currency: &'a str,
    payment_token: &'a str,
    reference: &'a str,
}

#[derive(Deserialize)]
struct Charged {
    id: String,
    status: String,
}

#[derive(Deserialize)]
struct Refused {
    error: RefusedBecause,
}

#[derive(Deserialize)]
struct RefusedBecause {
    code: String,
}

#[async_trait]
impl PaymentGateway for Card {
    fn kind(&self) -> &'static str {
        "card"
    }

    async fn charge(&self, charge: &Charge) -> Outcome {
        let request = Request {
            amount_minor: charge.amount.minor_units(),
            currency: charge.amount.currency().code(),
            payment_token: &charge.means.token,
            reference: &charge.reference,
        };
        let request = self
            .client
            .post(&self.charges)
            .header("Idempotency-Key", charge.key.to_string())
            .json(&request);
        let answer = match send(request).await {
            Ok(answer) => answer,
            Err(reason) => return Outcome::Unknown { reason },
        };
        if answer.status == StatusCode::CREATED
            && let Some(charged) = answer.json::<Charged>()
            && charged.status == "succeeded"
        {
            return Outcome::Succeeded {
                reference: charged.id,
            };
        }
        if answer.is_final_refusal() {
            let code = answer.json::<Refused>().map(|refused| refused.error.code);
            return Outcome::Declined {
                reason: code.unwrap_or_else(|| answer.status.to_string()),
            };
        }
        Outcome::Unknown {
            reason: format!("the gateway answered {}", answer.status),
        }
    }
}
