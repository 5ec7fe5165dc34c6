//! The "Ready" button.

use std::collections::BTreeSet;

use chrono::Utc;
use consumables_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{kit_views, kits, orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MarkKitReadyRequest>,
) -> Result<pb::MarkKitReadyResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::kit_id(&request.kit_id)?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        // The stock is locked too: a stock-take mustn't take back what is being found complete.
        let (mut kit, _stock) = kits::lock_with_stock(conn, id, &BTreeSet::new())
            .await?
            .ok_or(Error::KitNotFound)?;
        if let Some(event) = kit.mark_ready(Utc::now())? {
            let order = orders::get(conn, kit.order).await?;
            kits::save(conn, &kit, &order, event, &caller.actor()).await?;
        }
        let view = kit_views::find(conn, id).await?;
        Ok(pb::MarkKitReadyResponse {
            kit: view.as_ref().map(convert::kit),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
