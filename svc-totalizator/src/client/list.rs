//! Bets, newest first.

use clap::Args;
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use super::print;
use super::session::{Session, refused};

#[derive(Debug, Args)]
pub(super) struct List {
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

impl List {
    pub(super) async fn run(&self, session: &mut Session<'_>, json: bool) -> anyhow::Result<String> {
        let request = pb::ListBetsRequest {
            page_size: self.limit,
            page_token: String::new(),
            order_id: self.order.map(|order| order.to_string()).unwrap_or_default(),
            own_only: self.own,
        };
        let request = session.authorised(request)?;
        let answer = session
            .api
            .list_bets(request)
            .await
            .map_err(refused)?
            .into_inner();
        Ok(print::bets(&answer.bets, json))
    }
}
