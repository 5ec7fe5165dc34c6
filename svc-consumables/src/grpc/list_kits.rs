use consumables_contract::v1 as pb;
use conventions::page::Page;
use service_host::{Caller, field};
use tonic::Request;

use crate::domain::kit::State;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::kit_views::{self, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListKitsRequest>,
) -> Result<pb::ListKitsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let mut filter = Filter {
        states: convert::states(&request.states),
        order: field::optional_id("order_id", &request.order_id)?,
    };
    if filter.order.is_none() && filter.states.is_empty() {
        filter.states = vec![State::Requested, State::Collecting, State::Ready];
    }
    let states: String = request.states.iter().map(i32::to_string).collect();
    let list = format!("kits/{states}/{}", request.order_id);
    let page = Page::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    staff::admit(conn, &caller).await?;
    let mut views = kit_views::list(conn, &filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut views, |view| (view.kit.slot_start, view.kit.id.0));
    Ok(pb::ListKitsResponse {
        kits: views.iter().map(convert::kit).collect(),
        next_page_token,
    })
}
