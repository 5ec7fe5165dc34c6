use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use crate::domain::id::OrderId;
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O3: client, worker or manager says that it went wrong.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReportFailureRequest>,
) -> Result<pb::ReportFailureResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = OrderId(wire::to_uuid("order_id", &request.order_id)?);
    let report = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        let change = order.report_failure(by, request.reason.clone(), clock::now())?;
        store::orders::save(conn, &change).await?;
        tracing::info!(order.id = %id, "failed");
        Ok(pb::ReportFailureResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, report).await?)
}
