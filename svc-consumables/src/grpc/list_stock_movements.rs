use consumables_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::stock;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListStockMovementsRequest>,
) -> Result<pb::ListStockMovementsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("movements/{}", request.material_code);
    let page = Page::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut rows = stock::movements(conn, &request.material_code, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| row.id);
    Ok(pb::ListStockMovementsResponse {
        movements: rows.iter().map(convert::movement).collect(),
        next_page_token,
    })
}
