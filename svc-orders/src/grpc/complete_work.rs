use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use super::start_work::check_photo;
use crate::domain::id::{OrderId, PhotoId};
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O3: the worker is done, with a photo of the signed report.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CompleteWorkRequest>,
) -> Result<pb::CompleteWorkResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = OrderId(wire::to_uuid("order_id", &request.order_id)?);
    let photo = PhotoId(wire::to_uuid("photo_id", &request.photo_id)?);
    let complete = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        let change = order.complete(by, photo, clock::now())?;
        check_photo(conn, photo, id, by).await?;
        store::orders::save(conn, &change).await?;
        tracing::info!(order.id = %id, "completed");
        Ok(pb::CompleteWorkResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, complete).await?)
}
