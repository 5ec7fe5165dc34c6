//! The back office: closes weeks and months, credits workers, takes deliveries into stock, while
//! orders come and go.

use std::time::Duration;

use artel::contracts::Context::{Billing, Consumables};
use artel::failure::Error;
use conventions::Role;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;

use super::cast::Cast;
use super::desk::Desk;
use super::progress::Progress;

/// Between two things that the clerk does.
const PAUSE: Duration = Duration::from_secs(3);

pub async fn run(mut chance: StdRng, desk: &Desk, cast: &Cast, progress: &Progress) -> Result<(), Error> {
    while !progress.is_over() {
        match chance.random_range(0..3) {
            0 => close(desk).await?,
            1 => {
                let worker = &cast.workers[chance.random_range(0..cast.workers.len())];
                credit(desk, cast, &worker.id, chance.random_range(1..=5_000)).await?;
            }
            _ => receive(desk, cast, chance.random_range(1..=20)).await?,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Closes all periods up to now: invoices, charges, payouts.
pub async fn close(desk: &Desk) -> Result<(), Error> {
    let root = desk.stage.root()?;
    desk.command(&root, Billing, "ClosePeriods", json!({})).await?;
    Ok(())
}

async fn credit(desk: &Desk, cast: &Cast, worker_id: &str, amount: i64) -> Result<(), Error> {
    let manager = desk
        .stage
        .caller(&[Role::Manager], &cast.company.managers[0].id)?;
    let bonus =
        json!({ "workerId": worker_id, "amount": desk.stage.money(amount), "reason": "For good work." });
    desk.command(&manager, Billing, "CreditWorker", bonus).await?;
    Ok(())
}

async fn receive(desk: &Desk, cast: &Cast, quantity: i64) -> Result<(), Error> {
    let kira = desk
        .stage
        .caller(&[Role::Consumables], &cast.company.employee_id)?;
    let soap =
        json!({ "materialCode": cast.company.material_code, "quantity": quantity, "reason": "a delivery" });
    desk.command(&kira, Consumables, "ReceiveStock", soap).await?;
    Ok(())
}
