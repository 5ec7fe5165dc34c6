use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use crate::{Error, store};

/// Fails an order, as its client, its worker or a manager reports (O3).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReportFailureRequest>,
) -> Result<pb::ReportFailureResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = field::id("order_id", &request.order_id)?;
    let now = api.clock.now();
    let report = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id).await?;
        let change = order.report_failure(by, request.reason.clone(), now)?;
        messaging::save(conn, &change).await?;
        tracing::info!(order.id = %id, "failed");
        Ok(pb::ReportFailureResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, report).await?)
}
