//! Who takes part in the run: set up before the first kill, through public gRPC like everything
//! else.

use artel::contracts::Context::{Billing, Consumables};
use artel::failure::Error;
use artel::story::hire::{self, Company, Offer, Worker};
use artel::story::order::{self, Client};
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use conventions::Role;
use serde_json::json;

use super::desk::Desk;

/// The base price of both service types.
pub const BASE_PRICE: i64 = 10_000;

/// Soap for all kits of any run.
const SOAP: i64 = 10_000;

pub struct Cast {
    pub company: Company,
    /// A service type whose worker must come at the slot's start, or has not shown up.
    pub punctual: String,
    pub clients: Vec<Customer>,
    pub workers: Vec<Worker>,
    /// The first hour that can be ordered.
    pub morning: DateTime<Utc>,
}

/// A client, and what the outside world does about them.
pub struct Customer {
    pub client: Client,
    /// Whether their cookies arrive.
    pub gets_cookies: bool,
}

impl Cast {
    pub async fn assemble(desk: &Desk) -> Result<Self, Error> {
        let stage = &desk.stage;
        let company = hire::company(stage).await?;
        let kira = stage.caller(&[Role::Consumables], &company.employee_id)?;
        let soap =
            json!({ "materialCode": company.material_code, "quantity": SOAP, "reason": "for the run" });
        desk.command(&kira, Consumables, "ReceiveStock", soap).await?;
        let offer = Offer {
            name: "Punctual washing",
            base_price: BASE_PRICE,
            grace_period: "0s",
        };
        let (punctual, _) = hire::service_type(stage, &offer, &company.material_code).await?;
        let (boris, gleb, denis, egor) = tokio::try_join!(
            hire::hire(stage, &company, "Boris"),
            hire::hire(stage, &company, "Gleb"),
            hire::hire(stage, &company, "Denis"),
            hire::hire(stage, &company, "Egor"),
        )?;
        let workers = vec![boris, gleb, denis, egor];
        for (number, worker) in workers.iter().enumerate() {
            order::beneficiary(stage, worker, &format!("worker-{number}")).await?;
        }
        Ok(Self {
            clients: clients(desk).await?,
            company,
            punctual,
            workers,
            morning: tomorrow(),
        })
    }
}

/// One of each kind: the stand-ins read from a token or a name what they shall do.
async fn clients(desk: &Desk) -> Result<Vec<Customer>, Error> {
    let mut clients = Vec::new();
    for (name, token) in [
        ("Anna", "tok_visa"),
        ("Bella", "tok_mastercard"),
        ("Clara", "tok_declined-once"),
        ("Dina", "tok_declined"),
        ("Latecia", "tok_visa-late"),
        ("Burntina", "tok_visa-burnt"),
    ] {
        clients.push(Customer {
            client: order::client(&desk.stage, name, token).await?,
            gets_cookies: !matches!(name, "Latecia" | "Burntina"),
        });
    }
    let wanda = order::client(&desk.stage, "Wanda", "tok_none").await?;
    let caller = desk.stage.caller(&[Role::Client], &wanda.id)?;
    let purse = json!({ "clientId": wanda.id, "kind": "wallet", "token": "purse-1" });
    desk.command(&caller, Billing, "SetPaymentMethod", purse).await?;
    clients.push(Customer {
        client: wanda,
        gets_cookies: true,
    });
    Ok(clients)
}

/// Far enough ahead that no run reaches it.
fn tomorrow() -> DateTime<Utc> {
    let in_a_day = Utc::now() + TimeDelta::days(1);
    in_a_day.duration_trunc(TimeDelta::hours(1)).unwrap_or(in_a_day)
}
