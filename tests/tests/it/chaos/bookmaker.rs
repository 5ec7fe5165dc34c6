//! Bets during the run, through the client that lives in the hidden service's own program (T5). It
//! is as stubborn as any other caller: the same bet under the same request id, until it is taken.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use artel::failure::Error;
use serde_json::Value;
use uuid::Uuid;

use super::PATIENCE;
use crate::bets::Counter;
use crate::mesh::Mesh;

/// The pause between two attempts. Each attempt starts a program; more of them would slow the
/// services down.
const PAUSE: Duration = Duration::from_secs(1);

/// Refusals that asking again does not change.
const FINAL: [&str; 5] = [
    "BETTING_CLOSED",
    "BET_ALREADY_PLACED",
    "POOL_FULL",
    "REQUEST_ID_REUSED",
    "STAKE_CURRENCY",
];

/// What a manager staked.
#[derive(Debug, Clone)]
pub struct Stake {
    pub order_id: String,
    pub manager_id: String,
    /// As the client names it: `no_show`.
    pub condition: &'static str,
    pub minor_units: i64,
}

pub struct Bookmaker {
    counter: Arc<Counter>,
    taken: Mutex<Vec<Stake>>,
}

impl Bookmaker {
    pub fn new(mesh: &Mesh) -> Self {
        Self {
            counter: Arc::new(Counter::new(mesh.program("svc-totalizator"), mesh.key())),
            taken: Mutex::default(),
        }
    }

    /// Places the bet, and keeps that it was taken.
    pub async fn take(&self, stake: Stake) -> Result<(), Error> {
        let request_id = Uuid::new_v4().to_string();
        let sum = format!("{}.{:02}", stake.minor_units / 100, stake.minor_units % 100);
        let place = [
            "place",
            "--request-id",
            &request_id,
            "--order",
            &stake.order_id,
            "--condition",
            stake.condition,
            "--stake",
            &sum,
        ];
        self.asked(&stake.manager_id, &place).await?;
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stake);
        Ok(())
    }

    /// The settlement of an order's pool, once it is there.
    pub async fn settlement(&self, manager_id: &str, order_id: &str) -> Result<Value, Error> {
        self.asked(manager_id, &["settlement", "--order", order_id]).await
    }

    /// All bets that were taken, oldest first.
    pub fn taken(&self) -> Vec<Stake> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn asked(&self, manager_id: &str, arguments: &[&str]) -> Result<Value, Error> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.ask(manager_id, arguments).await {
                Ok(answer) => return Ok(answer),
                Err(error)
                    if Instant::now() >= give_up || FINAL.iter().any(|reason| error.contains(reason)) =>
                {
                    return Err(Error::Story(format!("{arguments:?}: {error}")));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Runs the client once, on a thread that may block.
    async fn ask(&self, manager_id: &str, arguments: &[&str]) -> Result<Value, String> {
        let (counter, manager_id) = (Arc::clone(&self.counter), manager_id.to_owned());
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let asking = tokio::task::spawn_blocking(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            counter.try_bet(&manager_id, &arguments)
        });
        asking.await.expect("the client can be run")
    }
}
