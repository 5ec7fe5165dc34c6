//! T3: who gives how much to whom.

use clap::Args;
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use super::print;
use super::session::{Session, refused};

#[derive(Debug, Args)]
pub(super) struct Settlement {
    /// The order's id.
    #[arg(long)]
    order: Uuid,
}

impl Settlement {
    pub(super) async fn run(&self, session: &mut Session<'_>, json: bool) -> anyhow::Result<String> {
        let request = pb::GetSettlementRequest {
            order_id: self.order.to_string(),
        };
        let request = session.authorised(request)?;
        let answer = session
            .api
            .get_settlement(request)
            .await
            .map_err(refused)?
            .into_inner();
        Ok(print::settlement(&answer.settlement.unwrap_or_default(), json))
    }
}
