use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::ids::EmployeeId;
use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::employees::{self, EmployeeRow};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RegisterEmployeeRequest>,
) -> Result<pb::RegisterEmployeeResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::optional_id("employee_id", &request.employee_id)?.unwrap_or_else(EmployeeId::generate);
    let row = EmployeeRow {
        id: id.0,
        name: request.name.clone(),
        active: true,
        registered_at: api.clock.now(),
    };
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        if !employees::insert(conn, &row).await? {
            return Err(Error::EmployeeExists);
        }
        Ok(pb::RegisterEmployeeResponse {
            employee: Some(convert::employee(&row)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
