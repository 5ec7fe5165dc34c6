//! Somebody starts to work here.

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::employees::{self, EmployeeRow};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RegisterEmployeeRequest>,
) -> Result<pb::RegisterEmployeeResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = if request.employee_id.is_empty() {
        Uuid::now_v7()
    } else {
        convert::uuid("employee_id", &request.employee_id)?
    };
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let row = EmployeeRow {
            id,
            name: request.name.clone(),
            active: true,
            registered_at: Utc::now(),
        };
        if !employees::insert(conn, &row).await? {
            return Err(Error::EmployeeExists);
        }
        Ok(pb::RegisterEmployeeResponse {
            employee: Some(convert::employee(&row)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
