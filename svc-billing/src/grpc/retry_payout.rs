//! A failed payout is made again, at once.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::AttemptKind;
use crate::use_cases::retry_invoice::retry_invoice;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RetryPayoutRequest>,
) -> Result<pb::RetryPayoutResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("invoice_id", &request.invoice_id)?;
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let now = api.clock.now();
            let listed = retry_invoice(conn, id, AttemptKind::Payout, &caller, now).await?;
            Ok(pb::RetryPayoutResponse {
                payout: Some(convert::payout(&listed)),
            })
        },
    )
    .await?;
    api.wakes.payouts.notify_one();
    Ok(response)
}
