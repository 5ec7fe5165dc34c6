//! A statement, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::store::{accounts, statements};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListLinesRequest>,
) -> Result<pb::ListLinesResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("lines/{}", request.owner_id);
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token)?;
    let owner = convert::parse_owner(request.owner_kind(), &request.owner_id)?;
    let conn = &mut *api.db.connection().await?;
    let account = accounts::get(conn, &owner).await?;
    let mut rows = statements::of_account(conn, account.id, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |line| line.id.0);
    let lines = rows.into_iter().map(|line| convert::line(owner.kind(), line));
    Ok(pb::ListLinesResponse {
        lines: lines.collect::<Result<_, _>>()?,
        next_page_token,
    })
}
