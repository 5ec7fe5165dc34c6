//! The journal, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::store::journal;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListTransactionsRequest>,
) -> Result<pb::ListTransactionsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("transactions/{}", request.order_id);
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token)?;
    let order = field::optional_id("order_id", &request.order_id)?;
    let conn = &mut *api.db.connection().await?;
    let mut found = journal::list(conn, order, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut found, |recorded| recorded.sequence);
    Ok(pb::ListTransactionsResponse {
        transactions: found.iter().map(convert::transaction).collect(),
        next_page_token,
    })
}
