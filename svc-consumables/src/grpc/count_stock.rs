//! A stock-take.

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::stock_desk::{self, Change};
use crate::store::stock::Cause;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CountStockRequest>,
) -> Result<pb::CountStockResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let counted = convert::pieces("counted", request.counted)?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::admit(conn, &caller).await?;
        let code = MaterialCode(request.material_code.clone());
        let cause = Cause {
            by: caller.actor(),
            at: Utc::now(),
            reason: request.reason.clone(),
        };
        let stocked = stock_desk::change(conn, &code, Change::Count(counted), &cause).await?;
        Ok(pb::CountStockResponse {
            material: stocked.as_ref().map(convert::material),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
