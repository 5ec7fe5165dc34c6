//! Changes a material's name, unit and low level. A higher low level can make the stock low.

use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::domain::material::Material;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{materials, stock};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::UpdateMaterialRequest>,
) -> Result<pb::UpdateMaterialResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let material = Material {
        code: MaterialCode(request.code.clone()),
        name: request.name.clone(),
        unit: request.unit.clone(),
        low_level: convert::pieces("low_level", request.low_level)?,
    };
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::admit(conn, &caller).await?;
        if !materials::update(conn, &material).await? {
            return Err(Error::MaterialNotFound(material.code.clone()));
        }
        let stock = stock::lock(conn, &[material.code.clone()].into()).await?;
        messaging::save(conn, &stock.finish(convert::cause(&caller, now, ""))).await?;
        let balance = materials::get(conn, &material.code).await?;
        Ok(pb::UpdateMaterialResponse {
            material: Some(convert::material(&balance)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
