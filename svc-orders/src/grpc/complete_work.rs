use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use super::start_work::check_photo;
use crate::{Error, store};

/// Completes an order, with a photo of the signed report, for the order's worker (O3).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CompleteWorkRequest>,
) -> Result<pb::CompleteWorkResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = field::id("order_id", &request.order_id)?;
    let photo = field::id("photo_id", &request.photo_id)?;
    let now = api.clock.now();
    let complete = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id).await?;
        let change = order.complete(by, photo, now)?;
        check_photo(conn, photo, id, by).await?;
        messaging::save(conn, &change).await?;
        tracing::info!(order.id = %id, "completed");
        Ok(pb::CompleteWorkResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, complete).await?)
}
