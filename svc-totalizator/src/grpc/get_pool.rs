//! What is staked on an order.

use money::Money;
use service_host::{Caller, Refusal, field};
use tonic::Request;
use totalizator_contract::v1 as pb;

use crate::domain::order::Outcome;
use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::{bets, orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetPoolRequest>,
) -> Result<pb::GetPoolResponse, Error> {
    Caller::of(&request)?;
    let id = field::id("order_id", &request.into_inner().order_id)?;
    let conn = &mut *api.db.connection().await?;
    let order = orders::find(conn, id).await?.ok_or(Error::OrderNotKnown)?;
    let bets = bets::of_order(conn, id).await?;
    let staked = |condition: Option<Outcome>| -> Result<(Money, i32), Error> {
        let stakes: Vec<Money> = bets
            .iter()
            .filter(|bet| condition.is_none_or(|condition| bet.condition == condition))
            .map(|bet| bet.stake)
            .collect();
        // At most fifteen.
        let count = i32::try_from(stakes.len()).unwrap_or(i32::MAX);
        let sum = Money::sum(api.currency, stakes).map_err(Refusal::internal)?;
        Ok((sum, count))
    };
    let (total, participants) = staked(None)?;
    let stakes: Result<Vec<_>, Error> = Outcome::ALL
        .into_iter()
        .map(|outcome| {
            let (sum, bets) = staked(Some(outcome))?;
            Ok(pb::Stakes {
                condition: convert::condition(outcome).into(),
                staked: Some(convert::money(sum)),
                bets,
            })
        })
        .collect();
    Ok(pb::GetPoolResponse {
        pool: Some(pb::Pool {
            order_id: id.to_string(),
            open: order.takes_bets(),
            staked: Some(convert::money(total)),
            participants,
            stakes: stakes?,
            outcome: order
                .outcome
                .map_or(pb::Condition::Unspecified, convert::condition)
                .into(),
        }),
    })
}
