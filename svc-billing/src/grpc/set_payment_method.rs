//! A client chooses how to pay.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{Means, Owner};
use crate::store::{accounts, details};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::SetPaymentMethodRequest>,
) -> Result<pb::SetPaymentMethodResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    if !api.gateways.has(&request.kind) {
        return Err(Error::PaymentMethodUnknown(request.kind));
    }
    let owner = Owner::Client(field::id("client_id", &request.client_id)?);
    let means = Means {
        provider: request.kind.clone(),
        token: request.token.clone(),
    };
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let account = accounts::get(conn, &owner).await?;
            let now = api.clock.now();
            details::put(conn, account.id, &means, &(&caller.actor()).into(), now).await?;
            Ok(pb::SetPaymentMethodResponse {
                account: Some(convert::account(&account, Some(&means), &api.settings, now)?),
            })
        },
    )
    .await?;
    Ok(response)
}
