//! What a client owes, or a worker is owed.

use billing_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::Owner;
use crate::store::{accounts, details};
use crate::wire;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetAccountRequest>,
) -> Result<pb::GetAccountResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let owner = owner(request.owner_kind(), &request.owner_id)?;
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

/// The client or worker that a request is about.
pub(super) fn owner(kind: pb::OwnerKind, id: &str) -> Result<Owner, Error> {
    let person = wire::parse_id("owner_id", id)?;
    wire::parse_owner_kind(kind)
        .and_then(|kind| Owner::person(kind, person))
        .ok_or_else(|| Error::AccountNotFound {
            kind: "unspecified",
            owner: id.to_owned(),
        })
}
