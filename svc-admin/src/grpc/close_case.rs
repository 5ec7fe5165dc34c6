//! Closes a case with its form (rule A3).

use admin_contract::v1 as pb;
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert, get_case};
use crate::domain::Invalid;
use crate::domain::ids::CaseId;
use crate::error::Error;
use crate::store::{cases, hypotheses, reviewed_orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CloseCaseRequest>,
) -> Result<pb::CloseCaseResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, api.clock.now());
    let request = request.into_inner();
    let id: CaseId = field::id("case_id", &request.case_id)?;
    let form = convert::case::to_form(request.form.clone())?;
    let close = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let case = cases::lock(conn, id).await?.ok_or(Error::NoCase(id))?;
        let order = reviewed_orders::find(conn, case.order_id)
            .await?
            .ok_or(Error::NoCase(id))?;
        let by = Actor::from(&caller.actor());
        let closed = case.close(form.clone(), order.service_type_name, by, now)?;
        if let Some(unknown) = hypotheses::unknown(conn, &form.hypothesis_ids).await? {
            let text = format!("there is no hypothesis {unknown}");
            return Err(Invalid::new("form.hypothesis_ids", text).into());
        }
        hypotheses::support(conn, &form.hypothesis_ids, id).await?;
        messaging::save(conn, &closed).await?;
        Ok(pb::CloseCaseResponse {
            case: Some(get_case::with_history(conn, &closed.into_case()).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, close).await?)
}
