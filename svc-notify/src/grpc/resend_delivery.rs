//! The call `ResendDelivery`.

use chrono::Utc;
use diesel_async::AsyncPgConnection;
use notify_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;
use crate::store::deliveries::{self, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ResendDeliveryRequest>,
) -> Result<pb::ResendDeliveryResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::uuid("delivery_id", &request.delivery_id)?;
    let resent = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let revived = deliveries::resend(conn, id, Utc::now()).await?;
            let filter = Filter {
                id: Some(id),
                ..Filter::default()
            };
            let row = deliveries::list(conn, filter, None, 1)
                .await?
                .pop()
                .ok_or(Error::DeliveryNotFound)?;
            if !revived {
                return Err(Error::DeliveryNotDead(row.status));
            }
            Ok(pb::ResendDeliveryResponse {
                delivery: Some(convert::delivery(row)?),
            })
        },
    );
    let resent = resent.await?;
    tracing::info!(delivery.id = %id, actor = caller.subject(), "a manager has a mail sent again");
    Ok(resent)
}
