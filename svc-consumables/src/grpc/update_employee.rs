use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::ids::EmployeeId;
use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::employees;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::UpdateEmployeeRequest>,
) -> Result<pb::UpdateEmployeeResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id: EmployeeId = field::id("employee_id", &request.employee_id)?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let row = employees::update(conn, id, &request.name, request.active)
            .await?
            .ok_or(Error::EmployeeNotFound)?;
        Ok(pb::UpdateEmployeeResponse {
            employee: Some(convert::employee(&row)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
