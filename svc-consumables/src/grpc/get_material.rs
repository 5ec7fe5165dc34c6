use consumables_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::materials;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetMaterialRequest>,
) -> Result<pb::GetMaterialResponse, Error> {
    let caller = Caller::of(&request)?;
    let code = MaterialCode(request.into_inner().code);
    let conn = &mut *api.db.connection().await?;
    staff::admit(conn, &caller).await?;
    let balance = materials::get(conn, &code).await?;
    Ok(pb::GetMaterialResponse {
        material: Some(convert::material(&balance)),
    })
}
