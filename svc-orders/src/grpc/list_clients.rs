use conventions::page::Page;
use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::{Error, store};

/// Lists clients, newest first.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListClientsRequest>,
) -> Result<pb::ListClientsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let page = Page::read("clients", request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut clients = store::clients::list(&mut conn, page.after, page.limit()).await?;
    let next_page_token = page.cut("clients", &mut clients, |client| {
        (client.registered_at, client.id.0)
    });
    Ok(pb::ListClientsResponse {
        clients: clients.iter().map(convert::client).collect(),
        next_page_token,
    })
}
