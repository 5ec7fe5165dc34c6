//! Shows a case with the whole history of its order (rule A3).

use admin_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::field;
use tonic::Request;

use super::{Api, convert};
use crate::domain::case::Case;
use crate::domain::ids::CaseId;
use crate::error::Error;
use crate::store::{cases, reviewed_orders};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetCaseRequest>,
) -> Result<pb::GetCaseResponse, Error> {
    let id: CaseId = field::id("case_id", &request.into_inner().case_id)?;
    let mut conn = api.db.connection().await?;
    let case = cases::find(&mut conn, id).await?.ok_or(Error::NoCase(id))?;
    Ok(pb::GetCaseResponse {
        case: Some(with_history(&mut conn, &case).await?),
    })
}

/// The case with the history of its order, its notes and the worker's record.
pub(super) async fn with_history(
    conn: &mut AsyncPgConnection,
    case: &Case,
) -> Result<pb::QualityCase, Error> {
    let order = reviewed_orders::find(conn, case.order_id)
        .await?
        .ok_or(Error::NoCase(case.id))?;
    let story = reviewed_orders::story(conn, case.order_id).await?;
    let notes = cases::notes(conn, case.id).await?;
    let record = match case.worker_id {
        Some(worker) => Some(reviewed_orders::worker_record(conn, worker).await?),
        None => None,
    };
    Ok(pb::QualityCase {
        story: story.iter().map(convert::case::story_entry).collect(),
        notes: notes.iter().map(convert::case::note).collect(),
        worker_record: record.map(convert::case::worker_record),
        ..convert::case::case(case, &order)
    })
}
