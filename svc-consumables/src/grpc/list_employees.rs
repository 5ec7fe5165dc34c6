//! Who works here.

use consumables_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{convert, page, staff};
use crate::store::employees;

pub(super) async fn handle(
    db: &Database,
    request: Request<pb::ListEmployeesRequest>,
) -> Result<pb::ListEmployeesResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let size = page::size(request.page_size);
    let after = page::after(&request.page_token)?;
    let conn = &mut *db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut rows = employees::list(conn, request.active_only, after, page::limit(size)).await?;
    let next_page_token = page::cut(&mut rows, size, |row| page::token(row.registered_at, row.id));
    Ok(pb::ListEmployeesResponse {
        employees: rows.iter().map(convert::employee).collect(),
        next_page_token,
    })
}
