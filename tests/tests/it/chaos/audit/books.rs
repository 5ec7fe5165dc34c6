//! What the audit works with: what callers were told, and every order as it ended.

use std::collections::BTreeMap;

use artel::call::Caller;
use artel::contracts::Context::{self, Billing, Consumables, Orders};
use artel::failure::Error;
use artel::story::{Stage, list, minor, text};
use serde_json::{Value, json};

use crate::chaos::cast::Cast;
use crate::chaos::desk::{Desk, Told};

pub struct Books<'a> {
    pub stage: &'a Stage,
    pub cast: &'a Cast,
    /// The root manager, who may see everything.
    pub root: Caller,
    pub told: Vec<Told>,
    /// By id.
    pub orders: BTreeMap<String, Ended>,
    /// By the order that they are for.
    pub kits: BTreeMap<String, Vec<Value>>,
    pub invoices: Vec<Value>,
    pub payments: Vec<Value>,
    pub payouts: Vec<Value>,
}

/// An order at the end of the run.
pub struct Ended {
    pub id: String,
    pub client_id: String,
    /// The worker who was assigned last.
    pub worker_id: Option<String>,
    /// What was agreed with the last assignment, in minor units.
    pub price: Option<i64>,
    /// `COMPLETED`, `CANCELLED`, `FAILED`.
    pub state: String,
    /// `NO_SHOW`, `REPORTED`; `UNSPECIFIED` where it didn't fail.
    pub failure: String,
    pub order: Value,
    pub history: Vec<Value>,
}

impl<'a> Books<'a> {
    pub async fn gather(desk: &'a Desk, cast: &'a Cast) -> Result<Self, Error> {
        let stage = &desk.stage;
        let root = stage.root()?;
        let told = desk.told();
        let (mut orders, mut kits) = (BTreeMap::new(), BTreeMap::new());
        for told in told.iter().filter(|told| told.method == "PlaceOrder") {
            let id = text(&told.answer, "/order/orderId")?;
            let of_order = json!({ "orderId": id });
            let order = root.call(Orders, "GetOrder", of_order.clone()).await?;
            let of_kits = root.call(Consumables, "ListKits", of_order).await?;
            kits.insert(id.clone(), list(&of_kits, "/kits").to_vec());
            orders.insert(id.clone(), Ended::read(id, &order)?);
        }
        let everything = |method, path| pages(&root, Billing, method, json!({}), path);
        Ok(Self {
            invoices: everything("ListInvoices", "/invoices").await?,
            payments: everything("ListPayments", "/payments").await?,
            payouts: everything("ListPayouts", "/payouts").await?,
            stage,
            cast,
            root,
            told,
            orders,
            kits,
        })
    }

    /// What was acknowledged about one order by methods of one context, oldest first.
    pub fn told_of<'b>(
        &'b self,
        context: Context,
        id: &'b str,
        field: &'b str,
    ) -> impl Iterator<Item = &'b Told> {
        self.told.iter().filter(move |told| {
            told.context == context && told.request.get(field).and_then(Value::as_str) == Some(id)
        })
    }

    /// All ids of clients and workers, each with the kind that billing knows them by.
    pub fn owners(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let clients = self
            .cast
            .clients
            .iter()
            .map(|customer| ("CLIENT", customer.client.id.as_str()));
        let workers = self
            .cast
            .workers
            .iter()
            .map(|worker| ("WORKER", worker.id.as_str()));
        clients.chain(workers)
    }
}

impl Ended {
    fn read(id: String, answer: &Value) -> Result<Self, Error> {
        let order = &answer["order"];
        let word = |name: &str, prefix: &str| {
            let word = order[name].as_str().unwrap_or_default();
            word.trim_start_matches(prefix).to_owned()
        };
        let assignment = &order["assignment"];
        let (worker_id, price) = if assignment.is_null() {
            (None, None)
        } else {
            (
                Some(text(assignment, "/workerId")?),
                Some(minor(assignment, "/price/total")?),
            )
        };
        Ok(Self {
            id,
            client_id: text(order, "/summary/clientId")?,
            worker_id,
            price,
            state: word("state", "ORDER_STATE_"),
            failure: word("failureKind", "FAILURE_KIND_"),
            history: list(answer, "/history").to_vec(),
            order: order.clone(),
        })
    }

    /// What happened to it, oldest first: `placed`, `assigned`, …
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.history.iter().filter_map(|change| change["event"].as_str())
    }
}

/// All pages of a list.
pub async fn pages(
    caller: &Caller,
    context: Context,
    method: &str,
    mut request: Value,
    path: &str,
) -> Result<Vec<Value>, Error> {
    let mut all = Vec::new();
    request["pageSize"] = 100.into();
    loop {
        let page = caller.call(context, method, request.clone()).await?;
        all.extend_from_slice(list(&page, path));
        let next = text(&page, "/nextPageToken")?;
        if next.is_empty() {
            return Ok(all);
        }
        request["pageToken"] = next.into();
    }
}

/// The text of a field, empty where there is none.
pub fn word<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
