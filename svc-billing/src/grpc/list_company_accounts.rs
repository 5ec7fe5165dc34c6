//! The company's own accounts, by code.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::store::accounts;

const LIST: &str = "company-accounts";

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListCompanyAccountsRequest>,
) -> Result<pb::ListCompanyAccountsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let page = Page::<String>::read(LIST, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    let mut found = accounts::company(conn, page.after.as_deref(), page.limit()).await?;
    let next_page_token = page.cut(LIST, &mut found, |account| account.owner.name());
    Ok(pb::ListCompanyAccountsResponse {
        accounts: found.iter().map(convert::company_account).collect(),
        next_page_token,
    })
}
