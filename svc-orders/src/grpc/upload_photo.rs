use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, Refusal};
use tonic::{Request, Streaming};
use uuid::Uuid;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::id::{OrderId, PhotoId, WorkerId};
use crate::domain::photo::MOST;
use crate::error::{Error, Thing};
use crate::photos::{self, Intake, PhotoStore, Received};
use crate::store::photos::Photo;
use crate::{clock, store, wire};

/// O9: the worker of an order uploads a photo. `Api.uploads` bounds how many photos are in memory at
/// once; a call waits for its turn no longer than its deadline.
pub(super) async fn handle(
    api: &Api,
    request: Request<Streaming<pb::UploadPhotoRequest>>,
) -> Result<pb::UploadPhotoResponse, Error> {
    let by = actor(&Caller::of_stream(&request)?)?;
    let Actor::Worker(worker) = by else {
        return Err(Error::NotFound(Thing::Order));
    };
    let mut stream = request.into_inner();
    let first = stream.message().await.map_err(Error::Stream)?;
    let metadata = first
        .and_then(|first| first.metadata)
        .ok_or(photos::Error::Order)?;
    let order = OrderId(wire::to_uuid("metadata.order_id", &metadata.order_id)?);
    let request_id = wire::to_uuid("metadata.request_id", &metadata.request_id)?;
    // The id follows from the request's: a repeated upload is the same photo.
    let id = PhotoId(Uuid::new_v5(&request_id, worker.0.as_bytes()));
    let mut conn = api.db.connection().await?;
    let known = store::photos::find(&mut conn, id).await?;
    if known.is_none() {
        // Refused before the content is read: nobody fills the store for an order that takes no photo of theirs.
        let found = store::orders::find(&mut conn, order)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        found.check_photo(by)?;
    }
    drop(conn);

    let _turn = api.uploads.acquire().await.map_err(Refusal::internal)?;
    let received = receive(&mut stream, &metadata.sha256).await?;
    let kept = match known {
        Some(known) => known,
        None => keep(&api.db, &api.photos, id, order, worker, &received).await?,
    };
    if (kept.order, &kept.sha256) != (order, &received.sha256) {
        return Err(Error::RequestReused);
    }
    tracing::info!(order.id = %order, photo.id = %kept.id, "photo uploaded");
    Ok(pb::UploadPhotoResponse {
        photo: Some(convert::photo(&kept)),
    })
}

async fn receive(stream: &mut Streaming<pb::UploadPhotoRequest>, sha256: &str) -> Result<Received, Error> {
    let mut intake = Intake::default();
    while let Some(message) = stream.message().await.map_err(Error::Stream)? {
        if message.metadata.is_some() {
            return Err(photos::Error::Order.into());
        }
        intake.take(&message.chunk)?;
    }
    Ok(intake.finish(sha256)?)
}

/// Stores the content, then the row; the order is locked, so that neither its end nor its other photos are overlooked.
async fn keep(
    db: &Database,
    photos: &PhotoStore,
    id: PhotoId,
    order: OrderId,
    worker: WorkerId,
    received: &Received,
) -> Result<Photo, Error> {
    let photo = Photo {
        id,
        order,
        worker,
        format: received.format,
        size: i64::try_from(received.content.len()).unwrap_or(i64::MAX),
        sha256: received.sha256.clone(),
        location: photos.put(order, received).await?,
        uploaded_at: clock::now(),
    };
    let keep = async |conn: &mut AsyncPgConnection| -> Result<Photo, Error> {
        let order = store::orders::lock(conn, order)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        order.check_photo(Actor::Worker(worker))?;
        if store::photos::count(conn, order.id).await? >= MOST {
            return Err(photos::Error::TooMany.into());
        }
        store::photos::keep(conn, photo.clone()).await
    };
    db.transaction(keep).await
}
