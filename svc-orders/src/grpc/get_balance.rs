use conventions::wire::{money, timestamp};
use money::Money;
use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::Api;
use crate::{Error, store};

/// Returns a balance as svc-billing last published it (O8); zero, without a time, before that.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetBalanceRequest>,
) -> Result<pb::GetBalanceResponse, Error> {
    Caller::of(&request)?;
    let owner_id = request.into_inner().owner_id;
    let mut conn = api.db.connection().await?;
    let known = store::balances::find(&mut conn, field::id("owner_id", &owner_id)?).await?;
    let sum = |sum: Option<Money>| Some(money(sum.unwrap_or(Money::zero(api.currency))));
    let balance = pb::Balance {
        owner_id,
        balance: sum(known.map(|known| known.balance)),
        cumulative_paid: sum(known.map(|known| known.paid)),
        due_at_next_closing: sum(known.map(|known| known.due)),
        next_closing: known.map(|known| timestamp(known.next_closing)),
        as_of: known.map(|known| timestamp(known.as_of)),
    };
    Ok(pb::GetBalanceResponse {
        balance: Some(balance),
    })
}
