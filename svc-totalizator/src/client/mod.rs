//! The command-line client: managers' own, in the same binary, because nothing else may know of this service (T5).

mod print;

use std::io::Write;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use money::{Currency, Money};
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use totalizator_contract::v1 as pb;
use totalizator_contract::v1::totalizator_service_client::TotalizatorServiceClient;
use uuid::Uuid;

use crate::domain::order::Outcome;

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
    Pool(Order),
    /// Show how a pool was split, and who gives how much to whom.
    Settlement(Order),
}

#[derive(Debug, Args)]
struct Place {
    /// The order's id.
    #[arg(long)]
    order: Uuid,
    /// How it will end: completed, failed, cancelled or no-show.
    #[arg(long, value_parser = condition)]
    condition: pb::Condition,
    /// How much, such as 100.00.
    #[arg(long)]
    stake: String,
    /// Of which currency.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    currency: Currency,
    /// Repeating a request with its id can't place a second bet. One is made up where none is given.
    #[arg(long)]
    request_id: Option<Uuid>,
}

#[derive(Debug, Args)]
struct List {
    /// Only bets on this order.
    #[arg(long)]
    order: Option<Uuid>,
    /// Only your own.
    #[arg(long)]
    own: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=100))]
    limit: i32,
}

#[derive(Debug, Args)]
struct Order {
    /// The order's id.
    #[arg(long)]
    order: Uuid,
}

type Client = TotalizatorServiceClient<Channel>;

impl Bet {
    /// Makes the call and prints the answer.
    ///
    /// # Errors
    /// An address or token that can't be used, and whatever the service refuses, with its reason.
    pub async fn run(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let channel = Endpoint::from_shared(self.address.clone())
            .with_context(|| {
                format!(
                    "{} is not an address such as http://127.0.0.1:17107",
                    self.address
                )
            })?
            .connect_timeout(std::time::Duration::from_secs(5))
            .timeout(std::time::Duration::from_secs(15))
            .connect()
            .await
            .with_context(|| format!("nobody answers at {}", self.address))?;
        let mut client = Client::new(channel);
        let answer = match &self.command {
            Command::Place(place) => self.place(&mut client, place).await?,
            Command::List(list) => self.list(&mut client, list).await?,
            Command::Pool(order) => self.pool(&mut client, order).await?,
            Command::Settlement(order) => self.settlement(&mut client, order).await?,
        };
        out.write_all(answer.as_bytes())?;
        Ok(())
    }

    async fn place(&self, client: &mut Client, place: &Place) -> anyhow::Result<String> {
        let stake = Money::parse(&place.stake, place.currency)?;
        let request = pb::PlaceBetRequest {
            request_id: place.request_id.unwrap_or_else(Uuid::new_v4).to_string(),
            order_id: place.order.to_string(),
            condition: place.condition.into(),
            stake: Some(conventions::wire::money(stake)),
        };
        let answer = client
            .place_bet(self.authorised(request)?)
            .await
            .map_err(|status| refused(&status))?;
        Ok(print::bets(answer.into_inner().bet.as_slice(), self.json))
    }

    async fn list(&self, client: &mut Client, list: &List) -> anyhow::Result<String> {
        let request = pb::ListBetsRequest {
            page_size: list.limit,
            page_token: String::new(),
            order_id: list.order.map(|order| order.to_string()).unwrap_or_default(),
            own_only: list.own,
        };
        let answer = client
            .list_bets(self.authorised(request)?)
            .await
            .map_err(|status| refused(&status))?;
        Ok(print::bets(&answer.into_inner().bets, self.json))
    }

    async fn pool(&self, client: &mut Client, order: &Order) -> anyhow::Result<String> {
        let request = pb::GetPoolRequest {
            order_id: order.order.to_string(),
        };
        let answer = client
            .get_pool(self.authorised(request)?)
            .await
            .map_err(|status| refused(&status))?;
        Ok(print::pool(
            &answer.into_inner().pool.unwrap_or_default(),
            self.json,
        ))
    }

    async fn settlement(&self, client: &mut Client, order: &Order) -> anyhow::Result<String> {
        let request = pb::GetSettlementRequest {
            order_id: order.order.to_string(),
        };
        let answer = client
            .get_settlement(self.authorised(request)?)
            .await
            .map_err(|status| refused(&status))?;
        let settlement = answer.into_inner().settlement.unwrap_or_default();
        Ok(print::settlement(&settlement, self.json))
    }

    fn authorised<M>(&self, message: M) -> anyhow::Result<Request<M>> {
        let token = self
            .token
            .as_deref()
            .filter(|token| !token.is_empty())
            .context("a manager's token is needed: give --token, or set ARTEL_TOKEN")?;
        let mut request = Request::new(message);
        let value: MetadataValue<_> = format!("Bearer {token}").parse().context("not a token")?;
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

fn refused(status: &Status) -> anyhow::Error {
    use tonic_types::StatusExt as _;
    let reason = status
        .get_details_error_info()
        .map(|info| format!(" ({})", info.reason))
        .unwrap_or_default();
    anyhow::anyhow!("{}{reason}", status.message())
}

fn condition(word: &str) -> Result<pb::Condition, String> {
    match Outcome::from_word(&word.replace('-', "_")) {
        Some(Outcome::Completed) => Ok(pb::Condition::Completed),
        Some(Outcome::Failed) => Ok(pb::Condition::Failed),
        Some(Outcome::Cancelled) => Ok(pb::Condition::Cancelled),
        Some(Outcome::NoShow) => Ok(pb::Condition::NoShow),
        None => Err("one of completed, failed, cancelled, no_show".to_owned()),
    }
}
