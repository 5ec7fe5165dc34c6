//! Closing a case with its form (rule A3).

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, get_case};
use crate::clock;
use crate::domain::Invalid;
use crate::error::Error;
use crate::store::{cases, hypotheses, reviewed_orders};

pub(super) async fn close(
    api: &Api,
    request: Request<pb::CloseCaseRequest>,
) -> Result<pb::CloseCaseResponse, Error> {
    let (caller, now) = (Caller::of(&request)?, clock::now());
    let request = request.into_inner();
    let id = convert::id("case_id", &request.case_id)?;
    let form = convert::case::read_form(request.form.clone())?;
    let reply = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let case = cases::lock(conn, id).await?.ok_or(Error::NoCase(id))?;
            let closing = case.close(form.clone(), convert::caller(&caller), now)?;
            if let Some(unknown) = hypotheses::unknown(conn, &form.hypothesis_ids).await? {
                let text = format!("there is no hypothesis {unknown}");
                return Err(Invalid::new("form.hypothesis_ids", text).into());
            }
            hypotheses::support(conn, &form.hypothesis_ids, id).await?;
            let order = reviewed_orders::find(conn, case.order_id)
                .await?
                .ok_or(Error::NoCase(id))?;
            let case = cases::close(conn, case, closing, &order.service_type_name).await?;
            Ok(pb::CloseCaseResponse {
                case: Some(get_case::whole(conn, &case).await?),
            })
        },
    );
    Ok(reply.await?)
}
