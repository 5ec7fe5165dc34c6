//! Two persons in each role, each with objects of their own.

use artel::call::Caller;
use artel::contracts::Context::{Billing, Consumables, Orders};
use artel::failure::Error;
use artel::story::hire::{self, Company, Worker};
use artel::story::order::{self, Client};
use artel::story::{Stage, list, settle, text};
use chrono::Duration;
use conventions::Role;
use serde_json::json;
use uuid::Uuid;

/// The base price of the story's service.
const PRICE: i64 = 10_000;

/// A person and the ids of that person's objects.
#[derive(Debug, Clone)]
pub struct Person {
    pub role: Role,
    pub id: String,
    /// An order that they placed, or work on.
    pub order_id: String,
    pub photo_id: String,
    pub invoice_id: String,
    pub kit_id: String,
    /// What can be ordered; the same for everybody.
    pub service_type_id: String,
    /// The secret in a candidate's first letter, which confirms the address.
    pub first_token: String,
    /// The secret in a candidate's personal link to the tests.
    pub token: String,
}

impl Person {
    /// A person whose ids do not exist.
    pub fn unknown(role: Role) -> Self {
        let id = || Uuid::new_v4().to_string();
        let secret = || format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Self {
            role,
            id: id(),
            order_id: id(),
            photo_id: id(),
            invoice_id: id(),
            kit_id: id(),
            service_type_id: id(),
            first_token: secret(),
            token: secret(),
        }
    }

    /// Calls in their name; a candidate has none.
    pub fn caller(&self, stage: &Stage) -> Caller {
        let caller = match self.role {
            Role::Candidate => Ok(stage.public()),
            role => stage.caller(&[role], &self.id),
        };
        caller
            .expect("a token can be signed")
            .patient(std::time::Duration::ZERO)
    }
}

/// Two clients, two workers, two candidates: each client's order is done by one of the workers,
/// billed and paid.
pub async fn two_of_everybody(stage: &Stage) -> Result<Vec<[Person; 2]>, Error> {
    let company = hire::company(stage).await?;
    let anna = order::client(stage, "Anna", "tok_visa").await?;
    let dora = order::client(stage, "Dora", "tok_visa").await?;
    let boris = hire::hire(stage, &company, "Boris").await?;
    let cyril = hire::hire(stage, &company, "Cyril").await?;
    for worker in [&boris, &cyril] {
        order::beneficiary(stage, worker, &format!("worker-{}", worker.id)).await?;
    }
    // In one slot: no worker can have both.
    let slot = order::slot(Duration::hours(1), Duration::hours(2));
    let first = done(stage, &company, &anna, &slot).await?;
    let second = done(stage, &company, &dora, &slot).await?;
    settle::close(stage).await?;
    let mut clients = Vec::new();
    let mut workers = Vec::new();
    for (client, done) in [(&anna, first), (&dora, second)] {
        let own = |role, id: &str, invoice_id| Person {
            role,
            id: id.to_owned(),
            order_id: done.order_id.clone(),
            photo_id: done.photo_id.clone(),
            invoice_id,
            kit_id: done.kit_id.clone(),
            service_type_id: company.service_type_id.clone(),
            ..Person::unknown(role)
        };
        clients.push(own(
            Role::Client,
            &client.id,
            invoice_of(stage, &client.id).await?,
        ));
        workers.push(own(
            Role::Worker,
            &done.worker.id,
            invoice_of(stage, &done.worker.id).await?,
        ));
    }
    let mut candidates = Vec::new();
    for name in ["Ida", "Jan"] {
        let (_, token) = hire::apply(stage, &company, name).await?;
        let email = stage.email(&name.to_lowercase());
        let first_token = stage.token_from_mail(&email, "Confirm your address").await?;
        candidates.push(Person {
            first_token,
            token,
            ..Person::unknown(Role::Candidate)
        });
    }
    let pair = |people: Vec<Person>| <[Person; 2]>::try_from(people).expect("two of them");
    Ok(vec![pair(clients), pair(workers), pair(candidates)])
}

struct Done {
    order_id: String,
    worker: Worker,
    photo_id: String,
    kit_id: String,
}

/// An order of this client, from its placing to its end.
async fn done(
    stage: &Stage,
    company: &Company,
    client: &Client,
    slot: &serde_json::Value,
) -> Result<Done, Error> {
    let order_id = order::place(stage, client, &company.service_type_id, slot, PRICE).await?;
    let worker = order::assigned(stage, &order_id, PRICE).await?;
    order::pack(stage, company, &order_id, &worker).await?;
    let of_worker = stage.caller(&[Role::Worker], &worker.id)?;
    let photo_id = order::photo(&of_worker, &order_id).await?;
    let start = json!({ "orderId": order_id, "photoId": photo_id });
    of_worker.call(Orders, "StartWork", start).await?;
    order::complete(stage, &order_id, &worker).await?;
    let booked = settle::Booked {
        client: PRICE,
        worker: 6_000,
    };
    settle::booked(stage, &order_id, client, &worker, booked).await?;
    let kits = json!({ "orderId": order_id });
    let kits = stage.root()?.call(Consumables, "ListKits", kits).await?;
    Ok(Done {
        kit_id: text(&list(&kits, "/kits")[0], "/kitId")?,
        order_id,
        worker,
        photo_id,
    })
}

async fn invoice_of(stage: &Stage, owner_id: &str) -> Result<String, Error> {
    let root = stage.root()?;
    stage
        .until("the invoice", async || {
            let request = json!({ "ownerId": owner_id, "pageSize": 10 });
            let invoices = root.call(Billing, "ListInvoices", request).await?;
            let first = list(&invoices, "/invoices").first().cloned();
            first
                .map(|invoice| text(&invoice, "/invoiceId"))
                .transpose()
                .map(|id| id.ok_or_else(|| "none".to_owned()))
        })
        .await
}
