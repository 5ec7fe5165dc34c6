use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use crate::domain::actor::Actor;
use crate::domain::ids::{OrderId, PhotoId};
use crate::error::{Error, Resource};
use crate::store;

/// Starts work, with a photo, for the order's worker (O3).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::StartWorkRequest>,
) -> Result<pb::StartWorkResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = field::id("order_id", &request.order_id)?;
    let photo = field::id("photo_id", &request.photo_id)?;
    let now = api.clock.now();
    let start = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id).await?;
        let change = order.start(by, photo, now)?;
        check_photo(conn, photo, id, by).await?;
        messaging::save(conn, &change).await?;
        tracing::info!(order.id = %id, "started");
        Ok(pb::StartWorkResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, start).await?)
}

/// Refuses a photo of another order, or one that another worker uploaded: it proves nothing.
pub(super) async fn check_photo(
    conn: &mut AsyncPgConnection,
    photo: PhotoId,
    order: OrderId,
    by: Actor,
) -> Result<(), Error> {
    let found = store::photos::find(conn, photo).await?;
    if found.is_some_and(|photo| photo.order == order && Actor::Worker(photo.worker) == by) {
        Ok(())
    } else {
        Err(Error::NotFound(Resource::Photo))
    }
}
