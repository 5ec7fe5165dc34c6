use orders_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::{Request, Streaming};
use uuid::Uuid;

use super::caller::actor;
use super::convert;
use super::get_order::visible;
use crate::domain::actor::Actor;
use crate::domain::id::{OrderId, PhotoId};
use crate::error::{Error, Thing};
use crate::photos::{self, Intake, PhotoStore};
use crate::store::photos::Photo;
use crate::{clock, store, wire};

/// O9: the worker of an order uploads a photo.
pub(super) async fn handle(
    db: &Database,
    photos: &PhotoStore,
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
    // Refused before the content is read: nobody fills the store for an order that isn't theirs.
    let mut conn = db.connection().await?;
    visible(&mut conn, order, by).await?;
    drop(conn);

    let mut intake = Intake::default();
    while let Some(message) = stream.message().await.map_err(Error::Stream)? {
        if message.metadata.is_some() {
            return Err(photos::Error::Order.into());
        }
        intake.take(&message.chunk)?;
    }
    let received = intake.finish(&metadata.sha256)?;
    let photo = Photo {
        // The id follows from the request's: a repeated upload is the same photo.
        id: PhotoId(Uuid::new_v5(&request_id, worker.0.as_bytes())),
        order,
        worker,
        format: received.format,
        size: i64::try_from(received.content.len()).unwrap_or(i64::MAX),
        sha256: received.sha256.clone(),
        location: photos.put(order, &received).await?,
        uploaded_at: clock::now(),
    };
    let mut conn = db.connection().await?;
    let kept = store::photos::keep(&mut conn, photo.clone()).await?;
    if (kept.order, &kept.sha256) != (photo.order, &photo.sha256) {
        return Err(Error::RequestReused);
    }
    tracing::info!(order.id = %order, photo.id = %kept.id, "photo uploaded");
    Ok(pb::UploadPhotoResponse {
        photo: Some(convert::photo(&kept)),
    })
}
