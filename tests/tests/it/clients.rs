//! Clients that keep placing and reading orders, and record the outcome of each call.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use artel::call::Caller;
use artel::contracts::Context;
use artel::failure::Error;
use artel::mesh::Mesh as Connections;
use artel::story::{Stage, hire, list, order, text};
use conventions::Role;
use serde_json::{Value, json};
use test_support::eventually;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use crate::mesh::Mesh;

/// Each caller's pause between two calls: a load, not a flood.
const PAUSE: Duration = Duration::from_millis(200);
/// By when orders are accepted again, and what was accepted has had its effects, on a slow machine.
const BOUND: Duration = Duration::from_mins(3);

/// One call, as its caller saw it.
#[derive(Debug, Clone)]
pub struct Call {
    /// `PlaceOrder`, `GetOrder`.
    pub method: &'static str,
    /// When it was made.
    pub began: Instant,
    /// How long the answer took.
    pub took: Duration,
    /// How often the same request, by its id, had been refused before.
    pub repeats: usize,
    /// Why it was refused, if it was.
    pub refused: Option<Status>,
}

/// A client and an order as wire messages.
pub struct Wish {
    client: order::Client,
    request: Value,
}

impl Wish {
    /// An order of a new client, of a new service type, for tomorrow. No worker is hired, so orders
    /// wait.
    pub async fn new(stage: &Stage) -> Result<Self, Error> {
        let company = hire::company(stage).await?;
        let client = order::client(stage, "Anna", "tok_visa").await?;
        let slot = order::slot(chrono::Duration::days(1), chrono::Duration::hours(2));
        // Until this one is accepted, orders may not know the client or the service type yet.
        order::place(stage, &client, &company.service_type_id, &slot, 10_000).await?;
        let request = json!({
            "clientId": client.id, "serviceTypeId": company.service_type_id, "slot": slot,
            "description": "Six windows.", "place": "Lesnaya 5, Moscow", "contact": "Anna, ring twice",
        });
        Ok(Self { client, request })
    }
}

/// The clients at work.
pub struct Clients {
    wish: Wish,
    end: CancellationToken,
    calls: Arc<Mutex<Vec<Call>>>,
    callers: JoinSet<usize>,
}

impl Clients {
    /// So many begin, each with a connection of their own.
    pub fn begin(callers: usize, mesh: &Mesh, connections: impl Fn() -> Connections, wish: Wish) -> Self {
        let (end, calls) = (CancellationToken::new(), Arc::default());
        let role = [Role::Client.claim().to_owned()];
        let token = mesh.key().sign(&role, &wish.client.id, artel::keys::TTL);
        let token = token.expect("a token can be signed");
        let callers = (0..callers).map(|_| {
            let one = OneCaller {
                caller: Caller::new(connections(), Some(token.clone())),
                order: wish.request.clone(),
                calls: Arc::clone(&calls),
                end: end.clone(),
            };
            one.keep_ordering()
        });
        Self {
            callers: callers.collect(),
            wish,
            end,
            calls,
        }
    }

    /// The calls that began from then on.
    pub fn calls_since(&self, begin: Instant) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|call| call.began >= begin).cloned().collect()
    }

    /// Waits until so many more orders are accepted; when that began.
    pub async fn accepted(&self, more: usize) -> Instant {
        let began = Instant::now();
        eventually(BOUND, async || {
            let placed = |call: &&Call| call.method == "PlaceOrder" && call.refused.is_none();
            match self.calls_since(began).iter().filter(placed).count() {
                count if count < more => Err(format!("{count} orders of {more}")),
                _ => Ok(()),
            }
        })
        .await;
        began
    }

    /// Asks everybody to end, once the order at hand is accepted. Then each accepted order is there
    /// once, and its letter went all the way once: outbox, Kafka, inbox, mail server. All the calls
    /// there were.
    pub async fn end(self, mesh: &Mesh, stage: &Stage) -> Vec<Call> {
        self.end.cancel();
        let accepted: usize = tokio::time::timeout(BOUND, self.callers.join_all())
            .await
            .expect("everybody's last order is accepted")
            .into_iter()
            .sum();
        // One was placed before they came.
        everything_once(mesh, stage, &self.wish.client, accepted + 1).await;
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

struct OneCaller {
    caller: Caller,
    order: Value,
    calls: Arc<Mutex<Vec<Call>>>,
    end: CancellationToken,
}

impl OneCaller {
    /// How many orders were accepted until the end.
    async fn keep_ordering(self) -> usize {
        let mut accepted = 0;
        while !self.end.is_cancelled() {
            let mut order = self.order.clone();
            order["requestId"] = json!(Uuid::new_v4().to_string());
            let placed = self.insist("PlaceOrder", order).await;
            accepted += 1;
            let id = json!({ "orderId": text(&placed, "/order/orderId").unwrap() });
            self.insist("GetOrder", id).await;
        }
        accepted
    }

    /// Repeats a request, as it is, until it is answered.
    async fn insist(&self, method: &'static str, request: Value) -> Value {
        let mut repeats = 0;
        loop {
            let began = Instant::now();
            let answer = self.caller.call(Context::Orders, method, request.clone()).await;
            let (answer, refused) = match answer {
                Ok(answer) => (Some(answer), None),
                Err(Error::Call { status, .. }) => (None, Some(*status)),
                Err(other) => panic!("{other}"),
            };
            self.calls.lock().unwrap().push(Call {
                method,
                began,
                took: began.elapsed(),
                repeats,
                refused,
            });
            tokio::time::sleep(PAUSE).await;
            if let Some(answer) = answer {
                return answer;
            }
            repeats += 1;
        }
    }
}

async fn everything_once(mesh: &Mesh, stage: &Stage, client: &order::Client, accepted: usize) {
    println!("{accepted} orders were accepted");
    assert_eq!(orders_of(stage, &client.id).await.unwrap(), accepted);
    let received = async || {
        let boxes = mesh.mailboxes().await;
        let letters = boxes.get(&client.email).map(Vec::as_slice).unwrap_or_default();
        let received = |subject: &&String| subject.starts_with("Order received");
        letters.iter().filter(received).count()
    };
    eventually(BOUND, async || match received().await {
        count if count < accepted => Err(format!("{count} letters of {accepted}")),
        _ => Ok(()),
    })
    .await;
    assert_eq!(received().await, accepted, "letters about accepted orders");
}

async fn orders_of(stage: &Stage, client: &str) -> Result<usize, Error> {
    let root = stage.root()?;
    let (mut count, mut page) = (0, String::new());
    loop {
        let request = json!({ "clientId": client, "pageSize": 100, "pageToken": page });
        let answer = root.call(Context::Orders, "ListOrders", request).await?;
        count += list(&answer, "/orders").len();
        page = text(&answer, "/nextPageToken")?;
        if page.is_empty() {
            return Ok(count);
        }
    }
}
