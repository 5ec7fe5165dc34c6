//! The audit log, newest first (rule A5).

use admin_contract::v1 as pb;
use tonic::Request;

use super::{Api, convert, pages};
use crate::error::Error;
use crate::store::audit;

pub(super) async fn list(
    api: &Api,
    request: Request<pb::ListAuditEntriesRequest>,
) -> Result<pb::ListAuditEntriesResponse, Error> {
    let request = request.into_inner();
    let subject_id = convert::read_optional_id("subject_id", &request.subject_id)?;
    let list = format!("audit/{subject_id:?}");
    let page = pages::read::<i64>(&list, request.page_size, &request.page_token)?;
    let mut conn = api.db.connection().await?;
    let mut rows = audit::list(&mut conn, subject_id, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |entry| entry.audit_entry_id);
    Ok(pb::ListAuditEntriesResponse {
        entries: rows.iter().map(convert::case::audit_entry).collect(),
        next_page_token,
    })
}
