//! Bets, newest first.

use chrono::DateTime;
use service_host::{Caller, Refusal};
use tonic::Request;
use totalizator_contract::v1 as pb;

use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::bets::{self, After, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListBetsRequest>,
) -> Result<pb::ListBetsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let you = api.key.pseudonym(caller.subject());
    let mut filter = Filter::default();
    if !request.order_id.is_empty() {
        filter.order = Some(convert::uuid("order_id", &request.order_id)?);
    }
    if request.own_only {
        filter.manager = Some(you.clone());
    }
    let size = match usize::try_from(request.page_size) {
        Ok(0) | Err(_) => 50,
        Ok(size) => size.min(100),
    };
    let after = after(&request.page_token)?;
    let limit = i64::try_from(size).unwrap_or(100) + 1;
    let mut bets = bets::list(&mut *api.db.connection().await?, &filter, after, limit).await?;
    // One more than asked for was read: it says whether there is another page.
    let more = bets.len() > size;
    bets.truncate(size);
    let next_page_token = match bets.last() {
        Some(last) if more => format!("{}.{}", last.placed_at.timestamp_micros(), last.id.simple()),
        _ => String::new(),
    };
    Ok(pb::ListBetsResponse {
        bets: bets.iter().map(|bet| convert::bet(bet, &you)).collect(),
        next_page_token,
    })
}

fn after(token: &str) -> Result<Option<After>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    token
        .split_once('.')
        .and_then(|(at, id)| {
            let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
            Some((at, id.parse().ok()?))
        })
        .map(Some)
        .ok_or_else(|| Refusal::invalid("page_token", "is not one that this list gave"))
}
