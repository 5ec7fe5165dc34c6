//! Periods, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::Error;
use crate::store::periods;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListPeriodsRequest>,
) -> Result<pb::ListPeriodsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("periods/{}", request.owner_kind);
    let page = Page::<Uuid>::read(&list, request.page_size, &request.page_token)?;
    let kind = convert::parse_owner_kind(request.owner_kind());
    let conn = &mut *api.db.connection().await?;
    let mut rows = periods::list(conn, kind, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| row.id.0);
    Ok(pb::ListPeriodsResponse {
        periods: rows.iter().map(convert::period).collect(),
        next_page_token,
    })
}
