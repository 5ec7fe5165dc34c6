//! The "Issued" button.

use consumables_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::kit::Change;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{cookies, kit_views, kits};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::IssueKitRequest>,
) -> Result<pb::IssueKitResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("kit_id", &request.kit_id)?;
    let worker = field::id("worker_id", &request.worker_id)?;
    let reason = Some(request.without_cookie_reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        let (mut kit, mut stock) = kits::lock_with_stock(conn, id, []).await?;
        let cookie = cookies::lock(conn, kit.order).await?;
        let has_cookie = cookie.is_some_and(|cookie| cookie.placed_in == Some(id));
        let event = kit.issue(worker, has_cookie, reason.clone(), now)?;
        stock.issue(&kit.lines)?;
        let (kit, by) = (&kit, &Actor::from(&caller.actor()));
        messaging::save(conn, &Change { kit, event, by }).await?;
        messaging::save(conn, &stock.finish(convert::cause(&caller, now, "kit issued"))).await?;
        let view = kit_views::get(conn, id).await?;
        Ok(pb::IssueKitResponse {
            kit: Some(convert::kit(&view)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
