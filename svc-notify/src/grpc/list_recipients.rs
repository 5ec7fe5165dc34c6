use conventions::page::Page;
use notify_contract::v1 as pb;
use service_host::Refusal;
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;
use crate::store::recipients;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListRecipientsRequest>,
) -> Result<pb::ListRecipientsResponse, Error> {
    let request = request.into_inner();
    let list = format!("recipients/{}", request.kind);
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let kind = convert::requested_kind(request.kind());
    let mut conn = api.db.connection().await?;
    let mut rows = recipients::list(&mut conn, kind, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| row.seq);
    let recipients = rows
        .into_iter()
        .map(convert::recipient)
        .collect::<Result<_, _>>()?;
    Ok(pb::ListRecipientsResponse {
        recipients,
        next_page_token,
    })
}
