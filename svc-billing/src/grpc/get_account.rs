//! The balance of a client or worker.

use billing_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::store::{accounts, details};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetAccountRequest>,
) -> Result<pb::GetAccountResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let owner = convert::parse_owner(request.owner_kind(), &request.owner_id)?;
    let conn = &mut *api.db.connection().await?;
    let account = accounts::get(conn, &owner).await?;
    let means = details::find(conn, account.id).await?;
    Ok(pb::GetAccountResponse {
        account: Some(convert::account(
            &account,
            means.as_ref(),
            &api.settings,
            api.clock.now(),
        )?),
    })
}
