//! A material enters the catalogue.

use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::materials::{self, MaterialRow};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CreateMaterialRequest>,
) -> Result<pb::CreateMaterialResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::admit(conn, &caller).await?;
        let row = MaterialRow {
            code: request.code.clone(),
            name: request.name.clone(),
            unit: request.unit.clone(),
            low_level: request.low_level,
        };
        if !materials::insert(conn, &row).await? {
            return Err(Error::MaterialExists(row.code));
        }
        let stocked = materials::find(conn, &row.code).await?;
        Ok(pb::CreateMaterialResponse {
            material: stocked.as_ref().map(convert::material),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
