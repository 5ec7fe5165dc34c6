//! Act two: a client orders, a worker is matched, the kit is packed, the work is done.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Duration, Utc};
use conventions::Role;
use serde_json::{Value, json};

use super::hire::{Company, Worker};
use super::{Stage, expect, list, minor, text};
use crate::call::Caller;
use crate::contracts::Context::{Billing, Consumables, Orders};
use crate::failure::Error;

/// Somebody who orders.
pub struct Client {
    /// Their id.
    pub id: String,
    /// Where letters go.
    pub email: String,
}

/// The smallest thing that begins as a JPEG: what the story's people photograph.
const PHOTO: &[u8] = &[
    0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xFF, 0xD9,
];

/// A client is registered by another program, and chooses a payment method.
pub async fn client(stage: &Stage, name: &str, payment_token: &str) -> Result<Client, Error> {
    let person = stage.person(name);
    let email = text(&person, "/email")?;
    let importer = stage.caller(&[Role::Service], "importer")?;
    let answer = importer
        .call(Orders, "RegisterClient", json!({ "person": person }))
        .await?;
    let id = text(&answer, "/client/clientId")?;
    let method = json!({ "clientId": id, "kind": "card", "token": payment_token });
    let caller = stage.caller(&[Role::Client], &id)?;
    stage
        .call_until_known(
            &caller,
            Billing,
            "SetPaymentMethod",
            method,
            &["ACCOUNT_NOT_FOUND"],
        )
        .await?;
    stage.tell(
        "importer",
        format!("registers the client {name}, who will pay by card"),
    );
    Ok(Client { id, email })
}

/// The worker says where pay should go.
pub async fn beneficiary(stage: &Stage, worker: &Worker, beneficiary: &str) -> Result<(), Error> {
    let request = json!({ "workerId": worker.id, "beneficiary": beneficiary });
    let caller = stage.caller(&[Role::Worker], &worker.id)?;
    stage
        .call_until_known(
            &caller,
            Billing,
            "SetPayoutBeneficiary",
            request,
            &["ACCOUNT_NOT_FOUND"],
        )
        .await?;
    Ok(())
}

/// A slot on the wire that begins so long from now.
pub fn slot(begins_in: Duration, lasts: Duration) -> Value {
    let wire = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let start = Utc::now() + begins_in;
    json!({ "start": wire(start), "end": wire(start + lasts) })
}

/// The client asks for the price and places an order; its id.
pub async fn place(
    stage: &Stage,
    client: &Client,
    service_type_id: &str,
    slot: &Value,
    quote: i64,
) -> Result<String, Error> {
    let caller = stage.caller(&[Role::Client], &client.id)?;
    let request = json!({ "clientId": client.id, "serviceTypeId": service_type_id });
    let unknown = ["SERVICE_TYPE_NOT_FOUND", "CLIENT_NOT_FOUND"];
    let quoted = stage
        .call_until_known(&caller, Orders, "QuoteOrder", request, &unknown)
        .await?;
    expect(
        "the quoted price",
        &minor(&quoted, "/offering/approximatePrice/total")?,
        &quote,
    )?;
    let request = json!({
        "clientId": client.id, "serviceTypeId": service_type_id, "slot": slot,
        "description": "Six windows, second floor.", "place": "Lesnaya 5, Moscow", "contact": "Anna, ring twice",
    });
    let placed = caller.call(Orders, "PlaceOrder", request).await?;
    stage.tell("client", "sees a quote and places an order");
    text(&placed, "/order/orderId")
}

/// The order as a manager sees it.
pub async fn get(stage: &Stage, order_id: &str) -> Result<Value, Error> {
    stage
        .root()?
        .call(Orders, "GetOrder", json!({ "orderId": order_id }))
        .await
}

/// The order, once it is in a state such as `ASSIGNED`.
pub async fn in_state(stage: &Stage, order_id: &str, state: &str) -> Result<Value, Error> {
    stage
        .until(&format!("the order to be {state}"), async || {
            let order = get(stage, order_id).await?;
            let is = text(&order, "/order/state")?;
            Ok(if is.ends_with(state) { Ok(order) } else { Err(is) })
        })
        .await
}

