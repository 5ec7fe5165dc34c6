//! Cases, newest first.

use std::collections::HashMap;

use admin_contract::v1 as pb;
use tonic::Request;

use super::{Api, convert, pages};
use crate::error::Error;
use crate::store::{cases, reviewed_orders};

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListCasesRequest>,
) -> Result<pb::ListCasesResponse, Error> {
    let request = request.into_inner();
    let closed = match request.state() {
        pb::CaseState::Unspecified => None,
        state => Some(state == pb::CaseState::Closed),
    };
    let order_id = convert::read_optional_id("order_id", &request.order_id)?;
    let list = format!("cases/{closed:?}/{order_id:?}");
    let page = pages::read::<pages::Key>(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let filter = cases::Filter { closed, order_id };
    let mut rows = cases::list(&mut conn, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |case| (case.opened_at, case.id));
    let ids: Vec<_> = rows.iter().map(|case| case.order_id).collect();
    let orders: HashMap<_, _> = reviewed_orders::find_all(&mut conn, &ids)
        .await?
        .into_iter()
        .map(|order| (order.order_id, order))
        .collect();
    let cases = rows
        .iter()
        .filter_map(|case| Some(convert::case::case(case, orders.get(&case.order_id)?)))
        .collect();
    Ok(pb::ListCasesResponse {
        cases,
        next_page_token,
    })
}
