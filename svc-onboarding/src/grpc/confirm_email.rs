use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::domain::happened::Happened;
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
    let _turn = api.gate.turn().await?;
    let confirm = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = candidate::locked(conn, &token).await?;
        if application.confirm(&token, now).map_err(Error::Application)? {
            let by = candidate::actor(&application);
            store::applications::save(conn, &application, &by, now, Some(&Happened::Confirmed)).await?;
        }
        let attempt = store::attempts::find(conn, application.id).await?;
        Ok(pb::ConfirmEmailResponse {
            application: Some(convert::my_application(&application, attempt.as_ref())),
        })
    };
    Ok(command(&api.db, &caller, &request, confirm).await?)
}
