use conventions::page::Page;
use onboarding_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, convert, manager};
use crate::error::Error;
use crate::store::applications::{self, Filter, Key};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListApplicationsRequest>,
) -> Result<pb::ListApplicationsResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("applications/{}/{}", request.vacancy_id, request.state);
    let page = Page::<Key>::read(&list, request.page_size, &request.page_token)?;
    let filter = Filter {
        vacancy: field::optional_id("vacancy_id", &request.vacancy_id)?,
        state: convert::state_filter(request.state()),
    };
    let mut conn = api.db.connection().await?;
    manager::admit(&mut conn, &caller).await?;
    let mut rows = applications::list(&mut conn, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| (row.submitted_at, row.id));
    Ok(pb::ListApplicationsResponse {
        applications: rows.iter().map(convert::summary).collect(),
        next_page_token,
    })
}
