//! The company's own accounts.

use billing_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::page::Page;
use super::{Api, convert};
use crate::Error;
use crate::store::accounts;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListCompanyAccountsRequest>,
) -> Result<pb::ListCompanyAccountsResponse, Error> {
    Caller::of(&request)?;
    let page = Page::<i64>::new(request.get_ref().page_size, "")?;
    let conn = &mut *api.db.connection().await?;
    let mut found = accounts::company(conn, page.limit()).await?;
    page.cut(&mut found, |account| account.id);
    Ok(pb::ListCompanyAccountsResponse {
        accounts: found.iter().map(convert::company_account).collect(),
    })
}
