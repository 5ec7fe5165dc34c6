use onboarding_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, manager};
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetApplicationPhotoRequest>,
) -> Result<pb::GetApplicationPhotoResponse, Error> {
    let caller = Caller::of(&request)?;
    let id = field::id("application_id", &request.get_ref().application_id)?;
    let mut conn = api.db.connection().await?;
    manager::admit(&mut conn, &caller).await?;
    manager::visible(store::applications::find(&mut conn, id).await?, id)?;
    let photo = store::photos::find(&mut conn, id)
        .await?
        .ok_or(Error::PhotoNotFound(id))?;
    Ok(pb::GetApplicationPhotoResponse {
        media_type: photo.format.as_ref().to_owned(),
        photo: photo.bytes,
    })
}
