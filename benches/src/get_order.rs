//! `GetOrder` through all layers beside a bare tonic call of the same size, and what each layer
//! costs.

mod fixed;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use orders_contract::v1 as pb;
use prost::Message as _;
use test_support::{Tokens, free_port};
use tokio::process::{Child, Command};
use tonic::transport::Endpoint;

pub use fixed::{Fixed, serve};

use crate::load::{self, Load};
use crate::orders::{Caller, Connections, Orders};
use crate::page::{Section, Table, progress, time};
use crate::program;

/// How many orders each caller has to ask for.
const ORDERS: usize = 20;

#[derive(clap::Args)]
pub struct Options {
    /// How many callers there are at once
    #[arg(long, default_value = "64")]
    callers: usize,
    /// How long each measurement takes, in seconds
    #[arg(long, default_value = "5")]
    seconds: u64,
    /// How often all are measured, in turn; the median counts
    #[arg(long, default_value = "3")]
    rounds: usize,
}

/// Someone who answers `GetOrder`, and whom to ask.
struct Subject {
    what: &'static str,
    connections: Connections,
    /// Callers with ids of their orders.
    callers: Arc<Vec<(Caller, Vec<String>)>>,
    loads: Vec<Load>,
    alone: Vec<Load>,
    _process: Option<Child>,
}

/// All layers in turn, with many callers and with one.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let orders = Orders::start(options.callers).await?;
    let callers = Arc::new(callers(&orders).await?);
    let sample = sample(&orders, &callers).await?;
    let mut subjects = Vec::new();
    for (layers, what) in [
        (fixed::Layers::Bare, "bare tonic"),
        (fixed::Layers::Host, "+ trace, metrics, deadline, limits, sizes"),
        (
            fixed::Layers::Access,
            "+ access: a signed token, the method's policy",
        ),
        (fixed::Layers::Rules, "+ validation"),
    ] {
        subjects.push(fixed(&orders.tokens, layers, what, &sample, &callers).await?);
    }
    subjects.push(Subject {
        what: "+ handler and database: svc-orders",
        connections: orders.connections.clone(),
        callers,
        loads: Vec::new(),
        alone: Vec::new(),
        _process: None,
    });
    let duration = Duration::from_secs(options.seconds);
    for round in 1..=options.rounds.max(1) {
        for subject in &mut subjects {
            let load = get(subject, options.callers, duration).await?;
            progress(format_args!(
                "round {round}, {}: {:.0} calls/s",
                subject.what, load.rate
            ));
            subject.loads.push(load);
            subject.alone.push(get(subject, 1, duration).await?);
        }
    }
    page(subjects, options.callers, sample.len())
}

fn page(subjects: Vec<Subject>, callers: usize, size: usize) -> anyhow::Result<Section> {
    let mut table = Table::new([
        "layers",
        "calls/s",
        "adds, a call",
        "p50",
        "p99",
        "p50, one caller",
    ]);
    let mut before: Option<f64> = None;
    let mut rates = Vec::new();
    for subject in subjects {
        let (load, alone) = (Load::median(subject.loads)?, Load::median(subject.alone)?);
        let added = before.map(|before| format!("{:+.1} µs", 1e6 / load.rate - 1e6 / before));
        before = Some(load.rate);
        rates.push(load.rate);
        table.row([
            subject.what.into(),
            format!("{:.0}", load.rate),
            added.unwrap_or_default(),
            time(load.percentile(50)),
            time(load.percentile(99)),
            time(alone.percentile(50)),
        ]);
    }
    let bare = rates.first().context("nothing was measured")?;
    let whole = rates.last().context("nothing was measured")?;
    Ok(Section::new("GetOrder")
        .with("To reach: 0.7 of a bare tonic call's rate.")
        .with(format_args!("{callers} callers, answers of {size} bytes, everything over TCP, each server a process of its own."))
        .with(table)
        .with(format_args!(
            "**{:.2}** of the bare call's rate. What a layer adds is the difference of the times that one call takes of this machine, \
             callers included. The first four answer from memory; the last reads order, history and kits, those of all who ask at \
             the same time by one round trip. What limits it: PostgreSQL shares these cores and takes its part of each call.",
            whole / bare
        ))
        .with("Repeat: `make bench ARGS=get-order`"))
}

/// Every caller's orders.
async fn callers(orders: &Orders) -> anyhow::Result<Vec<(Caller, Vec<String>)>> {
    let mut callers = Vec::new();
    for (number, caller) in orders.clients.iter().enumerate() {
        let mut ids = Vec::new();
        for _ in 0..ORDERS {
            let request = caller.sends(orders.order(caller));
            let placed = orders.connections.calls(number).place_order(request).await?;
            ids.push(placed.into_inner().order.context("no order")?.order_id);
        }
        callers.push((caller.clone(), ids));
    }
    Ok(callers)
}

/// What svc-orders answers.
async fn sample(orders: &Orders, callers: &[(Caller, Vec<String>)]) -> anyhow::Result<Vec<u8>> {
    let (caller, ids) = callers.first().context("no callers")?;
    let request = caller.sends(pb::GetOrderRequest {
        order_id: ids.first().context("no orders")?.clone(),
    });
    let response = orders.connections.calls(0).get_order(request).await?;
    Ok(response.into_inner().encode_to_vec())
}

async fn fixed(
    tokens: &Tokens,
    layers: fixed::Layers,
    what: &'static str,
    sample: &[u8],
    callers: &Arc<Vec<(Caller, Vec<String>)>>,
) -> anyhow::Result<Subject> {
    let address = format!("127.0.0.1:{}", free_port());
    let process = Command::new(std::env::current_exe()?)
        .args(["serve-fixed", "--layers", layers.name()])
        .arg(format!("--response={}", fixed::hex(sample)))
        .args(program::access_arguments(tokens))
        .arg(format!("--grpc-listen={address}"))
        .arg("--metrics-listen=127.0.0.1:0")
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    program::until_serving(&endpoint, Duration::from_secs(30)).await?;
    Ok(Subject {
        what,
        connections: Connections::open(&endpoint).await?,
        callers: Arc::clone(callers),
        loads: Vec::new(),
        alone: Vec::new(),
        _process: Some(process),
    })
}

async fn get(subject: &Subject, callers: usize, duration: Duration) -> anyhow::Result<Load> {
    let (connections, all) = (subject.connections.clone(), Arc::clone(&subject.callers));
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    load::run(callers, duration, move |number| {
        let (caller, ids) = &all[number];
        let turn = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let request = caller.sends(pb::GetOrderRequest {
            order_id: ids[turn % ids.len()].clone(),
        });
        let mut calls = connections.calls(number);
        async move {
            let response = calls.get_order(request).await?.into_inner();
            ensure!(response.order.is_some(), "no order");
            Ok(())
        }
    })
    .await
}
