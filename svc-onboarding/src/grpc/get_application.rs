use onboarding_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::convert::{self, Dossier};
use super::{Api, manager};
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetApplicationRequest>,
) -> Result<pb::GetApplicationResponse, Error> {
    let caller = Caller::of(&request)?;
    let id = field::id("application_id", &request.get_ref().application_id)?;
    let mut conn = api.db.connection().await?;
    manager::admit(&mut conn, &caller).await?;
    let application = manager::visible(store::applications::find(&mut conn, id).await?, id)?;
    let dossier = Dossier {
        application,
        attempt: store::attempts::find(&mut conn, id).await?,
        comments: store::answers::comments(&mut conn, id).await?,
        contacts: store::contact_notes::list(&mut conn, id).await?,
        has_photo: store::photos::exists(&mut conn, id).await?,
    };
    Ok(pb::GetApplicationResponse {
        application: Some(convert::application(&dossier)),
    })
}
