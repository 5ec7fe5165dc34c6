//! The "Issued" button.

use std::collections::BTreeSet;

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::domain::ids::WorkerId;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::stock::{self, Cause};
use crate::store::{cookies, kit_views, kits, orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::IssueKitRequest>,
) -> Result<pb::IssueKitResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::kit_id(&request.kit_id)?;
    let worker = WorkerId(convert::uuid("worker_id", &request.worker_id)?);
    let reason = Some(request.without_cookie_reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        let now = Utc::now();
        let (mut kit, mut stock) = kits::lock_with_stock(conn, id, &BTreeSet::new())
            .await?
            .ok_or(Error::KitNotFound)?;
        let cookie = cookies::lock(conn, kit.order).await?;
        let cookie_is_in = cookie.is_some_and(|cookie| cookie.placed_in == Some(id));
        let event = kit.issue(worker, cookie_is_in, reason.clone(), now)?;
        stock.issue(&kit.lines)?;
        let order = orders::get(conn, kit.order).await?;
        kits::save(conn, &kit, &order, event, &caller.actor()).await?;
        let cause = Cause {
            by: caller.actor(),
            at: now,
            reason: "kit issued".to_owned(),
        };
        stock::save(conn, stock, &cause).await?;
        let view = kit_views::find(conn, id).await?;
        Ok(pb::IssueKitResponse {
            kit: view.as_ref().map(convert::kit),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
