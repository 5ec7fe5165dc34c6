//! Lists cases, newest first.

use std::collections::HashMap;

use admin_contract::v1 as pb;
use conventions::page::Page;
use service_host::{Refusal, field};
use tonic::Request;

use super::{Api, convert};
use crate::domain::ids::OrderId;
use crate::error::Error;
use crate::store::{cases, reviewed_orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListCasesRequest>,
) -> Result<pb::ListCasesResponse, Error> {
    let request = request.into_inner();
    let closed = match request.state() {
        pb::CaseState::Unspecified => None,
        state => Some(state == pb::CaseState::Closed),
    };
    let order_id: Option<OrderId> = field::optional_id("order_id", &request.order_id)?;
    let list = format!("cases/{closed:?}/{order_id:?}");
    let page = Page::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let mut conn = api.db.connection().await?;
    let filter = cases::Filter { closed, order_id };
    let mut rows = cases::list(&mut conn, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |case| (case.opened_at, case.id.0));
    let ids: Vec<_> = rows.iter().map(|case| case.order_id).collect();
    let orders: HashMap<_, _> = reviewed_orders::find_all(&mut conn, &ids)
        .await?
        .into_iter()
        .map(|order| (order.order_id, order))
        .collect();
    let cases = rows
        .iter()
        .filter_map(|case| Some(convert::case::case(case, orders.get(&case.order_id.0)?)))
        .collect();
    Ok(pb::ListCasesResponse {
        cases,
        next_page_token,
    })
}
