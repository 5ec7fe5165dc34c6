//! What moved, and why.

use consumables_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{convert, page, staff};
use crate::store::stock;

pub(super) async fn handle(
    db: &Database,
    request: Request<pb::ListStockMovementsRequest>,
) -> Result<pb::ListStockMovementsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let size = page::size(request.page_size);
    let before = page::number(&request.page_token)?;
    let conn = &mut *db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut rows = stock::movements(conn, &request.material_code, before, page::limit(size)).await?;
    let next_page_token = page::cut(&mut rows, size, |row| row.id.to_string());
    Ok(pb::ListStockMovementsResponse {
        movements: rows.iter().map(convert::movement).collect(),
        next_page_token,
    })
}
