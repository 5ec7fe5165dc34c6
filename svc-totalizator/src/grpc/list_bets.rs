//! Bets, newest first.

use conventions::page::Page;
use service_host::{Caller, field};
use tonic::Request;
use totalizator_contract::v1 as pb;

use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::bets::{self, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListBetsRequest>,
) -> Result<pb::ListBetsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let you = api.key.pseudonym(caller.subject());
    let mut filter = Filter::default();
    if !request.order_id.is_empty() {
        filter.order = Some(field::id("order_id", &request.order_id)?);
    }
    if request.own_only {
        filter.manager = Some(you.clone());
    }
    let list = format!("bets/{}/{}", request.order_id, request.own_only);
    let page = Page::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    let mut bets = bets::list(conn, &filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut bets, |bet| (bet.placed_at, bet.id));
    Ok(pb::ListBetsResponse {
        bets: bets.iter().map(|bet| convert::bet(bet, &you)).collect(),
        next_page_token,
    })
}
