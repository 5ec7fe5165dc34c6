//! One order's life, from its placing to one of its ends, as client, department and worker live it.

use std::sync::Arc;

use artel::call::Caller;
use artel::contracts::Context::{Consumables, Orders};
use artel::failure::Error;
use artel::story::hire::Worker;
use artel::story::{order, text};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use conventions::Role;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tonic::Code;

use super::bookmaker::{Bookmaker, Stake};
use super::cast::{Cast, Customer};
use super::desk::Desk;
use super::progress::Progress;

/// How an order shall end.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Completed,
    /// The order is reported as failed.
    Reported,
    /// The worker does not come.
    NoShow,
    /// While matching may be at it.
    CancelledAtOnce,
    CancelledOnceAssigned,
    /// The client cancels and the worker starts at the same moment.
    Raced,
}

/// One order after the other.
pub struct Lane {
    pub chance: StdRng,
    pub desk: Arc<Desk>,
    pub cast: Arc<Cast>,
    pub bookmaker: Arc<Bookmaker>,
    pub progress: Arc<Progress>,
}

impl Lane {
    /// Until the last kill is survived; the order that is under way then comes to its end.
    pub async fn run(mut self) -> Result<(), Error> {
        while !self.progress.is_over() {
            let number = self.progress.begin_order();
            let fate = self.fate();
            self.live(number, fate).await?;
            self.progress.end_order();
        }
        Ok(())
    }

    /// One order, from its placing to its end.
    pub async fn live(&mut self, number: usize, fate: Fate) -> Result<(), Error> {
        let cast = Arc::clone(&self.cast);
        let customer = &cast.clients[self.chance.random_range(0..cast.clients.len())];
        let client = self.desk.stage.caller(&[Role::Client], &customer.client.id)?;
        let Some(order_id) = self.place(&client, customer, fate, number).await? else {
            return Ok(());
        };
        match fate {
            Fate::CancelledAtOnce => self.cancel(&client, &order_id).await?,
            Fate::NoShow => {}
            Fate::CancelledOnceAssigned => {
                self.assigned(&order_id).await?;
                self.bet(&order_id).await?;
                self.cancel(&client, &order_id).await?;
            }
            Fate::Raced => {
                let worker = self.assigned(&order_id).await?;
                self.bet(&order_id).await?;
                if self.race(&client, &order_id, &worker).await? {
                    self.end_work(&worker, &order_id, "CompleteWork").await?;
                }
            }
            Fate::Completed | Fate::Reported => {
                let worker = self.assigned(&order_id).await?;
                self.bet(&order_id).await?;
                if self.chance.random_bool(0.6) {
                    self.pack(customer, &order_id, &worker).await?;
                }
                self.end_work(&worker, &order_id, "StartWork").await?;
                if matches!(fate, Fate::Completed) {
                    self.end_work(&worker, &order_id, "CompleteWork").await?;
                } else {
                    self.report(&client, &worker, &order_id).await?;
                }
            }
        }
        self.over(&order_id).await
    }

    fn fate(&mut self) -> Fate {
        match self.chance.random_range(0..100) {
            0..45 => Fate::Completed,
            45..60 => Fate::Reported,
            60..68 => Fate::NoShow,
            68..78 => Fate::CancelledAtOnce,
            78..88 => Fate::CancelledOnceAssigned,
            _ => Fate::Raced,
        }
    }

