//! The "Ready" button.

use consumables_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use crate::domain::kit::Change;
use crate::error::Error;
use crate::grpc::{Api, convert, staff};
use crate::store::{kit_views, kits, orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::MarkKitReadyRequest>,
) -> Result<pb::MarkKitReadyResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("kit_id", &request.kit_id)?;
    let now = api.clock.now();
    let body = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        staff::employee(conn, &caller).await?;
        // The stock is locked, too, because a stock-take must not release reservations of a kit
        // that is found complete here.
        let (mut kit, _stock) = kits::lock_with_stock(conn, id, []).await?;
        let order = orders::get(conn, kit.order).await?;
        if let Some(event) = kit.mark_ready(&order, now)? {
            let (kit, by) = (&kit, &Actor::from(&caller.actor()));
            messaging::save(conn, &Change { kit, event, by }).await?;
        }
        let view = kit_views::get(conn, id).await?;
        Ok(pb::MarkKitReadyResponse {
            kit: Some(convert::kit(&view)),
        })
    };
    Ok(command(&api.db, &caller, &request, body).await?)
}
