//! `PlaceOrder`, durable and through all layers, beside pgbench doing the same SQL with one
//! transaction per order.

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl as _;

use crate::load::{self, Load};
use crate::orders::Orders;
use crate::page::{Section, Table, mebibytes, progress, time};
use crate::pgbench;

#[derive(clap::Args)]
pub struct Options {
    /// How many callers there are at once
    #[arg(long, default_value = "64")]
    callers: usize,
    /// How long each measurement takes, in seconds
    #[arg(long, default_value = "10")]
    seconds: u64,
    /// How often both are measured, in turn; the median counts
    #[arg(long, default_value = "4")]
    rounds: usize,
}

/// Artel and pgbench in turn, with many callers and with one.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let orders = Arc::new(Orders::start(options.callers).await?);
    // Both need something to look up and to copy.
    place(&orders, 1, Duration::from_secs(1)).await?;
    let script = script(&orders).await?;
    let mut table = Table::new(["callers", "way", "orders/s", "p50", "p99"]);
    let mut words = Vec::new();
    for callers in [options.callers, 1] {
        let (ours, theirs) = in_turn(&orders, &script, callers, options).await?;
        for (way, load) in [("PlaceOrder", &ours), ("pgbench", &theirs)] {
            table.row([
                callers.to_string(),
                way.into(),
                format!("{:.0}", load.rate),
                time(load.percentile(50)),
                time(load.percentile(99)),
            ]);
        }
        words.push(format!(
            "With {callers}: {:.2} times pgbench's rate, {:.2} times its p50.",
            ours.rate / theirs.rate,
            ours.percentile(50).as_secs_f64() / theirs.percentile(50).as_secs_f64()
        ));
    }
    Ok(Section::new("PlaceOrder")
        .with("To reach: 2.0 times pgbench's rate with 64 callers; with one, a p50 of at most 1.5 times pgbench's.")
        .with(table)
        .with(words.join(" "))
        .with(format_args!(
            "svc-orders had at most {} resident meanwhile.",
            mebibytes(orders.resident_at_most()?)
        ))
        .with(
            "Every order is durable when it is answered: claim with answer, order, history, place in the match queue and event in \
             one transaction, fsync on. Ours go over TCP through trace, metrics, deadline, limits, access (a signed token each), \
             validation and request id. The service answers calls only: what follows from an order (relay, matching) isn't done \
             meanwhile, neither for ours nor for pgbench's. pgbench sends the same statements, prepared, one transaction per order, with no service \
             between. What limits ours: PostgreSQL's work for each row (some ten index entries, four foreign keys) and both sides \
             of gRPC, on the same cores; pgbench's limit is nine round trips and a commit for each order.",
        )
        .with("Repeat: `make bench ARGS=place-order`"))
}

/// The median of each, by rate.
async fn in_turn(
    orders: &Arc<Orders>,
    script: &str,
    callers: usize,
    options: &Options,
) -> anyhow::Result<(Load, Load)> {
    let duration = Duration::from_secs(options.seconds);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds.max(1) {
        // Whoever comes second finds larger tables, and what the first left to be written out.
        for ours_turn in [round % 2 == 1, round % 2 == 0] {
            if ours_turn {
                ours.push(place(orders, callers, duration).await?);
            } else {
                theirs.push(pgbench::run(orders.database.url(), script, callers, duration).await?);
            }
        }
        progress(format_args!(
            "{callers} callers, round {round}: {}",
            rates(&ours, &theirs)
        ));
    }
    Ok((Load::median(ours)?, Load::median(theirs)?))
}

fn rates(ours: &[Load], theirs: &[Load]) -> String {
    let rate = |loads: &[Load]| loads.last().map_or(0.0, |load| load.rate);
    format!("{:.0} orders/s, pgbench {:.0}", rate(ours), rate(theirs))
}

async fn place(orders: &Arc<Orders>, callers: usize, duration: Duration) -> anyhow::Result<Load> {
    let orders = Arc::clone(orders);
    load::run(callers, duration, move |caller| {
        let mut calls = orders.connections.calls(caller);
        let client = &orders.clients[caller];
        let request = client.sends(orders.order(client));
        async move {
            calls.place_order(request).await?;
            Ok(())
        }
    })
    .await
}

/// The same rows by the same statements, as long as ours are.
async fn script(orders: &Orders) -> anyhow::Result<String> {
    let mut conn = orders.database.connection().await;
    let hex = |column: &str| diesel::dsl::sql::<Text>(&format!("encode({column}, 'hex')"));
    let payload: String = diesel::select(hex(
        "(SELECT payload FROM outbox WHERE ce_type LIKE '%OrderPlaced' LIMIT 1)",
    ))
    .get_result(&mut conn)
    .await?;
    let response: String = diesel::select(hex("(SELECT response FROM requests LIMIT 1)"))
        .get_result(&mut conn)
        .await?;
    Ok(include_str!("place_order.sql")
        .replace("{service}", &orders.service.to_string())
        .replace("{payload}", &payload)
        .replace("{response}", &response))
}
