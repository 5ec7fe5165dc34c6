use onboarding_contract::v1 as pb;
use tonic::Request;

use super::{Api, candidate, convert};
use crate::domain::application::Refused;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetMyApplicationRequest>,
) -> Result<pb::GetMyApplicationResponse, Error> {
    api.gate.call(&request, api.clock.now())?;
    let token = candidate::token(&request.get_ref().token)?;
    let _permit = api.gate.enter_lane().await?;
    let mut conn = api.db.connection().await?;
    let application = store::applications::find(&mut conn, token.application())
        .await?
        .ok_or(Refused::WrongToken)?;
    application.opens(&token)?;
    let attempt = store::attempts::find(&mut conn, application.id).await?;
    Ok(pb::GetMyApplicationResponse {
        application: Some(convert::my_application(&application, attempt.as_ref())),
    })
}
