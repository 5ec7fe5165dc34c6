//! The measurements of Artel, one subcommand and one file each.
//!
//! A measurement prints one Markdown section to standard output: its figures beside a baseline that
//! was measured in the same run, what limits them, and the command that repeats them. What it is
//! doing meanwhile goes to standard error. `benches/run` puts the sections of several measurements
//! on one page.

mod build;
mod consumer;
mod footprint;
mod get_order;
mod load;
mod orders;
mod page;
mod pgbench;
mod place_order;
mod program;
mod relay;
mod stage;

use clap::Parser as _;

#[derive(clap::Parser)]
#[command(about = "Measures one thing and prints it as a Markdown section")]
struct Cli {
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(clap::Subcommand)]
enum Measurement {
    /// Durable orders per second beside pgbench, with 64 callers and with one
    PlaceOrder(place_order::Options),
    /// Calls per second beside a bare tonic server's, and what each layer costs
    GetOrder(get_order::Options),
    /// Draining an outbox into Kafka, and the time from commit to consumed
    Relay(relay::Options),
    /// Taking events in: inbox and effect, beside pgbench
    Consumer(consumer::Options),
    /// Program sizes, time from start to serving, resident memory, one story
    Footprint(footprint::Options),
    /// Build times, from nothing and after a change of one file
    Build(build::Options),
    /// What `get-order` compares with, as a process of its own
    #[command(hide = true)]
    ServeFixed(Box<get_order::Fixed>),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let section = match Cli::parse().measurement {
        Measurement::PlaceOrder(options) => place_order::measure(&options).await?,
        Measurement::GetOrder(options) => get_order::measure(&options).await?,
        Measurement::ServeFixed(options) => return get_order::serve(&options).await,
        Measurement::Relay(options) => relay::measure(&options).await?,
        Measurement::Consumer(options) => consumer::measure(&options).await?,
        Measurement::Footprint(options) => footprint::measure(&options).await?,
        Measurement::Build(options) => build::measure(&options).await?,
    };
    println!("{section}");
    Ok(())
}
