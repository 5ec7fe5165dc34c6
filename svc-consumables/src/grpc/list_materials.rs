//! The catalogue with its stock.

use consumables_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{convert, page, staff};
use crate::store::materials;

pub(super) async fn handle(
    db: &Database,
    request: Request<pb::ListMaterialsRequest>,
) -> Result<pb::ListMaterialsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let size = page::size(request.page_size);
    let after = Some(request.page_token.as_str()).filter(|token| !token.is_empty());
    let conn = &mut *db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut list = materials::list(conn, request.low_only, after, page::limit(size)).await?;
    let next_page_token = page::cut(&mut list, size, |stocked| stocked.material.code.clone());
    Ok(pb::ListMaterialsResponse {
        materials: list.iter().map(convert::material).collect(),
        next_page_token,
    })
}
