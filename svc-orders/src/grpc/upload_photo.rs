use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Refusal, field};
use tonic::{Request, Streaming};
use uuid::Uuid;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::ids::{OrderId, PhotoId, WorkerId};
use crate::domain::photo::MAX_COUNT;
use crate::error::{Error, Resource};
use crate::photos::{self, Received, Upload};
use crate::store;
use crate::store::photos::Photo;

/// Receives an evidence photo from an order's worker (O9). `Api.uploads` bounds how many photos are
/// in memory at once; a call waits for its turn no longer than its deadline.
pub(super) async fn handle(
    api: &Api,
    request: Request<Streaming<pb::UploadPhotoRequest>>,
) -> Result<pb::UploadPhotoResponse, Error> {
    let by = actor(&Caller::of_stream(&request)?)?;
    let Actor::Worker(worker) = by else {
        return Err(Error::NotFound(Resource::Order));
    };
    let mut stream = request.into_inner();
    let first = stream.message().await.map_err(Error::Stream)?;
    let metadata = first
        .and_then(|first| first.metadata)
        .ok_or(photos::Error::Order)?;
    let order = field::id("metadata.order_id", &metadata.order_id)?;
    let request_id: Uuid = field::id("metadata.request_id", &metadata.request_id)?;
    // The photo's id is derived from the request's: a repeated upload is the same photo.
    let id = PhotoId(Uuid::new_v5(&request_id, worker.0.as_bytes()));
    let mut conn = api.db.connection().await?;
    let known = store::photos::find(&mut conn, id).await?;
    if known.is_none() {
        // Refused before the content is read, so that a refused photo takes neither memory nor
        // storage.
        store::orders::get(&mut conn, order).await?.check_photo(by)?;
    }
    drop(conn);

    let _permit = api.uploads.acquire().await.map_err(Refusal::internal)?;
    let received = receive(&mut stream, &metadata.sha256).await?;
    let photo = match known {
        Some(known) => known,
        None => save(api, id, order, worker, &received).await?,
    };
    if (photo.order, &photo.sha256) != (order, &received.sha256) {
        return Err(Error::RequestReused);
    }
    tracing::info!(order.id = %order, photo.id = %photo.id, "photo uploaded");
    Ok(pb::UploadPhotoResponse {
        photo: Some(convert::photo(&photo)),
    })
}

async fn receive(stream: &mut Streaming<pb::UploadPhotoRequest>, sha256: &str) -> Result<Received, Error> {
    let mut upload = Upload::default();
    while let Some(message) = stream.message().await.map_err(Error::Stream)? {
        if message.metadata.is_some() {
            return Err(photos::Error::Order.into());
        }
        upload.push(&message.chunk)?;
    }
    Ok(upload.finish(sha256)?)
}

/// Stores the content, then the row. The order is locked meanwhile, so that it cannot end or get
/// another photo between the checks and the insert.
async fn save(
    api: &Api,
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
        location: api.photos.put(order, received).await?,
        uploaded_at: api.clock.now(),
    };
    let save = async |conn: &mut AsyncPgConnection| -> Result<Photo, Error> {
        let order = store::orders::lock(conn, order).await?;
        order.check_photo(Actor::Worker(worker))?;
        if store::photos::count(conn, order.id).await? >= MAX_COUNT {
            return Err(photos::Error::TooMany.into());
        }
        store::photos::record(conn, photo.clone()).await
    };
    api.db.transaction(save).await
}
