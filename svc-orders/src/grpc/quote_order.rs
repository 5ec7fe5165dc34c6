use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::Api;
use super::convert::to_slot;
use super::list_offerings::{offering, paid_so_far};
use crate::domain::order::Refused;
use crate::{Error, store};

/// Estimates what a service would cost this client, and returns whether a worker is free in the
/// slot (O2).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::QuoteOrderRequest>,
) -> Result<pb::QuoteOrderResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("service_type_id", &request.service_type_id)?;
    let mut conn = api.db.connection().await?;
    let paid = paid_so_far(&mut conn, &request.client_id).await?;
    let service = store::service_types::newest(&mut conn, id).await?;
    if !service.active {
        return Err(Refused::ServiceTypeNotActive.into());
    }
    let worker_free = match &request.slot {
        None => false,
        slot => store::pool::any_worker_free(&mut conn, to_slot(slot.as_ref())?).await?,
    };
    Ok(pb::QuoteOrderResponse {
        offering: Some(offering(api, &service, paid)?),
        worker_free,
    })
}
