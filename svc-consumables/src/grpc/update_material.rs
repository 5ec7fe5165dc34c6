//! A material's name, unit and threshold change. A higher threshold may find the stock low.

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::materials::{self, MaterialRow};
use crate::store::stock::{self, Cause};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::UpdateMaterialRequest>,
) -> Result<pb::UpdateMaterialResponse, Error> {
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
        if !materials::update(conn, &row).await? {
            return Err(Error::MaterialNotFound(row.code));
        }
        let code = MaterialCode(row.code);
        let stock = stock::lock(conn, &[code.clone()].into()).await?;
        let cause = Cause {
            by: caller.actor(),
            at: Utc::now(),
            reason: String::new(),
        };
        stock::save(conn, stock, &cause).await?;
        let stocked = materials::find(conn, &code.0).await?;
        Ok(pb::UpdateMaterialResponse {
            material: stocked.as_ref().map(convert::material),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
