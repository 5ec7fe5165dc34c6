use money::Money;
use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::Api;
use crate::{Error, store, wire};

/// O8: a balance as billing last announced it.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetBalanceRequest>,
) -> Result<pb::GetBalanceResponse, Error> {
    Caller::of(&request)?;
    let owner_id = request.into_inner().owner_id;
    let mut conn = api.db.connection().await?;
    let known = store::balances::find(&mut conn, wire::to_uuid("owner_id", &owner_id)?).await?;
    let nothing = Money::zero(api.currency);
    let balance = match known {
        None => pb::Balance {
            owner_id,
            balance: Some(wire::money(nothing)),
            cumulative_paid: Some(wire::money(nothing)),
            due_at_next_closing: Some(wire::money(nothing)),
            next_closing: None,
            as_of: None,
        },
        Some(known) => pb::Balance {
            owner_id,
            balance: Some(wire::money(known.balance)),
            cumulative_paid: Some(wire::money(known.paid)),
            due_at_next_closing: Some(wire::money(known.due)),
            next_closing: Some(wire::timestamp(known.next_closing)),
            as_of: Some(wire::timestamp(known.as_of)),
        },
    };
    Ok(pb::GetBalanceResponse {
        balance: Some(balance),
    })
}
