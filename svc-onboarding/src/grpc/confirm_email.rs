use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ConfirmEmailRequest>,
) -> Result<pb::ConfirmEmailResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let token = candidate::token(&request.token)?;
    let _permit = api.gate.enter_lane().await?;
    let confirm = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = candidate::locked(conn, &token).await?;
        let first = application.confirm(&token, now)?;
        let attempt = store::attempts::find(conn, application.id).await?;
        let response = convert::my_application(&application, attempt.as_ref());
        if first {
            store::applications::save(conn, application).await?;
        }
        Ok(pb::ConfirmEmailResponse {
            application: Some(response),
        })
    };
    Ok(command(&api.db, &caller, &request, confirm).await?)
}
