//! Lists the board of hypotheses, or one column of it, newest first (rule A4).

use admin_contract::v1 as pb;
use conventions::page::Page;
use service_host::Refusal;
use tonic::Request;

use super::{Api, convert};
use crate::error::Error;
use crate::store::hypotheses;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListHypothesesRequest>,
) -> Result<pb::ListHypothesesResponse, Error> {
    let request = request.into_inner();
    let state = convert::case::to_state(request.state());
    let list = format!("hypotheses/{state:?}");
    let page = Page::read(&list, request.page_size, &request.page_token).map_err(Refusal::from)?;
    let mut conn = api.db.connection().await?;
    let mut rows = hypotheses::list(&mut conn, state, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut rows, |row| (row.created_at, row.id.0));
    Ok(pb::ListHypothesesResponse {
        hypotheses: rows.iter().map(convert::case::hypothesis).collect(),
        next_page_token,
    })
}
