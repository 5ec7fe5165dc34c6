//! A stock-take.

use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::MaterialCode;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::use_cases::change_stock::{Act, change_stock};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CountStockRequest>,
) -> Result<pb::CountStockResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let counted = convert::pieces("counted", request.counted)?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::admit(conn, &caller).await?;
        let code = MaterialCode(request.material_code.clone());
        let cause = convert::cause(&caller, now, &request.reason);
        let balance = change_stock(conn, &code, Act::Count(counted), cause).await?;
        Ok(pb::CountStockResponse {
            material: Some(convert::material(&balance)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