    /// The order's id. `None` if the mesh was away until the slot had begun.
    async fn place(
        &self,
        client: &Caller,
        customer: &Customer,
        fate: Fate,
        number: usize,
    ) -> Result<Option<String>, Error> {
        let no_show = matches!(fate, Fate::NoShow);
        let (service_type_id, slot) = if no_show {
            let soon = Utc::now() + TimeDelta::seconds(8);
            (&self.cast.punctual, slot(soon, TimeDelta::minutes(1)))
        } else {
            // As many orders in an hour as there are workers: each worker gets exactly one.
            let hour = i64::try_from(number / self.cast.workers.len()).unwrap_or_default();
            let start = self.cast.morning + TimeDelta::hours(hour);
            (
                &self.cast.company.service_type_id,
                slot(start, TimeDelta::hours(1)),
            )
        };
        let request = json!({
            "clientId": customer.client.id, "serviceTypeId": service_type_id, "slot": slot,
            "description": format!("Order {number} of the run: {fate:?}."), "place": "Lesnaya 5, Moscow", "contact": "At the door",
        });
        let unknown = ["SERVICE_TYPE_NOT_FOUND", "CLIENT_NOT_FOUND"];
        let placed = self
            .desk
            .command_once_known(client, Orders, "PlaceOrder", request, &unknown);
        match placed.await {
            Ok(answer) => text(&answer, "/order/orderId").map(Some),
            Err(error) if no_show && error.code() == Some(Code::InvalidArgument) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn assigned(&self, order_id: &str) -> Result<Worker, Error> {
        let order = order::in_state(&self.desk.stage, order_id, "ORDER_STATE_ASSIGNED").await?;
        let id = text(&order, "/order/assignment/workerId")?;
        let known = self.cast.workers.iter().find(|worker| worker.id == id);
        known
            .cloned()
            .ok_or_else(|| Error::Story(format!("{order_id} is assigned to a stranger: {id}")))
    }

    /// Up to three managers bet, each once.
    async fn bet(&mut self, order_id: &str) -> Result<(), Error> {
        let conditions = ["completed", "failed", "cancelled", "no_show"];
        let bettors = self.chance.random_range(0..=3);
        for manager in self.cast.company.managers.iter().take(bettors) {
            let stake = Stake {
                order_id: order_id.to_owned(),
                manager_id: manager.id.clone(),
                condition: conditions[self.chance.random_range(0..conditions.len())],
                minor_units: self.chance.random_range(1..=10_000),
            };
            self.bookmaker.take(stake).await?;
        }
        Ok(())
    }

    async fn cancel(&self, client: &Caller, order_id: &str) -> Result<(), Error> {
        let request = json!({ "orderId": order_id, "reason": "We are moving house." });
        self.desk.command(client, Orders, "CancelOrder", request).await?;
        Ok(())
    }

    /// Starts or completes, each with a photo.
    async fn end_work(&self, worker: &Worker, order_id: &str, method: &'static str) -> Result<(), Error> {
        let caller = self.desk.stage.caller(&[Role::Worker], &worker.id)?;
        let photo_id = order::photo(&caller, order_id).await?;
        let request = json!({ "orderId": order_id, "photoId": photo_id });
        self.desk.command(&caller, Orders, method, request).await?;
        Ok(())
    }

    async fn report(&mut self, client: &Caller, worker: &Worker, order_id: &str) -> Result<(), Error> {
        let stage = &self.desk.stage;
        let reporter = match self.chance.random_range(0..3) {
            0 => client.clone(),
            1 => stage.caller(&[Role::Worker], &worker.id)?,
            _ => stage.caller(&[Role::Manager], &self.cast.company.managers[1].id)?,
        };
        let request = json!({ "orderId": order_id, "reason": "The ladder broke." });
        self.desk
            .command(&reporter, Orders, "ReportFailure", request)
            .await?;
        Ok(())
    }

    /// Exactly one of the two wins (O3). Whether it was the worker.
    async fn race(&self, client: &Caller, order_id: &str, worker: &Worker) -> Result<bool, Error> {
        let caller = self.desk.stage.caller(&[Role::Worker], &worker.id)?;
        let photo_id = order::photo(&caller, order_id).await?;
        let start = json!({ "orderId": order_id, "photoId": photo_id });
        let (cancelled, started) = tokio::join!(
            self.cancel(client, order_id),
            self.desk.command(&caller, Orders, "StartWork", start),
        );
        match (cancelled, started) {
            (Ok(()), Err(lost)) if lost.code() == Some(Code::FailedPrecondition) => Ok(false),
            (Err(lost), Ok(_)) if lost.code() == Some(Code::FailedPrecondition) => Ok(true),
            (cancelled, started) => Err(Error::Story(format!(
                "{order_id} was raced for: cancelled {cancelled:?}, started {started:?}"
            ))),
        }
    }

    /// Kira packs the kit and gives it to the worker; without the cookie where none comes.
    async fn pack(&self, customer: &Customer, order_id: &str, worker: &Worker) -> Result<(), Error> {
        let stage = &self.desk.stage;
        let kira = stage.caller(&[Role::Consumables], &self.cast.company.employee_id)?;
        let kit_id = text(&order::kit(stage, order_id, |_| None).await?, "/kitId")?;
        let kit = json!({ "kitId": kit_id });
        self.desk
            .command(&kira, Consumables, "TakeKit", kit.clone())
            .await?;
        let mut issue = json!({ "kitId": kit_id, "workerId": worker.id });
        if customer.gets_cookies {
            order::kit(stage, order_id, cookie_is_missing).await?;
            self.desk
                .command(&kira, Consumables, "MarkCookie", kit.clone())
                .await?;
        } else {
            issue["withoutCookieReason"] = "The bakery has its days.".into();
        }
        self.desk.command(&kira, Consumables, "MarkKitReady", kit).await?;
        self.desk.command(&kira, Consumables, "IssueKit", issue).await?;
        Ok(())
    }

    /// Waits for one of the three ends.
    async fn over(&self, order_id: &str) -> Result<(), Error> {
        let stage = &self.desk.stage;
        stage
            .until("the order to be over", async || {
                let state = text(&order::get(stage, order_id).await?, "/order/state")?;
                let over = ["COMPLETED", "CANCELLED", "FAILED"]
                    .iter()
                    .any(|end| state.ends_with(end));
                Ok(if over {
                    Ok(())
                } else {
                    Err(format!("{order_id} is {state}"))
                })
            })
            .await
    }
}

fn cookie_is_missing(kit: &Value) -> Option<String> {
    let state = kit
        .pointer("/cookie/state")
        .and_then(Value::as_str)
        .unwrap_or("no cookie");
    (state != "COOKIE_STATE_DELIVERED").then(|| state.to_owned())
}

fn slot(start: DateTime<Utc>, lasts: TimeDelta) -> Value {
    let wire = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "start": wire(start), "end": wire(start + lasts) })
}