/// Waits until matching has found a worker; who it is.
pub async fn assigned(stage: &Stage, order_id: &str, price: i64) -> Result<Worker, Error> {
    let order = in_state(stage, order_id, "ORDER_STATE_ASSIGNED").await?;
    expect(
        "the price",
        &minor(&order, "/order/assignment/price/total")?,
        &price,
    )?;
    let id = text(&order, "/order/assignment/workerId")?;
    let name = text(&order, "/order/assignment/workerName")?;
    let worker = stage
        .root()?
        .call(Orders, "GetWorker", json!({ "workerId": id }))
        .await?;
    stage.tell(
        "orders",
        format!("OrderAssigned → {name}, for {price} minor units"),
    );
    Ok(Worker {
        id,
        email: text(&worker, "/worker/person/email")?,
    })
}

/// The order's kit, once it is there and `ready` says nothing against it.
pub async fn kit(
    stage: &Stage,
    order_id: &str,
    ready: impl Fn(&Value) -> Option<String>,
) -> Result<Value, Error> {
    let root = stage.root()?;
    stage
        .until("the kit", async || {
            let kits = root
                .call(Consumables, "ListKits", json!({ "orderId": order_id }))
                .await?;
            let Some(kit) = list(&kits, "/kits").first() else {
                return Ok(Err("no kit".to_owned()));
            };
            Ok(match ready(kit) {
                None => Ok(kit.clone()),
                Some(seen) => Err(seen),
            })
        })
        .await
}

/// Kira packs the kit, with the cookie when it arrives, and gives it to the worker.
pub async fn pack(stage: &Stage, company: &Company, order_id: &str, worker: &Worker) -> Result<(), Error> {
    let kit_id = text(&kit(stage, order_id, |_| None).await?, "/kitId")?;
    let kira = stage.caller(&[Role::Consumables], &company.employee_id)?;
    kira.call(Consumables, "TakeKit", json!({ "kitId": kit_id }))
        .await?;
    stage.tell(
        "Kira",
        "takes the kit to collect it: two pieces of soap, an acceptance form",
    );
    kit(stage, order_id, |kit| {
        let state = kit
            .pointer("/cookie/state")
            .and_then(Value::as_str)
            .unwrap_or("no cookie");
        (state != "COOKIE_STATE_DELIVERED").then(|| state.to_owned())
    })
    .await?;
    stage.tell(
        "bakery",
        "delivers the cookie that was ordered over HTTP for this very client",
    );
    kira.call(Consumables, "MarkCookie", json!({ "kitId": kit_id }))
        .await?;
    kira.call(Consumables, "MarkKitReady", json!({ "kitId": kit_id }))
        .await?;
    kira.call(
        Consumables,
        "IssueKit",
        json!({ "kitId": kit_id, "workerId": worker.id }),
    )
    .await?;
    stage.tell(
        "Kira",
        "puts the cookie in, marks the kit ready and issues it to the worker",
    );
    Ok(())
}

/// The worker's photo; its id.
pub async fn photo(caller: &Caller, order_id: &str) -> Result<String, Error> {
    let metadata =
        json!({ "metadata": { "requestId": uuid::Uuid::new_v4().to_string(), "orderId": order_id } });
    let chunk = json!({ "chunk": BASE64_STANDARD.encode(PHOTO) });
    text(
        &caller
            .upload(Orders, "UploadPhoto", vec![metadata, chunk])
            .await?,
        "/photo/photoId",
    )
}

/// The worker begins, with a photo.
pub async fn start(stage: &Stage, order_id: &str, worker: &Worker) -> Result<(), Error> {
    let caller = stage.caller(&[Role::Worker], &worker.id)?;
    let photo_id = photo(&caller, order_id).await?;
    caller
        .call(
            Orders,
            "StartWork",
            json!({ "orderId": order_id, "photoId": photo_id }),
        )
        .await?;
    stage.tell("worker", "starts, with a photo");
    Ok(())
}

/// The worker completes, with a photo of the signed report.
pub async fn complete(stage: &Stage, order_id: &str, worker: &Worker) -> Result<(), Error> {
    let caller = stage.caller(&[Role::Worker], &worker.id)?;
    let photo_id = photo(&caller, order_id).await?;
    caller
        .call(
            Orders,
            "CompleteWork",
            json!({ "orderId": order_id, "photoId": photo_id }),
        )
        .await?;
    stage.tell(
        "worker",
        "completes, with a photo of the report that the client signed",
    );
    Ok(())
}
