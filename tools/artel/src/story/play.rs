//! The whole story, as it should go.

use chrono::Duration;

use super::hire::{Company, Worker};
use super::order::Client;
use super::settle::Booked;
use super::{Point, Stage, hire, order, review, settle};
use crate::failure::Error;

/// What the story's end leaves behind.
pub struct Ending {
    /// The company of this run.
    pub company: Company,
    /// Who ordered.
    pub client: Client,
    /// Who did the work.
    pub worker: Worker,
    /// What was ordered.
    pub order_id: String,
}

/// 100.00: the base price, and nothing was paid before that could give a discount.
const PRICE: i64 = 10_000;
/// 60 % of it.
const PAY: i64 = 6_000;

/// Plays the story to its end, checking every figure.
pub async fn play(stage: &Stage) -> Result<Ending, Error> {
    let company = hire::company(stage).await?;
    let hired = hire::hire(stage, &company, "Boris").await?;
    order::beneficiary(stage, &hired, &format!("boris-{}", stage.run)).await?;
    let client = order::client(stage, "Anna", "tok_visa").await?;

    let slot = order::slot(Duration::hours(1), Duration::hours(2));
    let order_id = order::place(stage, &client, &company.service_type_id, &slot, PRICE).await?;
    let worker = order::assigned(stage, &order_id, PRICE).await?;
    order::pack(stage, &company, &order_id, &worker).await?;
    let managers: Vec<String> = company
        .managers
        .iter()
        .map(|manager| manager.id.clone())
        .collect();
    stage.at(Point::Assigned, &order_id, &managers)?;
    order::start(stage, &order_id, &worker).await?;
    order::complete(stage, &order_id, &worker).await?;

    settle::booked(
        stage,
        &order_id,
        &client,
        &worker,
        Booked {
            client: PRICE,
            worker: PAY,
        },
    )
    .await?;
    settle::reflected(stage, &client, PRICE, 0).await?;
    stage.at(Point::Ended, &order_id, &managers)?;
    settle::close(stage).await?;
    settle::paid(stage, &client, PRICE, &worker, PAY).await?;
    settle::reflected(stage, &client, 0, PRICE).await?;
    settle::verified(stage).await?;

    review::draw_and_close(stage, &company, &order_id, &worker).await?;
    mails(stage, &company, &client, &hired, &worker).await?;
    Ok(Ending {
        company,
        client,
        worker,
        order_id,
    })
}

/// Every letter of N1 that the story touches lies in its mailbox, exactly once.
async fn mails(
    stage: &Stage,
    company: &Company,
    client: &Client,
    hired: &Worker,
    worker: &Worker,
) -> Result<(), Error> {
    let service = &company.service_name;
    let of = |text: &str| format!("{text}: {service}");
    stage
        .mailed_once(
            &hired.email,
            &[
                "Confirm your address",
                "Address confirmed",
                "Tests for you",
                "Tests received",
                "You are in",
            ],
        )
        .await?;
    for manager in &company.managers {
        stage
            .mailed_once(
                &manager.email,
                &["New application: Boris", "Tests finished: Boris, 100 of 100"],
            )
            .await?;
    }
    let order = [
        "Order received",
        "Worker found",
        "Work has begun",
        "Order completed",
        "Review finished",
    ]
    .map(of);
    stage
        .mailed_once(&client.email, &order.each_ref().map(String::as_str))
        .await?;
    let invoice = settle::invoice(stage, &client.id, PRICE, "PAID").await?;
    let number = super::text(&invoice, "/number")?;
    let letters = [format!("Invoice {number}"), format!("Invoice {number} is paid")];
    stage.mailed_exactly(&client.email, &letters).await?;
    let job = ["New job for you", "Kit ready", "Review finished"].map(of);
    stage
        .mailed_once(&worker.email, &job.each_ref().map(String::as_str))
        .await?;
    let payout = settle::invoice(stage, &worker.id, PAY, "PAID").await?;
    let number = super::text(&payout, "/number")?;
    stage
        .mailed_exactly(
            &worker.email,
            &[format!("Settlement {number}"), format!("Payout {number} is made")],
        )
        .await?;
    stage.mailed_department(service).await?;
    stage.tell(
        "notify",
        "wrote every letter of the story once: candidate, managers, client, worker, department",
    );
    Ok(())
}
