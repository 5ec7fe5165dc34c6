//! The company's own accounts.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::Error;
use crate::store::accounts;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListCompanyAccountsRequest>,
) -> Result<pb::ListCompanyAccountsResponse, Error> {
    Caller::of(&request)?;
    let page = Page::<Uuid>::read("company-accounts", request.get_ref().page_size, "")?;
    let conn = &mut *api.db.connection().await?;
    let mut found = accounts::company(conn, page.limit()).await?;
    page.cut("company-accounts", &mut found, |account| account.id.0);
    Ok(pb::ListCompanyAccountsResponse {
        accounts: found.iter().map(convert::company_account).collect(),
    })
}
