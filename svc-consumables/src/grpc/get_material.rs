//! One material with its stock.

use consumables_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::materials;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetMaterialRequest>,
) -> Result<pb::GetMaterialResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let conn = &mut *api.db.connection().await?;
    staff::admit(conn, &caller).await?;
    let stocked = materials::find(conn, &request.code)
        .await?
        .ok_or(Error::MaterialNotFound(request.code))?;
    Ok(pb::GetMaterialResponse {
        material: Some(convert::material(&stocked)),
    })
}
