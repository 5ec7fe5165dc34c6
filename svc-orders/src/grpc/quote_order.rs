use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::Api;
use super::list_offerings::{offering, paid_so_far};
use crate::domain::id::ServiceTypeId;
use crate::domain::order::Refused;
use crate::error::{Error, Thing};
use crate::{store, wire};

/// O2: what one service would about cost, and whether somebody is free.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::QuoteOrderRequest>,
) -> Result<pb::QuoteOrderResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let id = ServiceTypeId(wire::to_uuid("service_type_id", &request.service_type_id)?);
    let mut conn = api.db.connection().await?;
    let paid = paid_so_far(&mut conn, &request.client_id).await?;
    let service = store::service_types::newest(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::ServiceType))?;
    if !service.active {
        return Err(Refused::ServiceTypeNotActive.into());
    }
    let worker_free = match &request.slot {
        None => false,
        slot => store::pool::somebody_free(&mut conn, wire::to_slot(slot.as_ref())?).await?,
    };
    Ok(pb::QuoteOrderResponse {
        offering: Some(offering(api, &service, paid)?),
        worker_free,
    })
}
