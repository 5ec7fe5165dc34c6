//! T1: a manager stakes a sum.

use clap::Args;
use money::{Currency, Money};
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use super::print;
use super::session::{Session, refused};
use crate::domain::order::Outcome;

#[derive(Debug, Args)]
pub(super) struct Place {
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
    /// Repeating a request with its id can't place a second bet. One is made up where none is
    /// given.
    #[arg(long)]
    request_id: Option<Uuid>,
}

impl Place {
    pub(super) async fn run(&self, session: &mut Session<'_>, json: bool) -> anyhow::Result<String> {
        let stake = Money::parse(&self.stake, self.currency)?;
        let request = pb::PlaceBetRequest {
            request_id: self.request_id.unwrap_or_else(Uuid::new_v4).to_string(),
            order_id: self.order.to_string(),
            condition: self.condition.into(),
            stake: Some(conventions::wire::money(stake)),
        };
        let request = session.authorised(request)?;
        let answer = session
            .api
            .place_bet(request)
            .await
            .map_err(refused)?
            .into_inner();
        Ok(print::bets(answer.bet.as_slice(), json))
    }
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
