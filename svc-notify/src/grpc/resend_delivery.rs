use diesel_async::AsyncPgConnection;
use notify_contract::v1 as pb;
use service_host::{Caller, command, field};
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
    let id = field::id("delivery_id", &request.delivery_id)?;
    let now = api.clock.now();
    let resent = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let resent = deliveries::resend(conn, id, now).await?;
            let filter = Filter {
                id: Some(id),
                ..Filter::default()
            };
            let row = deliveries::list(conn, filter, None, 1)
                .await?
                .pop()
                .ok_or(Error::DeliveryNotFound)?;
            if !resent {
                return Err(Error::DeliveryNotDead(row.status));
            }
            Ok(pb::ResendDeliveryResponse {
                delivery: Some(convert::delivery(row)?),
            })
        },
    );
    let resent = resent.await?;
    tracing::info!(delivery.id = %id, actor = caller.subject(), "a manager sends a mail again");
    Ok(resent)
}
