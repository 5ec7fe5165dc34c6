//! A statement, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;

use super::get_account::owner;
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
    let owner = owner(request.owner_kind(), &request.owner_id)?;
    let conn = &mut *api.db.connection().await?;
    let account = accounts::get(conn, &owner).await?;
    let mut rows = statements::of_account(conn, account.id, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| row.id);
    let lines = rows.into_iter().map(|row| convert::line(owner.kind(), row));
    Ok(pb::ListLinesResponse {
        lines: lines.collect::<Result<_, _>>()?,
        next_page_token,
    })
}
