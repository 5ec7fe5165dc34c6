//! What is staked on an order.

use clap::Args;
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use super::print;
use super::session::{Session, refused};

#[derive(Debug, Args)]
pub(super) struct Pool {
    /// The order's id.
    #[arg(long)]
    order: Uuid,
}

impl Pool {
    pub(super) async fn run(&self, session: &mut Session<'_>, json: bool) -> anyhow::Result<String> {
        let request = pb::GetPoolRequest {
            order_id: self.order.to_string(),
        };
        let request = session.authorised(request)?;
        let answer = session.api.get_pool(request).await.map_err(refused)?.into_inner();
        Ok(print::pool(&answer.pool.unwrap_or_default(), json))
    }
}
