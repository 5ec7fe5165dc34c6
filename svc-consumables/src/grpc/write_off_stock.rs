//! Pieces are broken, spoiled or lost.

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
    request: Request<pb::WriteOffStockRequest>,
) -> Result<pb::WriteOffStockResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let pieces = convert::pieces("quantity", request.quantity)?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::admit(conn, &caller).await?;
        let code = MaterialCode(request.material_code.clone());
        let cause = convert::cause(&caller, now, &request.reason);
        let balance = change_stock(conn, &code, Act::WriteOff(pieces), cause).await?;
        Ok(pb::WriteOffStockResponse {
            material: Some(convert::material(&balance)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
