use consumables_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::materials;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListMaterialsRequest>,
) -> Result<pb::ListMaterialsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("materials/{}", request.low_only);
    let page = Page::<String>::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    staff::admit(conn, &caller).await?;
    let after = page.after.as_deref();
    let mut balances = materials::list(conn, request.low_only, after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut balances, |balance| balance.material.code.0.clone());
    Ok(pb::ListMaterialsResponse {
        materials: balances.iter().map(convert::material).collect(),
        next_page_token,
    })
}
