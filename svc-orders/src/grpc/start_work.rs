use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use crate::domain::actor::Actor;
use crate::domain::id::{OrderId, PhotoId};
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O3: the worker begins, with a photo.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::StartWorkRequest>,
) -> Result<pb::StartWorkResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = OrderId(wire::to_uuid("order_id", &request.order_id)?);
    let photo = PhotoId(wire::to_uuid("photo_id", &request.photo_id)?);
    let start = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        let change = order.start(by, photo, clock::now())?;
        check_photo(conn, photo, id, by).await?;
        store::orders::save(conn, &change).await?;
        tracing::info!(order.id = %id, "started");
        Ok(pb::StartWorkResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, start).await?)
}

/// A photo proves something only about the order that it was uploaded for, by the one who uploaded it.
pub(super) async fn check_photo(
    conn: &mut AsyncPgConnection,
    photo: PhotoId,
    order: OrderId,
    by: Actor,
) -> Result<(), Error> {
    let found = store::photos::find(conn, photo).await?;
    let proves = found.is_some_and(|photo| photo.order == order && Actor::Worker(photo.worker) == by);
    if proves {
        Ok(())
    } else {
        Err(Error::NotFound(Thing::Photo))
    }
}
