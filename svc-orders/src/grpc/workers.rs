use conventions::page::Page;
use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, command};
use tonic::Request;

use super::caller::actor;
use super::convert;
use crate::domain::id::WorkerId;
use crate::domain::worker::Standing;
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// Workers, newest first.
pub(super) async fn list(
    db: &Database,
    request: Request<pb::ListWorkersRequest>,
) -> Result<pb::ListWorkersResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let standing = match request.status() {
        pb::WorkerStatus::Unspecified => None,
        pb::WorkerStatus::Active => Some(Standing::Active),
        pb::WorkerStatus::Suspended => Some(Standing::Suspended),
    };
    let of = format!("workers/{}", request.status);
    let page = Page::read(&of, request.page_size, &request.page_token)?;
    let mut conn = db.connection().await?;
    let mut workers = store::workers::list(&mut conn, standing, page.after, page.limit()).await?;
    let next_page_token = page.cut(&of, &mut workers, |worker| (worker.admitted_at, worker.id.0));
    Ok(pb::ListWorkersResponse {
        workers: workers.iter().map(convert::worker).collect(),
        next_page_token,
    })
}

/// One worker.
pub(super) async fn get(
    db: &Database,
    request: Request<pb::GetWorkerRequest>,
) -> Result<pb::GetWorkerResponse, Error> {
    Caller::of(&request)?;
    let id = WorkerId(wire::to_uuid("worker_id", &request.get_ref().worker_id)?);
    let mut conn = db.connection().await?;
    let worker = store::workers::find(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::Worker))?;
    let portrait = store::workers::portrait(&mut conn, id).await?;
    Ok(pb::GetWorkerResponse {
        worker: Some(convert::worker(&worker)),
        portrait,
    })
}

/// O10: a worker is matched again.
pub(super) async fn reinstate(
    db: &Database,
    request: Request<pb::ReinstateWorkerRequest>,
) -> Result<pb::ReinstateWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = WorkerId(wire::to_uuid("worker_id", &request.worker_id)?);
    let reinstate = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let worker = store::workers::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Worker))?;
        let worker = worker.reinstate()?;
        store::workers::save_standing(conn, &worker, by, "", clock::now()).await?;
        store::match_queue::want_all(conn).await?;
        tracing::info!(worker.id = %id, manager.id = caller.subject(), "reinstated");
        Ok(pb::ReinstateWorkerResponse {
            worker: Some(convert::worker(&worker)),
        })
    };
    Ok(command(db, &caller, &request, reinstate).await?)
}
