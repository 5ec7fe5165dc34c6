//! An employee takes a kit to put it together.

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
    request: Request<pb::TakeKitRequest>,
) -> Result<pb::TakeKitResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::kit_id(&request.kit_id)?;
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let employee = staff::employee(conn, &caller).await?;
        let mut kit = kits::lock(conn, id).await?.ok_or(Error::KitNotFound)?;
        if let Some(event) = kit.take(employee, request.take_over, Utc::now())? {
            let order = orders::get(conn, kit.order).await?;
            kits::save(conn, &kit, &order, event, &caller.actor()).await?;
        }
        let view = kit_views::find(conn, id).await?;
        Ok(pb::TakeKitResponse {
            kit: view.as_ref().map(convert::kit),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
