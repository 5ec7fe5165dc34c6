//! Adds a material to the catalogue.

use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::domain::material::Material;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::materials;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CreateMaterialRequest>,
) -> Result<pb::CreateMaterialResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let material = Material {
        code: MaterialCode(request.code.clone()),
        name: request.name.clone(),
        unit: request.unit.clone(),
        low_level: convert::pieces("low_level", request.low_level)?,
    };
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::admit(conn, &caller).await?;
        if materials::insert(conn, std::slice::from_ref(&material)).await? == 0 {
            return Err(Error::MaterialExists(material.code.clone()));
        }
        let balance = materials::get(conn, &material.code).await?;
        Ok(pb::CreateMaterialResponse {
            material: Some(convert::material(&balance)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
