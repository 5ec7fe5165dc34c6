//! An employee takes a kit to collect it.

use consumables_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::kit::Change;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{kit_views, kits};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::TakeKitRequest>,
) -> Result<pb::TakeKitResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("kit_id", &request.kit_id)?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let employee = staff::employee(conn, &caller).await?;
        let mut kit = kits::lock(conn, id).await?;
        if let Some(event) = kit.take(employee, request.take_over, now)? {
            let (kit, by) = (&kit, &Actor::from(&caller.actor()));
            messaging::save(conn, &Change { kit, event, by }).await?;
        }
        let view = kit_views::get(conn, id).await?;
        Ok(pb::TakeKitResponse {
            kit: Some(convert::kit(&view)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
