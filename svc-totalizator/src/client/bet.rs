//! `svc-totalizator bet`: which service, whose token, which command.

use std::io::Write;

use clap::{Args, Subcommand};

use super::list::List;
use super::place::Place;
use super::pool::Pool;
use super::session::Session;
use super::settlement::Settlement;

/// Bets on how orders will end.
#[derive(Debug, Args)]
pub struct Bet {
    /// Address of the totalizator.
    #[arg(
        long,
        env = "ARTEL_TOTALIZATOR_ADDRESS",
        default_value = "http://127.0.0.1:17107",
        global = true
    )]
    address: String,
    /// A manager's token.
    #[arg(long, env = "ARTEL_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Stake a sum. It can't be changed or withdrawn.
    Place(Place),
    /// List bets, newest first.
    List(List),
    /// Show what is staked on an order.
    Pool(Pool),
    /// Show how a pool was split, and who gives how much to whom.
    Settlement(Settlement),
}

impl Bet {
    /// Makes the call and prints the answer.
    ///
    /// # Errors
    /// An address or token that can't be used, and whatever the service refuses, with its reason.
    pub async fn run(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let mut session = Session::open(&self.address, self.token.as_deref()).await?;
        let answer = match &self.command {
            Command::Place(place) => place.run(&mut session, self.json).await?,
            Command::List(list) => list.run(&mut session, self.json).await?,
            Command::Pool(pool) => pool.run(&mut session, self.json).await?,
            Command::Settlement(settlement) => settlement.run(&mut session, self.json).await?,
        };
        out.write_all(answer.as_bytes())?;
        Ok(())
    }
}
