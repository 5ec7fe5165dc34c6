use conventions::page::Page;
use orders_contract::v1 as pb;
use service_host::{Caller, Refusal, field};
use tonic::Request;
use uuid::Uuid;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::ids::{ClientId, OrderId, WorkerId};
use crate::store::orders::Filter;
use crate::{Error, store};

/// Lists orders, newest first (O8).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListOrdersRequest>,
) -> Result<pb::ListOrdersResponse, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let request = request.into_inner();
    let (client, worker) = restrict(viewer, &request.client_id, &request.worker_id)?;
    let filter = Filter {
        client,
        worker,
        stages: request.states().filter_map(convert::to_stage).collect(),
    };
    let of = list(&filter);
    let page = Page::read(&of, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut orders = store::orders::list(&mut conn, &filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&of, &mut orders, |order| (order.placed_at, order.id.0));
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let kits = store::kits::of_orders(&conn, &ids).await?;
    let orders = orders
        .iter()
        .map(|order| convert::order(order, &kits, viewer))
        .collect();
    Ok(pb::ListOrdersResponse {
        orders,
        next_page_token,
    })
}

/// The list's name in page tokens: a digest of the filter, because the filter itself could exceed
/// the longest token that the contract allows.
fn list(filter: &Filter) -> String {
    let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{filter:?}").as_bytes());
    format!("orders/{}", digest.simple())
}

/// Restricts clients and workers to their own orders. Refuses to select those of another one.
pub(super) fn restrict(
    viewer: Actor,
    client: &str,
    worker: &str,
) -> Result<(Option<ClientId>, Option<WorkerId>), Error> {
    let client: Option<ClientId> = field::optional_id("client_id", client)?;
    let worker: Option<WorkerId> = field::optional_id("worker_id", worker)?;
    let not_yours = || Refusal::denied("NOT_YOURS", "these orders belong to another client or worker");
    match viewer {
        Actor::Client(own) if client.is_some_and(|client| client != own) => Err(not_yours().into()),
        Actor::Worker(own) if worker.is_some_and(|worker| worker != own) => Err(not_yours().into()),
        Actor::Client(own) => Ok((Some(own), worker)),
        Actor::Worker(own) => Ok((client, Some(own))),
        Actor::Manager(_) | Actor::Service | Actor::System => Ok((client, worker)),
    }
}
