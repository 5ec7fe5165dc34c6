//! The queue.

use consumables_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use crate::domain::ids::OrderId;
use crate::domain::kit::State;
use crate::error::Error;
use crate::grpc::{convert, page, staff};
use crate::store::kit_views::{self, Filter};

pub(super) async fn handle(
    db: &Database,
    request: Request<pb::ListKitsRequest>,
) -> Result<pb::ListKitsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let mut filter = Filter {
        states: convert::states(&request.states),
        order: None,
    };
    if !request.order_id.is_empty() {
        filter.order = Some(OrderId(convert::uuid("order_id", &request.order_id)?));
    } else if filter.states.is_empty() {
        filter.states = vec![State::Requested, State::Collecting, State::Ready];
    }
    let size = page::size(request.page_size);
    let after = page::after(&request.page_token)?;
    let conn = &mut *db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut views = kit_views::list(conn, &filter, after, page::limit(size)).await?;
    let next_page_token = page::cut(&mut views, size, |view| {
        page::token(view.order.slot_start, view.kit.id.0)
    });
    Ok(pb::ListKitsResponse {
        kits: views.iter().map(convert::kit).collect(),
        next_page_token,
    })
}
