use futures::stream::{self, BoxStream, StreamExt as _};
use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::{Request, Status};

use super::caller::actor;
use super::get_order::visible;
use super::{Api, convert};
use crate::error::{Error, Resource};
use crate::store;

/// The size of a message's chunk, in bytes.
const CHUNK: usize = 256 * 1024;

/// Streams a photo to callers who may see its order (O9).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::DownloadPhotoRequest>,
) -> Result<BoxStream<'static, Result<pb::DownloadPhotoResponse, Status>>, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let id = field::id("photo_id", &request.get_ref().photo_id)?;
    let mut conn = api.db.connection().await?;
    let photo = store::photos::find(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Resource::Photo))?;
    match visible(&mut conn, photo.order, viewer).await {
        Ok(_) => {}
        // A caller who may not know of the order may not know of its photos either.
        Err(Error::NotFound(_)) => return Err(Error::NotFound(Resource::Photo)),
        Err(error) => return Err(error),
    }
    drop(conn);
    let content = api.photos.get(&photo.location).await?;
    let description = pb::DownloadPhotoResponse {
        photo: Some(convert::photo(&photo)),
        chunk: Vec::new(),
    };
    let starts = (0..content.len()).step_by(CHUNK);
    let chunks = starts.map(move |start| pb::DownloadPhotoResponse {
        photo: None,
        chunk: content.slice(start..content.len().min(start + CHUNK)).to_vec(),
    });
    Ok(stream::iter(std::iter::once(description).chain(chunks).map(Ok)).boxed())
}
