use conventions::page::Page;
use notify_contract::v1 as pb;
use service_host::{Refusal, field};
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;
use crate::store::deliveries::{self, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListDeliveriesRequest>,
) -> Result<pb::ListDeliveriesResponse, Error> {
    let request = request.into_inner();
    let filter = Filter {
        status: convert::requested_status(request.status()),
        recipient: field::optional_id("recipient_id", &request.recipient_id)?,
        id: None,
    };
    let list = format!("deliveries/{}/{}", request.status, request.recipient_id);
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let mut conn = api.db.connection().await?;
    let mut rows = deliveries::list(&mut conn, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| row.seq);
    let deliveries = rows
        .into_iter()
        .map(convert::delivery)
        .collect::<Result<_, _>>()?;
    Ok(pb::ListDeliveriesResponse {
        deliveries,
        next_page_token,
    })
}
