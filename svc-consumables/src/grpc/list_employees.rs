use consumables_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::employees;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListEmployeesRequest>,
) -> Result<pb::ListEmployeesResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("employees/{}", request.active_only);
    let page = Page::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut rows = employees::list(conn, request.active_only, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| (row.registered_at, row.id));
    Ok(pb::ListEmployeesResponse {
        employees: rows.iter().map(convert::employee).collect(),
        next_page_token,
    })
}
