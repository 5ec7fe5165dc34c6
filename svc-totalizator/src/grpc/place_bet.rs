//! T1: a manager stakes a sum.
//!
//! Not through `service_host::command`: that one remembers a request under its caller's own id, and
//! nobody's is written down here (T5). The bet itself remembers its request instead, under the
//! pseudonym.

use conventions::types;
use diesel_async::AsyncPgConnection;
use money::{Currency, Money};
use service_host::{Caller, Clock, fail_point, field};
use tonic::Request;
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::domain::bet::{Bet, Refused, Wanted};
use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::{bets, orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::PlaceBetRequest>,
) -> Result<pb::PlaceBetResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let manager = api.key.pseudonym(caller.subject());
    let request_id = field::id("request_id", &request.request_id)?;
    let order_id = field::id("order_id", &request.order_id)?;
    let wanted = Wanted {
        id: Uuid::now_v7(),
        manager: manager.clone(),
        condition: convert::outcome(request.condition())?,
        stake: stake(&request.stake.clone().unwrap_or_default(), api.currency)?,
    };
    let placed = api
        .db
        .transaction(async |conn: &mut AsyncPgConnection| {
            place(conn, order_id, request_id, wanted.clone(), &api.clock).await
        })
        .await?;
    fail_point::reach("request::committed");
    Ok(pb::PlaceBetResponse {
        bet: Some(convert::bet(&placed, &manager)),
    })
}

async fn place(
    conn: &mut AsyncPgConnection,
    order_id: Uuid,
    request_id: Uuid,
    wanted: Wanted,
    clock: &Clock,
) -> Result<Bet, Error> {
    // The order's lock comes first: a repetition that races the first one waits here, and then
    // finds its bet.
    let order = orders::lock(conn, order_id).await?;
    if let Some(first) = bets::of_request(conn, &wanted.manager, request_id).await? {
        let same =
            first.order == order_id && first.condition == wanted.condition && first.stake == wanted.stake;
        return if same {
            Ok(first)
        } else {
            Err(Error::RequestIdReused)
        };
    }
    let order = order.ok_or(Error::OrderNotKnown)?;
    let bets = bets::of_order(conn, order_id).await?;
    let bet = Bet::place(&order, &bets, wanted, clock.now())?;
    if !bets::insert(conn, &bet, request_id).await? {
        return Err(Error::RequestIdReused);
    }
    Ok(bet)
}

fn stake(stake: &types::Money, currency: Currency) -> Result<Money, Error> {
    if stake.currency_code == currency.code() {
        Ok(Money::new(stake.minor_units, currency))
    } else {
        Err(Refused::Currency(currency).into())
    }
}
