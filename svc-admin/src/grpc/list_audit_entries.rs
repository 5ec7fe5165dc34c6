//! Lists the audit log, newest first (rule A5).

use admin_contract::v1 as pb;
use conventions::page::Page;
use service_host::{Refusal, field};
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;
use crate::store::audit;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListAuditEntriesRequest>,
) -> Result<pb::ListAuditEntriesResponse, Error> {
    let request = request.into_inner();
    let subject_id = field::optional_id("subject_id", &request.subject_id)?;
    let list = format!("audit/{subject_id:?}");
    let page = Page::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let mut conn = api.db.connection().await?;
    let mut rows = audit::list(&mut conn, subject_id, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| entry.audit_entry_id);
    Ok(pb::ListAuditEntriesResponse {
        entries: rows.iter().map(convert::case::audit_entry).collect(),
        next_page_token,
    })
}
