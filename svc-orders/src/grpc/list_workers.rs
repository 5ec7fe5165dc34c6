use conventions::page::Page;
use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::domain::worker::Standing;
use crate::{Error, store};

/// Lists workers, newest first.
pub(super) async fn handle(
    api: &Api,
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
    let mut conn = api.db.connection().await?;
    let mut workers = store::workers::list(&mut conn, standing, page.after, page.limit()).await?;
    let next_page_token = page.cut(&of, &mut workers, |worker| (worker.admitted_at, worker.id.0));
    Ok(pb::ListWorkersResponse {
        workers: workers.iter().map(convert::worker).collect(),
        next_page_token,
    })
}
