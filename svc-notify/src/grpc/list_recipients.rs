//! The call `ListRecipients`.

use conventions::page::Page;
use notify_contract::v1 as pb;
use service_host::{Database, Refusal};

use super::convert;
use crate::error::Error;
use crate::store::recipients;

pub(super) async fn handle(
    db: &Database,
    request: &pb::ListRecipientsRequest,
) -> Result<pb::ListRecipientsResponse, Error> {
    let list = format!("recipients/{}", request.kind);
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let kind = convert::asked_kind(request.kind());
    let mut conn = db.connection().await?;
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
